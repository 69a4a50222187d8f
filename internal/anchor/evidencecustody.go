package anchor

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

// Custody is the log of a record from a commit's history: the commits that touched
// it, oldest first, and what each did to its proof. Signatures are seen and not
// judged: that takes programs which the repository's configuration may name. Errors
// are those of Repo.Touches.
func (s *Session) Custody(ctx context.Context, c gitrepo.Commit, id string) ([]evidence.Entry, error) {
	touches, err := s.Repo.Touches(ctx, c, path.Join(evidenceDir, id))
	if err != nil {
		return nil, err
	}
	return s.custody(ctx, c, id, touches)
}

// custody is Custody where it is known who touched the record.
func (s *Session) custody(ctx context.Context, c gitrepo.Commit, id string, touches []gitrepo.Touch) ([]evidence.Entry, error) {
	d := s.evidenceDocument(id)
	t := &tracing{s: s, proof: d.proof, dir: path.Dir(d.path) + "/", changes: map[[2]string]change{}}
	for len(touches) > 0 {
		n := 1
		for n < len(touches) && touches[n].Commit == touches[0].Commit {
			n++
		}
		if err := t.commit(ctx, touches[:n]); err != nil {
			return nil, err
		}
		touches = touches[n:]
	}
	now, err := t.at(ctx, c)
	if err == nil {
		err = t.follow(ctx, c.ID, now, true)
	}
	if err != nil {
		return nil, err
	}
	evidence.Chain(t.entries)
	return t.entries, nil
}

// A tracing is one run of Custody.
type tracing struct {
	s       *Session
	proof   string
	dir     string
	last    string // blob of the proof after the last commit that touched it, "" for none
	from    string // that commit, "" where there is none yet
	gone    bool   // a proof was lost
	walks   int    // through merges
	changes map[[2]string]change
	bytes   int64 // bytes of proofs
	entries []evidence.Entry
}

// A change is what became of a proof from one blob to another, in words, "" for what
// did not: claims of one that was not there before, claims that it gained, and what
// was lost.
type change struct{ first, gained, lost string }

// maxTraced is how many bytes of proofs are read for one log; real ones have some
// thousand each, and those of 9,000 branches take a while.
const maxTraced = 64 << 20

// maxTouched is how many files of one commit an entry names.
const maxTouched = 8

// commit adds what one commit did.
func (t *tracing) commit(ctx context.Context, touches []gitrepo.Touch) error {
	o, err := t.s.Repo.Object(ctx, touches[0].Commit)
	if err != nil {
		return err
	}
	proof := slices.IndexFunc(touches, func(touch gitrepo.Touch) bool { return touch.Path == t.proof })
	if proof >= 0 {
		if err := t.follow(ctx, o.ID, touches[proof].Before, false); err != nil {
			return err
		}
	}
	who := signedBy(o.Data)
	entry := evidence.Entry{Kind: evidence.KindCommit, Commit: o.ID, At: who.committed, By: who.committer, Signature: who.signature}
	var files []string
	for _, touch := range touches {
		verb := ""
		if touch.Blob == "" {
			verb = " (removed)"
		}
		files = append(files, printable.Text(strings.TrimPrefix(touch.Path, t.dir), 200)+verb)
	}
	if more := len(files) - maxTouched; more > 0 {
		files = append(files[:maxTouched], fmt.Sprintf("%d more", more))
	}
	entry.Claim = fmt.Sprintf("%q touched %s; author %s at %s",
		who.subject, strings.Join(files, ", "), who.author, who.authored.Format(time.RFC3339))
	t.entries = append(t.entries, entry)
	entry.Signature = ""
	if proof < 0 {
		return nil
	}
	t.last, t.from = touches[proof].Blob, o.ID
	return t.became(ctx, entry, touches[proof].Before, touches[proof].Blob)
}

// became adds what a commit did to the proof that its first parent had.
func (t *tracing) became(ctx context.Context, e evidence.Entry, before, after string) error {
	c, known := t.changes[[2]string{before, after}]
	if !known {
		var err error
		if c, err = t.compare(ctx, before, after); err != nil {
			return err
		}
		t.changes[[2]string{before, after}] = c
	}
	if c.lost != "" {
		e.Kind, e.Claim = evidence.KindLost, c.lost
		t.entries = append(t.entries, e)
	}
	switch {
	case c.first != "" && t.gone:
		e.Kind, e.Claim = evidence.KindStamp, "there is a proof again: "+c.first
	case c.first != "":
		e.Kind, e.Claim = evidence.KindStamp, "the proof is there: "+c.first
	case c.gained != "":
		e.Kind, e.Claim = evidence.KindUpgrade, "the proof gained "+c.gained
	default:
		t.gone = t.gone || c.lost != ""
		return nil
	}
	t.entries = append(t.entries, e)
	return nil
}

func (t *tracing) compare(ctx context.Context, before, after string) (c change, err error) {
	old, err := t.read(ctx, before)
	if err != nil {
		return c, err
	}
	next, err := t.read(ctx, after)
	switch {
	case err != nil || next == nil && old == nil:
	case next == nil:
		c.lost = "the proof is gone, or cannot be read"
	case old == nil:
		c.first = t.claims(next.Claims())
	case !twins(old, next):
		c.lost, c.first = "another proof takes its place, for another digest", t.claims(next.Claims())
	default:
		c.gained = t.claims(old.Missing(next))
		if lost := t.claims(next.Missing(old)); lost != "" {
			c.lost = "the proof lost " + lost
		}
	}
	return c, err
}

// read reads a proof of history, nil where it is none.
func (t *tracing) read(ctx context.Context, blob string) (*ots.Proof, error) {
	if blob == "" {
		return nil, nil
	}
	b, err := t.s.Repo.BlobOf(ctx, gitrepo.Entry{Path: t.proof, Mode: 0o100644, ID: blob})
	if err != nil {
		return nil, err
	}
	if b.Size > ots.MaxProof {
		return nil, nil
	}
	if t.bytes += b.Size; t.bytes > maxTraced {
		return nil, fmt.Errorf("read history: %w: more than %d bytes of proofs", gitrepo.ErrTooLarge, maxTraced)
	}
	raw, err := b.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ots.Parse(raw)
	if err != nil {
		return nil, nil
	}
	return p, nil
}

// claims says what claims a proof has, the heights of blocks with it.
func (t *tracing) claims(claims []ots.Claim) string {
	var blocks []string
	pending, others, more := 0, 0, 0
	for _, c := range claims {
		switch c.Attestation.Kind() {
		case ots.KindBitcoin:
			if len(blocks) == maxTouched {
				more++
				continue
			}
			blocks = append(blocks, strconv.FormatUint(c.Attestation.Height(), 10))
		case ots.KindPending:
			pending++
		default:
			others++
		}
	}
	if more > 0 {
		blocks = append(blocks, fmt.Sprintf("%d more", more))
	}
	var parts []string
	if len(blocks) > 0 {
		chain := "Bitcoin block "
		if t.s.Judge.Chain.Network().Name() == bitcoin.Regtest().Name() {
			chain = "block of regtest "
		}
		parts = append(parts, chain+strings.Join(blocks, ", "))
	}
	if pending > 0 {
		parts = append(parts, fmt.Sprintf("promises of calendars: %d", pending))
	}
	if others > 0 {
		parts = append(parts, fmt.Sprintf("other claims: %d", others))
	}
	return strings.Join(parts, ", ")
}
