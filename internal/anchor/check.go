package anchor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// CheckOptions say which change is judged.
type CheckOptions struct {
	Base, Head string       // revisions; "" is what Event or the clone say, and HEAD
	Event      *PullRequest // nil outside of GitHub's events on changes
	ConfigPath string       // of the configuration in the base's tree; "": config.File
}

// A Breach is a rule that a change breaks, or something a reviewer should know.
type Breach struct {
	Path   string // from the top, raw bytes
	Rule   verify.Rule
	Line   int           // from 1, in the file at the head; 0: the file as a whole
	Text   string        // what is true
	Hint   string        // one thing to type or change, "" if there is none
	Status verify.Status // Failed: the rule is broken; Undecided, Disputed: it could not be found out
	Gone   bool          // the head has no such file; the base does
}

// Checked is what Check found.
type Checked struct {
	Base, Head gitrepo.Commit
	Findings   []Breach // by path
	Notices    []Breach // what breaks no rule, by path
	Files      int      // that the change touches
	More       int      // findings and notices past the limit of 1,000 each
}

// maxParsed is how many bytes of proofs one run reads, each as often as it is
// read. Proofs of real repositories have 2 KB; a hostile one costs a second a
// megabyte and a half.
const maxParsed = 128 << 20

// maxNamed is how many breaches name the commit that is to blame, which takes a
// walk through the change's history each.
const maxNamed = 20

// maxAlike is how many proofs for one digest a change may touch: those past it
// count for nothing.
const maxAlike = 64

// maxFindings is how many breaches one run lists.
const maxFindings = 1000

// maxNewBlocks is how many blocks the new claims of one change may lead to: each
// is asked for, and a pull request is anybody's.
const maxNewBlocks = 256

// Check judges a change by the rules for anchored documents: whatever proof the
// base holds, the head must hold at least as much, beside its document or under
// the name of a superseded one; and what is new in a proof must be true. The
// configuration is the base's, whose rung the session's judge should require,
// too (see Base). Headers are asked for when a Bitcoin claim is new, calendars
// never. The error is a *NoBase where the base cannot be had.
func (s *Session) Check(ctx context.Context, o CheckOptions) (Checked, error) {
	between, err := s.span(ctx, o)
	if err != nil {
		return Checked{}, err
	}
	out := Checked{Base: between.base, Head: between.head}
	conf, err := ConfigAt(ctx, s.Repo, between.base, o.ConfigPath)
	if err != nil {
		return out, err
	}
	session := *s
	session.Config = conf
	c := &changing{s: &session, span: between, touched: map[string]gitrepo.Change{}, digests: map[string][]byte{}}
	c.alone = &orphans{s: &session, commit: between.head}
	for _, step := range []func(context.Context) error{
		c.touch, func(ctx context.Context) error { return c.layout(ctx, o.ConfigPath) }, c.index, c.months, c.ask, c.judge, func(ctx context.Context) error { return c.notice(ctx, o.ConfigPath) },
	} {
		if err := step(ctx); err != nil {
			return out, err
		}
	}
	out.Files = len(c.touched)
	out.Findings, out.Notices, out.More = byPath(c.findings), byPath(c.notices), c.more
	return out, ctx.Err()
}

func byPath(list []Breach) []Breach {
	slices.SortStableFunc(list, func(a, b Breach) int { return strings.Compare(a.Path, b.Path) })
	return list
}

// A changing is one run of Check.
type changing struct {
	s *Session // with the base's configuration
	span
	touched  map[string]gitrepo.Change // from the base to the head
	paths    []string                  // of touched, sorted
	arrived  map[string][]string       // where blobs of the head are new, by id
	left     map[string]bool           // ids of the base's proofs that changed or went
	news     []string                  // paths of proofs that it adds or alters
	over     map[string]bool           // those whose claims lead to more blocks than are looked up
	parsed   int64                     // bytes of proofs read so far
	named    int                       // breaches that name the commit of theirs
	digests  map[string][]byte
	findings []Breach
	notices  []Breach
	more     int
	alone    *orphans        // of the head
	noMonths map[string]bool // paths that are, or follow in the registry, no month
	now      *config.Config  // the head's where it has the registry, or its proofs, elsewhere

	// Proofs that the change touches, by digestKey: their paths at each side.
	oldProofs, newProofs map[string][]string
}

func (c *changing) breach(path string, f verify.Fault) {
	c.find(Breach{Path: path, Rule: f.Rule, Text: f.Text, Hint: f.Hint, Status: f.Status})
}

