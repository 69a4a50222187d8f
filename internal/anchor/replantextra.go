package anchor

import (
	"bytes"
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// headers plants the union of the headers that the commit has and ours.
func (p *planting) headers(ctx context.Context, raw []byte) error {
	if p.network == nil {
		return refuse("", "this network keeps no headers beside the proofs")
	}
	ours, err := bitcoin.ParseBundle(raw)
	if err != nil {
		return refuse("", "%v", err)
	}
	now, there, err := p.read(ctx, bitcoin.BundleFile, bitcoin.MaxBundle)
	if err != nil {
		return err
	}
	all := &bitcoin.Bundle{}
	if there {
		if all, err = bitcoin.ParseBundle(now); err != nil {
			return refuse("", "the one that the branch has is left alone: %v", err)
		}
	}
	all.Merge(p.network, ours)
	all.Prune(p.network)
	switch b := all.Bytes(); {
	case len(b) > bitcoin.MaxBundle:
		return refuse("", "%v", bitcoin.ErrBundleSize)
	case len(all.Heights()) > 0 && !bytes.Equal(b, now):
		p.set(bitcoin.BundleFile, b)
	}
	return nil
}

// extra plants a file that a command made, where the commit still has what the
// command saw.
func (p *planting) extra(ctx context.Context, f ExtraFile) error {
	if err := checkExtra(f.Path); err != nil {
		return refuse("", "%v", err)
	}
	for _, proof := range []string{p.layout.ProofPath(f.Path), f.Path + ".ots"} {
		if _, anchored, err := p.read(ctx, proof, ots.MaxProof); err != nil {
			return err
		} else if anchored {
			return refuse("", "it is an anchored document, which no command may change")
		}
	}
	var now string
	blob, err := p.repo.Blob(ctx, p.tip, f.Path)
	switch {
	case err == nil:
		now = blob.ID
	case errors.Is(err, gitrepo.ErrNotFound):
		err = p.free(ctx, f.Path)
	}
	if err != nil {
		return refusable(err)
	}
	made, err := p.repo.BlobID(f.Data)
	switch {
	case err != nil || made == now:
		return err
	case now != f.Old:
		return refuse("", "the branch has another version of it by now")
	}
	p.set(f.Path, f.Data)
	return nil
}
