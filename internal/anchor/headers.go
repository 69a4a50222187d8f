package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Headers are the block headers that lie beside a repository's proofs, in
// bitcoin.BundleFile at its root, so that anybody reaches rung chain without a
// network. They are a carrier like any other: what they say is linked.
type Headers struct {
	Bundle *bitcoin.Bundle
	raw    []byte // the file on disk, nil if there is none
}

// ReadHeaders reads the headers of the work tree, or of HEAD where it has
// none. A file that is there and damaged is an error; without one the bundle is
// empty.
func ReadHeaders(ctx context.Context, repo *gitrepo.Repo) (*Headers, error) {
	raw, err := repo.ReadFile(bitcoin.BundleFile, bitcoin.MaxBundle)
	switch {
	case err == nil:
		b, err := bitcoin.ParseBundle(raw)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", bitcoin.BundleFile, err)
		}
		return &Headers{Bundle: b, raw: raw}, nil
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, gitrepo.ErrNoWorkTree):
		return nil, fmt.Errorf("read %s: %w", bitcoin.BundleFile, err)
	}
	head, err := repo.Resolve(ctx, "HEAD")
	if errors.Is(err, gitrepo.ErrUnborn) {
		return &Headers{Bundle: &bitcoin.Bundle{}}, nil
	}
	if err != nil {
		return nil, err
	}
	blob, err := repo.Blob(ctx, head, bitcoin.BundleFile)
	switch {
	case errors.Is(err, gitrepo.ErrNotFound):
		return &Headers{Bundle: &bitcoin.Bundle{}}, nil
	case err == nil && blob.Size > bitcoin.MaxBundle:
		err = bitcoin.ErrBundleSize
	}
	if err == nil {
		raw, err = blob.Bytes(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", bitcoin.BundleFile, err)
	}
	b, err := bitcoin.ParseBundle(raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", bitcoin.BundleFile, err)
	}
	return &Headers{Bundle: b}, nil
}

// An Export says what the headers beside the proofs are good for.
type Export struct {
	Documents int      `json:"documents"`       // that have a Bitcoin claim
	Linked    int      `json:"linked"`          // of them: those that the headers link to the table
	Above     int      `json:"above_table"`     // those whose block lies above the table: a longer table takes them up
	Size      int      `json:"size"`            // of the file, in bytes
	Periods   int      `json:"periods"`         // that it holds headers of
	Wrote     bool     `json:"wrote"`           // the file changed
	Made      string   `json:"made,omitempty"`  // id of the commit that was made, "" if none
	Notes     []string `json:"notes,omitempty"` // why headers could not be had
}

// ExportHeaders collects the headers that lead from the blocks of all proofs of
// a selection to the table, and writes them beside the proofs. What a carrier
// says is kept only if it links and has the root that the proof leads to.
func (s *Session) ExportHeaders(ctx context.Context, sel Selection, commit bool) (Export, error) {
	var e Export
	if s.Repo.Top() == "" {
		return e, fmt.Errorf("export headers: %w", gitrepo.ErrNoWorkTree)
	}
	c, docs, _, err := s.begin(ctx, sel)
	if err != nil {
		return e, err
	}
	k := s.keeper()
	for _, d := range docs {
		if err := ctx.Err(); err != nil {
			return e, err
		}
		st := s.load(ctx, c, d.proof)
		p, err := ots.Parse(st.raw)
		if st.raw == nil || st.err != nil || err != nil {
			continue // verify says what is wrong with it
		}
		switch linked, above := k.keep(ctx, p); {
		case linked:
			e.Documents, e.Linked = e.Documents+1, e.Linked+1
		case above:
			e.Documents, e.Above = e.Documents+1, e.Above+1
		case hasBlock(p):
			e.Documents++
		}
	}
	e.Notes, e.Periods = k.notes, len(s.Headers.Bundle.Heights())
	if e.Wrote, e.Size, err = k.write(); err != nil {
		return e, err
	}
	states, err := s.Repo.States(ctx, []string{bitcoin.BundleFile})
	if err != nil {
		return e, err
	}
	// A file that an earlier run left uncommitted is committed, too.
	if st := states[bitcoin.BundleFile]; commit && st.Disk != "" && st.Disk != st.Head {
		e.Made, err = s.Repo.Commit(ctx, []string{bitcoin.BundleFile}, "Keep block headers beside the proofs")
	}
	return e, err
}

// A keeper adds headers to those beside the proofs.
type keeper struct {
	s     *Session
	notes []string
	tried map[uint64]bool // heights for which no headers could be had
}

func (s *Session) keeper() *keeper { return &keeper{s: s, tried: map[uint64]bool{}} }

// keep sees to it that the headers of a proof's blocks are there; linked says
// that one of them leads to the table, above that one lies above it.
func (k *keeper) keep(ctx context.Context, p *ots.Proof) (linked, above bool) {
	n := k.s.Judge.Chain.Network()
	for i, claim := range p.Claims() {
		if claim.Attestation.Kind() != ots.KindBitcoin || len(claim.Msg) != len(bitcoin.Hash{}) || i > maxBlocks {
			continue
		}
		height, root := claim.Attestation.Height(), bitcoin.Hash(claim.Msg)
		if height > n.LastHeight() {
			above = true
		}
		if height == 0 || k.tried[height] {
			continue
		}
		run, err := k.s.Judge.Chain.Headers(ctx, height)
		switch {
		case err != nil:
			k.tried[height] = true
			k.notes = append(k.notes, err.Error())
		case run[0].MerkleRoot() != root:
			k.notes = append(k.notes, fmt.Sprintf("a proof does not lead to block %d", height))
		default:
			k.s.Headers.Bundle.Add(height, run)
			linked = linked || height <= n.LastHeight()
		}
	}
	return linked, above && !linked
}

// write writes the file if it changed, and returns its size. What another run
// wrote meanwhile is merged in; what nobody could use is left out.
func (k *keeper) write() (wrote bool, size int, err error) {
	h := k.s.Headers
	n := k.s.Judge.Chain.Network()
	for range writeAttempts {
		h.Bundle.Prune(n)
		raw := h.Bundle.Bytes()
		if bytes.Equal(raw, h.raw) || len(h.Bundle.Heights()) == 0 {
			return false, len(h.raw), nil
		}
		if len(raw) > bitcoin.MaxBundle {
			return false, len(h.raw), fmt.Errorf("write %s: %w", bitcoin.BundleFile, bitcoin.ErrBundleSize)
		}
		err = k.s.Repo.WriteFile(bitcoin.BundleFile, raw, h.raw)
		if err == nil {
			h.raw = raw
			return true, len(raw), nil
		}
		if !errors.Is(err, gitrepo.ErrChanged) && !errors.Is(err, gitrepo.ErrExists) || !k.reread() {
			break
		}
	}
	return false, len(h.raw), err
}

// reread takes up the file that another run wrote meanwhile.
func (k *keeper) reread() bool {
	raw, err := k.s.Repo.ReadFile(bitcoin.BundleFile, bitcoin.MaxBundle)
	if err != nil {
		return false
	}
	theirs, err := bitcoin.ParseBundle(raw)
	if err != nil {
		return false
	}
	k.s.Headers.Bundle.Merge(k.s.Judge.Chain.Network(), theirs)
	k.s.Headers.raw = raw
	return true
}