// find lists a breach, as long as there is room: a hostile change has any number
// of them, and is refused for the first.
func (c *changing) find(b Breach) {
	if len(c.findings) == maxFindings {
		c.more++
		return
	}
	c.findings = append(c.findings, b)
}

// gone is a breach about a file that the head does not have any more.
func (c *changing) gone(path string, rule verify.Rule, hint, format string, args ...any) {
	c.find(Breach{Path: path, Rule: rule, Hint: hint, Text: fmt.Sprintf(format, args...), Status: verify.Failed, Gone: true})
}

func (c *changing) broken(path string, rule verify.Rule, hint, format string, args ...any) {
	c.breach(path, verify.Fault{Rule: rule, Hint: hint, Text: fmt.Sprintf(format, args...), Status: verify.Failed})
}

// touch takes over the changes since the forks as changes to the base, which may
// have gone on since: what a merge would bring. Of several forks nobody knows
// which of them a merge takes for its own, so that a change since any counts.
func (c *changing) touch(ctx context.Context) error {
	for _, fork := range c.forks {
		changes, err := c.s.Repo.Changes(ctx, fork, c.head)
		if err != nil {
			return err
		}
		for _, ch := range changes {
			if fork.ID != c.base.ID {
				old, err := c.s.Repo.Entry(ctx, c.base, ch.Path)
				if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
					return err
				}
				ch.Old = old
			}
			if ch.Old.ID != ch.New.ID || ch.Old.Mode != ch.New.Mode {
				c.touched[ch.Path] = ch
			}
		}
	}
	c.paths = slices.Sorted(maps.Keys(c.touched))
	return nil
}

// index finds out which blobs and proofs came and went, so that nothing is
// looked for again for each of them.
func (c *changing) index(ctx context.Context) error {
	c.arrived, c.left = map[string][]string{}, map[string]bool{}
	c.oldProofs, c.newProofs = map[string][]string{}, map[string][]string{}
	for _, path := range c.paths {
		ch := c.touched[path]
		if ch.New.Regular() && ch.New.ID != ch.Old.ID {
			c.arrived[ch.New.ID] = append(c.arrived[ch.New.ID], path)
		}
		if proofNamed(path) {
			c.left[ch.Old.ID] = true
		}
	}
	for _, path := range c.paths {
		if !proofNamed(path) {
			continue
		}
		for _, at := range []side{atBase, atHead} {
			f, err := c.proof(ctx, at, path)
			if err != nil {
				return err
			}
			by := c.oldProofs
			if at == atHead {
				by = c.newProofs
			}
			if key := digestKey(f.p); f.p != nil && len(by[key]) < maxAlike {
				by[key] = append(by[key], path)
			}
		}
	}
	return nil
}

// digestKey tells what proofs are about.
func digestKey(p *ots.Proof) string {
	if p == nil {
		return ""
	}
	return p.Hash.String() + string(p.Digest)
}

// judge goes through the proofs and documents that the change touches.
func (c *changing) judge(ctx context.Context) error {
	examined := map[string]bool{}
	keep := func(proof string) error {
		if examined[proof] {
			return nil
		}
		examined[proof] = true
		return c.kept(ctx, proof)
	}
	for _, path := range c.paths {
		ch := c.touched[path]
		switch {
		case !proofNamed(path):
			if err := c.due(ctx, ch); err != nil {
				return err
			}
		case ch.Old.ID != "":
			if err := keep(path); err != nil {
				return err
			}
		}
		if err := gitrepo.CheckPath(path + ".ots"); err != nil {
			c.unread(path, fmt.Errorf("a proof beside it could not be looked up: %w", err))
			continue
		}
		// Whatever the configuration says now, and whatever the file is: a
		// proof beside it stands for it.
		if err := errors.Join(keep(c.s.Config.ProofPath(path)), keep(path+".ots")); err != nil {
			return err
		}
	}
	for _, path := range c.news {
		b, err := c.bring(ctx, path)
		if err == nil {
			err = c.judgeNew(ctx, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// proofNamed reports whether a path is that of a proof, superseded ones included.
func proofNamed(path string) bool {
	_, superseded := Superseded(path)
	return superseded || strings.HasSuffix(path, ".ots")
}

// documentOf is the document that a proof stands for, by the configuration.
func documentOf(conf config.Config, proof string) string {
	if doc, ok := Superseded(proof); ok {
		proof = doc + ".ots"
	}
	doc, _ := conf.DocumentPath(proof)
	return doc
}
