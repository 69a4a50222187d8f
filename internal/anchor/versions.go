package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// maxVersionScan is about how many bytes of packs verify searches for the
// version that was stamped; in more it looks at likely places alone.
const maxVersionScan = 256 << 20

// How long verify searches beyond likely places, and how many bytes it makes of
// what is packed.
const (
	maxVersionTime  = 10 * time.Second
	maxVersionBytes = 2 << 30
)

// notCompared is said of the proof of an earlier version whose bytes were not
// found.
const notCompared = "the bytes of that earlier version were not compared; git's history has them"

// findVersions looks for the bytes that were stamped, where the document has
// others now, or none, and of the proofs of earlier versions.
func (v *verification) findVersions(ctx context.Context) error {
	found, at := v.wanted()
	if len(found) == 0 || v.noSearch {
		return nil
	}
	stored, err := v.s.Repo.Stored()
	if err != nil {
		return err
	}
	stats, err := v.s.search(ctx, v.commit, found, FindOptions{Likely: stored > maxVersionScan, Time: maxVersionTime, Budget: maxVersionBytes})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for n, i := range at {
		r := &v.results[i]
		if err == nil && found[n].Blob != "" {
			v.takeVersion(ctx, i, &found[n])
			continue
		}
		if r.Superseded {
			continue // it was said that nothing was compared
		}
		r.Notes = append(r.Notes, v.notFound(found[n], stats, err))
	}
	return nil
}

// wanted lists the versions to look for, and whose they are.
func (v *verification) wanted() (found []Found, at []int) {
	for i := range v.held {
		if h := &v.held[i]; h.stamped != nil {
			proof := v.results[i].Proof
			found = append(found, Found{Proof: proof, Document: h.doc.path, Hash: h.hash, Digest: h.stamped, names: documentNames(proof)})
			at = append(at, i)
		}
	}
	return found, at
}

// notFound is what to say where the version that was stamped was not found.
func (v *verification) notFound(f Found, stats FindStats, err error) string {
	switch {
	case errors.Is(err, gitrepo.ErrNoGit):
		return "the version that was stamped was not looked for: " + err.Error()
	case err != nil:
		return "looking for the version that was stamped failed: " + err.Error()
	case !stats.Complete:
		return "the version that was stamped was looked for in likely places alone, or not for long enough: git anchor find " + v.s.here(f.Proof) + " looks everywhere"
	case f.Lacks != "":
		return fmt.Sprintf("no blob that is here is the version that was stamped, and %s: %s", f.Lacks, f.Remedy)
	}
	return "no blob here is the version that was stamped"
}

// takeVersion notes a version that was found, and asks about its proof.
func (v *verification) takeVersion(ctx context.Context, i int, f *Found) {
	h, r := &v.held[i], &v.results[i]
	r.Version = f
	switch to, ok := v.movedTo(ctx, h, f); {
	case ok && v.s.isMonth(h.doc):
		r.Hint = v.s.gitMove(to.path, h.doc.path)
	case ok:
		r.Hint = v.s.gitMove(r.Proof, to.proof)
	case v.s.isMonth(h.doc) && f.Variant == asIs:
		if i := slices.IndexFunc(f.Sites, func(site gitrepo.Site) bool { return site.Path == h.doc.path }); i >= 0 {
			r.Hint = v.s.monthBack(h.doc.path, f.Sites[i].Last.ID)
		}
	}
	r.Notes = slices.DeleteFunc(r.Notes, func(n string) bool { return n == notCompared })
	if v.comp == nil || h.judge { // its questions are asked already
		return
	}
	if p, err := ots.Parse(v.proof(ctx, h).raw); err == nil && !hasBlock(p) {
		v.comp.note(v.comp.questions(ctx, p))
	}
}

// movedTo is the document that has the stamped bytes at HEAD, and no proof, where
// that which they were stamped as is gone.
func (v *verification) movedTo(ctx context.Context, h *holding, f *Found) (document, bool) {
	if h.blob != nil || h.doc.earlier || v.byRev || f.Variant != asIs || f.Size == 0 {
		return document{}, false
	}
	for _, site := range f.Sites {
		d := v.s.document(site.Path, false)
		if !site.Now || copied(site.Path, f.Digest) || proofNamed(d.path) {
			continue
		}
		if st := v.s.load(ctx, v.commit, d.proof); st.raw == nil && st.err == nil {
			return d, true
		}
	}
	return document{}, false
}

// judgeVersion judges a proof for the version that it was made of. What
// calendars answer is judged, and not written: the document is another.
func (v *verification) judgeVersion(ctx context.Context, h *holding, r *Result) {
	p, err := ots.Parse(v.proof(ctx, h).raw)
	if err != nil || p.Hash != h.hash || !bytes.Equal(p.Digest, h.stamped) {
		r.VersionOutcome = verify.Outcome{Status: verify.Undecided, Reason: "the proof was replaced while it was read: verify again"}
		return
	}
	var g growth
	if v.comp != nil && !hasBlock(p) {
		if g = v.comp.grow(ctx, p); g.proof != nil {
			p = g.proof
			r.Notes = append(r.Notes, "the proof can be completed: git anchor upgrade "+v.s.here(r.Proof))
		}
	}
	r.VersionOutcome = v.s.Judge.Proof(ctx, p, h.stamped)
	if o := &r.VersionOutcome; o.Status == verify.Pending && !hasBlock(p) {
		o.Reason += "; " + g.promise()
	}
}
