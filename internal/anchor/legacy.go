package anchor

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// legacyDir is where LLMO keeps the proofs of documents that moved.
const legacyDir = "static/spec/lips/legacy"

// LegacyOptions say what Legacy does beside listing.
type LegacyOptions struct {
	Convert  bool // write the binary proof beside one in base64 or ASCII armour
	Upgrade  UpgradeOptions
	Upgrades bool // upgrade them first, as Upgrade says
	Progress func(done, total int64)
}

// A Legacy is a proof whose document is not beside it any more.
type Legacy struct {
	Found
	Outcome   verify.Outcome // of its claims; Unjudged where Err is set
	Action    Action         // what an upgrade did
	Converted string         // the binary proof that was written beside it, or lies there
	Waits     []string       // calendars that may be asked what became of it
	Silent    []string       // calendars that it waits for and that may not be asked
	Anchored  int            // calendars whose claim reached a block,
	Of        int            // of so many
}

// A LegacyRun is what Legacy found.
type LegacyRun struct {
	Dir     string // where it looked, "" for the whole tree
	Proofs  []Legacy
	Stats   FindStats
	Upgrade Run // of the upgrade that was asked for
}

// Legacy lists proofs whose documents lie elsewhere now, or nowhere. Those are in
// dir, whatever is not a binary proof beside the bytes that it is for; without
// dir, all in static/spec/lips/legacy or, where that holds none, those of the
// whole tree that have no document beside them. Of each it says how far it is and
// where the bytes are that it is for.
func (s *Session) Legacy(ctx context.Context, dir string, o LegacyOptions) (LegacyRun, error) {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil && !errors.Is(err, gitrepo.ErrUnborn) {
		return LegacyRun{}, err
	}
	var run LegacyRun
	var names []string
	if run.Dir, names, err = s.legacyNames(ctx, head, dir); err != nil {
		return run, err
	}
	actions := map[string]Action{}
	if o.Upgrades {
		if actions, err = s.upgradeLegacy(ctx, head, names, o.Upgrade, &run); err != nil {
			return run, err
		}
	}
	found := make([]Found, len(names))
	for i, name := range names {
		found[i] = s.target(ctx, head, name)
	}
	if run.Stats, err = s.search(ctx, head, found, FindOptions{Progress: o.Progress}); err != nil {
		return run, err
	}
	for _, f := range found {
		l := Legacy{Found: f, Action: actions[f.Proof]}
		s.judgeLegacy(ctx, head, &l, o.Convert)
		run.Proofs = append(run.Proofs, l)
	}
	return run, ctx.Err()
}

// legacyNames lists the proofs, and says where it looked for them.
func (s *Session) legacyNames(ctx context.Context, head gitrepo.Commit, dir string) (at string, names []string, err error) {
	if dir != "" {
		if at, err = s.Repo.Rel(dir); err != nil {
			return "", nil, err
		}
		names, ok, err := s.proofsIn(ctx, head, at)
		if err != nil {
			return at, nil, err
		}
		if !ok {
			return at, nil, refuse("", "%s is no directory here", dir)
		}
		return at, slices.DeleteFunc(names, func(name string) bool { return s.ordinary(ctx, head, name) }), nil
	}
	if names, ok, err := s.proofsIn(ctx, head, legacyDir); err != nil || ok && len(names) > 0 {
		return legacyDir, names, err
	}
	all, _, err := s.proofsIn(ctx, head, "")
	if err != nil {
		return "", nil, err
	}
	return "", slices.DeleteFunc(all, func(name string) bool { return s.hasDocument(ctx, head, name) }), nil
}

// hasDocument says that HEAD holds the document of a proof.
func (s *Session) hasDocument(ctx context.Context, head gitrepo.Commit, name string) bool {
	doc, ok := s.Config.DocumentPath(name)
	if old, earlier := s.earlier(name); earlier {
		doc, ok = old.path, true
	}
	if !ok || head.ID == "" {
		return false
	}
	_, err := s.Repo.Entry(ctx, head, doc)
	return err == nil
}

