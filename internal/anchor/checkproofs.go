package anchor

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A side of a change.
type side bool

const (
	atBase side = false
	atHead side = true // as a merge would have it: the base with what the change touches
)

// blob finds the regular file at a path, nil where there is none.
func (c *changing) blob(ctx context.Context, at side, path string) (*gitrepo.Blob, error) {
	commit := c.base
	if ch, ok := c.touched[path]; ok && at == atHead {
		if !ch.New.Regular() {
			return nil, nil
		}
		commit = c.head
	}
	blob, err := c.s.Repo.Blob(ctx, commit, path)
	for _, kind := range []error{gitrepo.ErrNotFound, gitrepo.ErrSymlink, gitrepo.ErrSubmodule, gitrepo.ErrDirectory, gitrepo.ErrNotRegular, gitrepo.ErrTooLarge, gitrepo.ErrBadPath} {
		if errors.Is(err, kind) {
			return nil, nil
		}
	}
	return blob, err
}

// A proofFile is a proof as one side holds it.
type proofFile struct {
	path string
	id   string // blob id, "" where there is no regular file
	size int
	p    *ots.Proof // nil where it cannot be read, for which err says why
	err  error
}

// proof reads the proof at a path.
func (c *changing) proof(ctx context.Context, at side, path string) (proofFile, error) {
	f := proofFile{path: path}
	blob, err := c.blob(ctx, at, path)
	if err != nil || blob == nil {
		return f, err
	}
	f.id, f.size = blob.ID, int(blob.Size)
	if blob.Size > ots.MaxProof {
		f.err = fmt.Errorf("it has %d bytes, more than the %d that are read: %w", blob.Size, ots.MaxProof, ots.ErrTooLarge)
		return f, nil
	}
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return f, err
	}
	f.p, f.err = ots.Parse(raw)
	return f, nil
}

// stands reports whether a proof is for the document at a path.
func (c *changing) stands(ctx context.Context, at side, p *ots.Proof, path string) (bool, error) {
	blob, err := c.blob(ctx, at, path)
	if err != nil || blob == nil {
		return false, err
	}
	key := blob.ID + p.Hash.String()
	if c.digests[key] == nil {
		if c.digests[key], err = blob.Digest(ctx, p.Hash.NewHash()); err != nil {
			return false, err
		}
	}
	return bytes.Equal(c.digests[key], p.Digest), nil
}

// kept sees to it that the head holds what the base's proof at a path does.
func (c *changing) kept(ctx context.Context, path string) error {
	old, err := c.proof(ctx, atBase, path)
	if err != nil || old.id == "" {
		return err
	}
	if old.p == nil {
		if !c.sameBytes(old) {
			c.broken(path, verify.RuleReplaced, c.restore(path), "the proof cannot be read (%v), and so must stay as it is, byte for byte", old.err)
		}
		return nil
	}
	holders, err := c.holders(ctx, old)
	if err != nil {
		return err
	}
	var lost []ots.Claim
	for _, h := range holders {
		if lost = h.p.Missing(old.p); len(lost) == 0 {
			return nil
		}
	}
	if len(holders) > 0 {
		c.broken(holders[0].path, verify.RuleWeakened, c.restore(path), "the proof lost what it held in %s: %s", briefly(c.base), claims(lost))
		return nil
	}
	return c.explain(ctx, old)
}

// sameBytes says that the head holds a file of the base byte for byte, perhaps
// under another proof's name.
func (c *changing) sameBytes(old proofFile) bool {
	ch, touched := c.touched[old.path]
	return !touched || ch.New.ID == old.id && ch.New.Regular() || slices.ContainsFunc(c.arrived[old.id], proofNamed)
}

// holders lists the head's proofs for a base proof's digest, where they count:
// beside the document, wherever it moved; under the name of a superseded proof
// of it; and where the base had it, when it stood beside no document of its own.
func (c *changing) holders(ctx context.Context, old proofFile) ([]proofFile, error) {
	doc := documentOf(c.s.Config, old.path)
	stood, err := c.stands(ctx, atBase, old.p, doc)
	if err != nil {
		return nil, err
	}
	to := c.movedTo(doc)
	var list []proofFile
	for _, path := range c.places(old) {
		f, err := c.proof(ctx, atHead, path)
		if err != nil {
			return nil, err
		}
		beside := documentOf(c.s.Config, path)
		if !twins(f.p, old.p) || beside != doc && (to == "" || beside != to) {
			continue
		}
		_, counts := Superseded(path)
		if counts = counts || path == old.path && !stood; !counts {
			if counts, err = c.stands(ctx, atHead, f.p, beside); err != nil {
				return nil, err
			}
		}
		if counts {
			list = append(list, f)
		}
	}
	return list, nil
}

// places lists where the head may hold what the base's proof does.
func (c *changing) places(old proofFile) []string {
	stem := strings.TrimSuffix(old.path, ".ots")
	if s, ok := Superseded(old.path); ok {
		stem = s
	}
	list := append([]string{old.path, SupersededPath(stem, old.p), stem + draftSuffix}, c.newProofs[digestKey(old.p)]...)
	slices.Sort(list)
	return slices.Compact(list)
}

