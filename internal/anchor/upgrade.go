package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// UpgradeOptions say how far an upgrade goes.
type UpgradeOptions struct {
	Unchecked bool // write Bitcoin claims whose header could not be had
	DryRun    bool // ask, but write nothing
	Commit    bool // commit exactly the proofs that grew
	Collect   bool // leave the commit to somebody else, and list in Run.Written what it takes
}

// gathers says that what should be committed is to be found out.
func (o UpgradeOptions) gathers() bool { return (o.Commit || o.Collect) && !o.DryRun }

// writeAttempts is how often a proof that another run changed meanwhile is
// read and grown again.
const writeAttempts = 3

// Upgrade asks the calendars for what became of pending claims, and writes
// the proofs that grew. Each distinct commitment is asked for once; nothing a
// proof holds is ever dropped, and proofs that did not grow are not touched.
// Proofs are read twice, one at a time, so that memory does not grow with
// their number.
func (s *Session) Upgrade(ctx context.Context, sel Selection, o UpgradeOptions) (Run, error) {
	if s.Repo.Top() == "" {
		return Run{}, fmt.Errorf("upgrade proofs: %w", gitrepo.ErrNoWorkTree)
	}
	c, docs, run, err := s.begin(ctx, sel)
	if err != nil {
		return run, err
	}
	comp := s.completer(o.Unchecked)
	questions := make([][]question, len(docs))
	each(ctx, len(docs), func(i int) {
		var r Result
		if p, _ := s.growing(ctx, c, docs[i], &r); p != nil {
			questions[i] = comp.questions(ctx, p)
		}
	})
	for _, list := range questions {
		comp.note(list)
	}
	comp.ask(ctx)
	u := &upgrading{s: s, commit: c, comp: comp, o: o, run: &run}
	if o.gathers() {
		if u.states, err = s.proofStates(ctx, docs); err != nil {
			return run, err
		}
	}
	if s.Headers != nil && s.Headers.raw != nil && !o.DryRun {
		u.keeper = s.keeper()
	}
	for _, d := range docs {
		if err := ctx.Err(); err != nil {
			break
		}
		u.one(ctx, d)
	}
	u.flush(ctx)
	if err := ctx.Err(); err != nil {
		return run, err
	}
	kept := u.keepHeaders() // its failure keeps no proof from being committed
	if o.gathers() {
		run.Written = u.written
	}
	if o.Commit && !o.DryRun && len(u.written) > 0 {
		run.Made, err = s.Repo.Commit(ctx, u.written, subject("Upgrade", u.written))
	}
	return run, errors.Join(err, kept)
}

// maxBatch is how many grown proofs wait to be written together, so that the
// waits for the disk overlap; they have 64 KiB each at the most.
const maxBatch = 64

// An upgrading is the second half of an upgrade: the calendars have answered.
type upgrading struct {
	s       *Session
	commit  gitrepo.Commit
	comp    *completer
	o       UpgradeOptions
	run     *Run
	batch   []planned
	keeper  *keeper                  // nil: no headers are kept beside the proofs
	states  map[string]gitrepo.State // of the proofs, where they are to be committed
	written []string                 // paths of proofs that should be committed
}

// A planned write is a proof that grew, and where its result stands.
type planned struct {
	doc    document
	result int
	file   gitrepo.File
}

// one grows the proof of one document, and plans its write.
func (u *upgrading) one(ctx context.Context, d document) {
	r := d.result()
	file := u.grow(ctx, d, &r)
	if r.Unknown {
		return
	}
	u.run.Results = append(u.run.Results, r)
	if file == nil {
		u.ahead(&u.run.Results[len(u.run.Results)-1])
		return
	}
	u.batch = append(u.batch, planned{d, len(u.run.Results) - 1, *file})
	if len(u.batch) == maxBatch {
		u.flush(ctx)
	}
}

// flush writes the batch.
func (u *upgrading) flush(ctx context.Context) {
	files := make([]gitrepo.File, len(u.batch))
	for i, p := range u.batch {
		files[i] = p.file
	}
	for i, err := range u.s.Repo.WriteFiles(files) {
		r := &u.run.Results[u.batch[i].result]
		wrote := err == nil
		if errors.Is(err, gitrepo.ErrChanged) {
			wrote, err = u.again(ctx, u.batch[i].doc, r)
		}
		switch {
		case err != nil:
			r.Err = err
		case wrote:
			r.Action = Upgraded
			u.toCommit(r)
		default:
			u.ahead(r)
		}
	}
	u.batch = nil
}

// keepHeaders extends the headers beside the proofs, where they are kept.
func (u *upgrading) keepHeaders() error {
	if u.keeper == nil {
		return nil
	}
	wrote, _, err := u.keeper.write()
	if wrote {
		u.run.Kept = true
		u.written = append(u.written, bitcoin.BundleFile)
	}
	return err
}