// ordinary says that a proof is like others of today: one that every client
// reads, beside the bytes that it is for, or that of an earlier version of them.
func (s *Session) ordinary(ctx context.Context, head gitrepo.Commit, name string) bool {
	if !s.hasDocument(ctx, head, name) {
		return false
	}
	f := s.target(ctx, head, name)
	if f.Err != nil || f.Form != ots.FormBinary {
		return false
	}
	if isEarlier(name) {
		return true
	}
	blob, err := s.Repo.Blob(ctx, head, f.Document)
	if err != nil {
		return false
	}
	digest, err := blob.Digest(ctx, f.Hash.NewHash())
	return err == nil && bytes.Equal(digest, f.Digest)
}

// upgradeLegacy upgrades those that other clients read as they are.
func (s *Session) upgradeLegacy(ctx context.Context, head gitrepo.Commit, names []string, o UpgradeOptions, run *LegacyRun) (map[string]Action, error) {
	actions := map[string]Action{}
	var operands []string
	for _, name := range names {
		if f := s.target(ctx, head, name); f.Err == nil && f.Form == ots.FormBinary && proofNamed(name) {
			operands = append(operands, filepath.Join(s.Repo.Top(), filepath.FromSlash(name)))
		}
	}
	if len(operands) == 0 {
		return actions, nil
	}
	var err error
	run.Upgrade, err = s.Upgrade(ctx, Selection{Operands: operands}, o)
	for _, r := range run.Upgrade.Results {
		actions[r.Proof] = r.Action
	}
	return actions, err
}

// judgeLegacy says how far a proof is, and converts it.
func (s *Session) judgeLegacy(ctx context.Context, head gitrepo.Commit, l *Legacy, convert bool) {
	if l.Err != nil {
		return
	}
	var again Found
	st := s.load(ctx, head, l.Proof)
	p := again.read(st.raw)
	if p == nil || p.Hash != l.Hash || !bytes.Equal(p.Digest, l.Digest) {
		l.Err = errors.New("the proof was replaced while it was read: look again")
		return
	}
	l.Outcome = s.Judge.Claims(ctx, p)
	l.Anchored, l.Of = verify.Calendars(p.Tree)
	for _, w := range s.completer(false).waiting(ctx, p) {
		list := &l.Silent
		if policy := s.Calendars.Policy; policy.MayAsk(w.URI) && policy.MayWrite(w.URI) {
			list = &l.Waits
		}
		if !slices.Contains(*list, w.URI) {
			*list = append(*list, w.URI)
		}
	}
	if convert && l.Form != ots.FormBinary {
		s.convert(l, st.raw)
	}
}

// convert writes the binary proof beside one that is text. What is there
// already stays, and must be the same.
func (s *Session) convert(l *Legacy, text []byte) {
	raw, _, err := ots.Decode(text)
	if err != nil {
		l.Err = err
		return
	}
	at := binaryName(l.Proof)
	err = s.Repo.WriteFile(at, raw, nil)
	if errors.Is(err, gitrepo.ErrExists) {
		have, readErr := s.Repo.ReadFile(at, ots.MaxProof)
		if readErr == nil && bytes.Equal(have, raw) {
			err = nil
		} else if readErr != nil && !errors.Is(readErr, fs.ErrNotExist) {
			err = errors.Join(err, readErr)
		}
	}
	if l.Err = err; err == nil {
		l.Converted = at
	}
}

// binaryName is what the binary proof is called beside one that is text:
// a.md.ots for a.md.ots.asc, a.md.binary.ots for a.md.ots.
func binaryName(proof string) string {
	dir, name := path.Split(proof)
	if i := strings.LastIndex(name, ".ots."); i > 0 && !strings.HasSuffix(name, ".ots") {
		return dir + name[:i] + ".ots"
	}
	return dir + strings.TrimSuffix(name, ".ots") + ".binary.ots"
}