// explain says what became of a base proof that the head does not hold.
func (c *changing) explain(ctx context.Context, old proofFile) error {
	doc := documentOf(c.s.Config, old.path)
	if left := c.uncommitted(old); left != "" {
		c.broken(left, verify.RuleDeleted, "git add "+c.s.here(left)+" && git commit", "the proof of %s was superseded, and is in the work tree and in no commit", doc)
		return nil
	}
	if _, ok := Superseded(old.path); ok {
		c.gone(old.path, verify.RuleDropped, c.restore(old.path), "the proof of an earlier version of %s is gone, and its claim with it", doc)
		return nil
	}
	now, err := c.proof(ctx, atHead, old.path)
	if err != nil {
		return err
	}
	if now.id != "" && now.p == nil {
		return nil // judgeNew says that it cannot be read
	}
	if now.p != nil && !twins(now.p, old.p) {
		c.broken(old.path, verify.RuleReplaced, "git anchor supersede keeps the earlier proof: "+c.restore(old.path)+" && git anchor supersede "+c.s.here(doc),
			"the proof stood for %s and now stands for %s; the earlier claim is gone", abbreviated(old.p), abbreviated(now.p))
		return nil
	}
	if to := c.movedTo(doc); to != "" {
		c.broken(to, verify.RuleMoved, "git mv "+c.s.here(old.path)+" "+c.s.here(c.s.Config.ProofPath(to)),
			"it was %s, and its proof %s did not move with it", doc, old.path)
		return nil
	}
	if now.p == nil {
		c.gone(old.path, verify.RuleDeleted, c.restore(old.path), "the proof of %s was deleted", doc)
		return nil
	}
	return c.edited(ctx, old, doc)
}

// uncommitted is where the work tree keeps a proof as that of an earlier version,
// "" if it does not: git commit -a leaves it out.
func (c *changing) uncommitted(old proofFile) string {
	if _, ok := Superseded(old.path); ok {
		return ""
	}
	at := SupersededPath(strings.TrimSuffix(old.path, ".ots"), old.p)
	raw, err := c.s.Repo.ReadFile(at, ots.MaxProof)
	if err != nil {
		return ""
	}
	if p, err := ots.Parse(raw); err != nil || !twins(p, old.p) || len(p.Missing(old.p)) > 0 {
		return ""
	}
	return at
}

// edited says how an anchored document changed.
func (c *changing) edited(ctx context.Context, old proofFile, doc string) error {
	if len(c.findings) == maxFindings {
		c.more++
		return nil
	}
	before, err := c.blob(ctx, atBase, doc)
	if err != nil {
		return err
	}
	after, err := c.blob(ctx, atHead, doc)
	if err != nil {
		return err
	}
	hint := "git anchor supersede " + c.s.here(doc) + "  (keeps the earlier proof; then commit, and anchor the new version)"
	what := "the anchored document changed"
	if after == nil {
		what, hint = "the anchored document was deleted, or is no regular file any more", "git anchor supersede "+c.s.here(doc)+"  (keeps its proof)"
	}
	if commit, err := c.s.Repo.LastChange(ctx, c.fork, c.head, doc); err == nil {
		what += fmt.Sprintf(" in commit %s (%s)", briefly(commit), commit.Subject)
	} else if ctx.Err() != nil || !errors.Is(err, gitrepo.ErrNoCommit) && !errors.Is(err, gitrepo.ErrMissingObject) {
		return err
	}
	b := Breach{Path: doc, Rule: verify.RuleEdited, Status: verify.Failed, Hint: hint, Text: what, Gone: after == nil}
	if before != nil && after != nil {
		var details string
		if b.Line, details, err = c.compare(ctx, before, after); err != nil {
			return err
		}
		b.Text += details
	}
	b.Text += fmt.Sprintf("; %s stands for its earlier bytes, and was not superseded", old.path)
	c.find(b)
	return nil
}

// movedTo is where the base's document stands at the head, where it is not at
// its own path any more, "" if nowhere.
func (c *changing) movedTo(doc string) string {
	gone, ok := c.touched[doc]
	if !ok || gone.Old.ID == "" || gone.New.ID != "" {
		return ""
	}
	for _, path := range c.arrived[gone.Old.ID] {
		if !proofNamed(path) {
			return path
		}
	}
	return ""
}

func (c *changing) restore(path string) string {
	return "git checkout " + briefly(c.base) + " -- " + c.s.here(path)
}

// briefly is a commit's id as far as it is shown.
func briefly(c gitrepo.Commit) string { return fmt.Sprintf("%.12s", c.ID) }

func abbreviated(p *ots.Proof) string {
	return p.Hash.String() + " " + hex.EncodeToString(p.Digest[:4]) + "…"
}

// claims names the first few.
func claims(list []ots.Claim) string {
	const most = 3
	var words []string
	for _, cl := range list[:min(len(list), most)] {
		switch a := cl.Attestation; a.Kind() {
		case ots.KindPending:
			words = append(words, "the promise of "+a.URI())
		case ots.KindBitcoin:
			words = append(words, fmt.Sprintf("the claim on Bitcoin block %d", a.Height()))
		default:
			words = append(words, "an attestation of another kind")
		}
	}
	if more := len(list) - most; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}