// again grows a proof that another run changed meanwhile; nothing is left to
// write where that run grew it as far.
func (u *upgrading) again(ctx context.Context, d document, r *Result) (wrote bool, err error) {
	for range writeAttempts - 1 {
		*r = d.result()
		file := u.grow(ctx, d, r)
		if file == nil {
			return false, nil
		}
		err = u.s.Repo.WriteFile(file.Path, file.Data, file.Old)
		if !errors.Is(err, gitrepo.ErrChanged) {
			return err == nil, err
		}
	}
	return false, err
}

// grow says how far a proof is, and returns the file to write, nil if it did
// not grow or must not be written.
func (u *upgrading) grow(ctx context.Context, d document, r *Result) *gitrepo.File {
	p, st := u.s.growing(ctx, u.commit, d, r)
	if p == nil {
		return nil
	}
	g := u.comp.grow(ctx, p)
	if g.proof == nil {
		g.recover(p, st.raw)
	}
	if g.proof != nil {
		p = g.proof
	}
	r.Notes = append(r.Notes, g.notes...)
	r.tally(p)
	r.Outcome = u.s.Judge.Claims(ctx, p)
	r.settle(g, hasBlock(p))
	if st.recorded == nil || !bytes.Equal(st.raw, st.recorded) || g.proof != nil {
		r.doubt = u.s.doubt(st.recorded, p, r.Outcome)
		r.uncommitted = g.proof == nil
	}
	if u.keeper != nil {
		u.keeper.keep(ctx, p)
	}
	switch {
	case g.proof == nil:
		return nil
	case u.o.DryRun:
		r.Action = Would
		return nil
	}
	return &gitrepo.File{Path: r.Proof, Data: g.raw, Old: st.raw}
}

// growing reads the proof of a document that is to be upgraded: its value, and
// the bytes on disk. Where there is none it says so in the result.
func (s *Session) growing(ctx context.Context, c gitrepo.Commit, d document, r *Result) (*ots.Proof, stored) {
	st := s.load(ctx, c, d.proof)
	switch {
	case st.err != nil:
		r.Outcome = verify.Unreadable(st.err)
	case st.raw == nil && d.earlier:
		r.Refusal = refuse("git anchor status "+s.here(d.path)+"  # lists those there are", "there is no proof %s", d.proof)
	case st.raw == nil && !d.named, s.moved(ctx, c, d, st):
		r.Unknown = true
	case st.raw == nil:
		s.missing(ctx, c, d, r)
	case !st.disk:
		r.Refusal = refuse("git restore "+s.spec(d.proof), "%s is in HEAD and not in the work tree; nothing was written", d.proof)
	default:
		p, err := ots.Parse(st.raw)
		if err == nil {
			err = s.recover(d, st, p, r)
		}
		if err == nil {
			return p, st
		}
		if r.blame(err); r.Refusal == nil {
			r.Outcome, r.Err = verify.Unreadable(err), nil
		}
	}
	return nil, stored{}
}

// begin resolves the revision and lists the documents; refused operands are
// results already.
func (s *Session) begin(ctx context.Context, sel Selection) (gitrepo.Commit, []document, Run, error) {
	rev := sel.Rev
	if rev == "" {
		rev = "HEAD"
	}
	c, err := s.Repo.Resolve(ctx, rev)
	if err != nil {
		return c, nil, Run{}, err
	}
	docs, run, err := s.choose(ctx, c, sel)
	return c, docs, run, err
}

// settle says what an upgrade leaves unknown. A proof that waits for no
// calendar is complete, whether or not a header can be had now; one that waits
// is Undecided where no calendar could be heard, or where what one sent could
// not be checked.
func (r *Result) settle(g growth, block bool) {
	switch {
	case g.asked == 0 && block && r.Outcome.Status == verify.Undecided:
		r.Action = Complete
	case r.Outcome.Status != verify.Pending:
	case len(g.lost) > 0 && g.proof == nil:
		r.Outcome.Status, r.Outcome.Reason = verify.Undecided, "a calendar answered, and its claim could not be taken: "+g.lost[0]
	case g.asked > 0 && g.heard == 0:
		r.Outcome.Status, r.Outcome.Reason = verify.Undecided, "no calendar could be reached"
	case !block:
		r.Outcome.Reason += "; " + g.promise()
	}
}

// missing says that a document has no proof, or that there is no such document.
func (s *Session) missing(ctx context.Context, c gitrepo.Commit, d document, r *Result) {
	if _, err := s.Repo.Blob(ctx, c, d.path); err != nil {
		r.blame(s.explainMissing(d.path, gitrepo.State{}, err))
		return
	}
	r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "there is no proof " + d.proof}
	r.Hint = "git anchor " + s.here(d.path) + "  # if it was renamed: git mv its old .ots along"
}
