package anchor

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A planting is what of a plan goes onto one commit. Nothing that the commit
// holds is ever lost by it: proofs and headers are merged, and what does not fit
// is dropped and named.
type planting struct {
	repo    *gitrepo.Repo
	tip     gitrepo.Commit
	layout  config.Config    // where registries and their proofs are, as the commit says
	network *bitcoin.Network // nil: headers are left alone
	files   map[string][]byte
	dirs    map[string]bool // directories of files
	fresh   int             // proofs among files that the commit has none of
	dropped []Dropped
}

// newPlanting goes by the configuration that the commit has at path, "" for
// config.File: what a plan says of it is a claim.
func newPlanting(ctx context.Context, repo *gitrepo.Repo, tip gitrepo.Commit, path string, network *bitcoin.Network) (*planting, error) {
	conf, err := ConfigAt(ctx, repo, tip, path)
	if err != nil {
		return nil, err
	}
	return &planting{
		repo: repo, tip: tip, network: network, layout: conf,
		files: map[string][]byte{}, dirs: map[string]bool{},
	}, nil
}

// plan plants the proofs and headers of a plan, and what joins them.
func (p *planting) plan(ctx context.Context, plan Plan) error {
	done, err := p.months(ctx, plan)
	if err != nil {
		return err
	}
	for _, q := range plan.Proofs {
		if done[q.Path] {
			continue
		}
		if err := p.take(q.Path, p.proof(ctx, q)); err != nil {
			return err
		}
	}
	if plan.Headers == nil {
		return nil
	}
	return p.take(bitcoin.BundleFile, p.headers(ctx, plan.Headers))
}

// join plants extra files where there is anything for them to join.
func (p *planting) join(ctx context.Context, extra Extra) error {
	if len(p.files) == 0 {
		return nil
	}
	for _, f := range extra.Files {
		if err := p.take(f.Path, p.extra(ctx, f)); err != nil {
			return err
		}
	}
	return nil
}

// take turns a refusal into a path that is dropped, and hands back any other
// error.
func (p *planting) take(path string, err error) error {
	var r *Refusal
	if errors.As(err, &r) {
		p.dropped = append(p.dropped, Dropped{path, r.Text})
		return nil
	}
	return err
}

func (p *planting) set(file string, data []byte) {
	p.files[file] = data
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		p.dirs[dir] = true
	}
}

// proof plants a proof, merged with what the commit holds.
func (p *planting) proof(ctx context.Context, q PlannedProof) error {
	ours, err := ots.Parse(q.Proof)
	if err != nil {
		return refuse("", "it cannot be read: %v", err)
	}
	raw, there, err := p.read(ctx, q.Path, ots.MaxProof)
	if err != nil {
		return err
	}
	theirs, bad := ots.Parse(raw)
	if there && bad == nil && twins(ours, theirs) {
		if err := p.sameDocument(ctx, q); err != nil {
			return err
		}
		return p.merge(q.Path, theirs, ours)
	}
	if done, err := p.superseded(ctx, q, ours); done || err != nil {
		return err
	}
	switch {
	case there && bad != nil:
		return refuse("", "the branch has a proof there that cannot be read: %v", bad)
	case there:
		return refuse("", "the branch has a proof for other bytes there")
	case q.Old != "":
		return refuse("", "it was deleted from the branch meanwhile")
	}
	if err := p.sameDocument(ctx, q); err != nil {
		return err
	}
	if err := p.stands(ctx, q, ours); err != nil {
		return err
	}
	if err := p.write(q.Path, ours); err != nil {
		return err
	}
	p.fresh++
	return nil
}

// superseded merges a proof into that of an earlier version, where it became
// one meanwhile.
func (p *planting) superseded(ctx context.Context, q PlannedProof, ours *ots.Proof) (done bool, err error) {
	if _, already := Superseded(q.Path); already {
		return false, nil
	}
	at := SupersededPath(strings.TrimSuffix(q.Path, ".ots"), ours)
	raw, there, err := p.read(ctx, at, ots.MaxProof)
	if isRefusal(err) || err == nil && !there {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	theirs, bad := ots.Parse(raw)
	if bad != nil || !twins(ours, theirs) {
		return false, nil
	}
	return true, p.merge(at, theirs, ours)
}

// merge adds what ours claims to theirs.
func (p *planting) merge(path string, theirs, ours *ots.Proof) error {
	if len(theirs.Missing(ours)) == 0 {
		return nil
	}
	all := theirs.Clone()
	if err := all.Merge(ours); err != nil {
		return refuse("", "it cannot be merged with the one that the branch has: %v", err)
	}
	return p.write(path, all)
}

func (p *planting) write(path string, proof *ots.Proof) error {
	raw, err := readBack(proof)
	if err != nil {
		return refuse("", "%v", err)
	}
	p.set(path, raw)
	return nil
}

// sameDocument refuses a proof whose document is not what it was.
func (p *planting) sameDocument(ctx context.Context, q PlannedProof) error {
	if q.Blob == "" {
		return nil
	}
	id, err := p.document(ctx, q.Document)
	switch {
	case errors.Is(err, gitrepo.ErrNotFound):
		return refuse("", "its document is not in the branch any more")
	case err != nil:
		return refusable(err)
	case id != q.Blob:
		return refuse("", "its document changed meanwhile")
	}
	return nil
}

// stands refuses a new proof that is not for its document's bytes.
func (p *planting) stands(ctx context.Context, q PlannedProof, ours *ots.Proof) error {
	if q.Blob == "" {
		return nil
	}
	digest, err := p.digest(ctx, q.Document, ours.Hash.NewHash())
	if err != nil {
		return refusable(err)
	}
	if !bytes.Equal(digest, ours.Digest) {
		return refuse("", "it is not for the bytes of its document")
	}
	return nil
}

// read returns the file at a path, as planned already or as the commit has it,
// of at most max bytes. Where something else is in its place or on the way the
// error is a refusal.
func (p *planting) read(ctx context.Context, path string, max int64) (data []byte, there bool, err error) {
	if data, ok := p.files[path]; ok {
		return data, true, nil
	}
	blob, err := p.repo.Blob(ctx, p.tip, path)
	switch {
	case errors.Is(err, gitrepo.ErrNotFound):
		return nil, false, p.free(ctx, path)
	case err != nil:
		return nil, false, refusable(err)
	case blob.Size > max:
		return nil, false, refuse("", "the branch has %d bytes there, more than the %d that are read", blob.Size, max)
	}
	data, err = blob.Bytes(ctx)
	return data, err == nil, err
}

// free refuses a path that cannot be made: a file is where one of its
// directories has to be, or the other way round.
func (p *planting) free(ctx context.Context, file string) error {
	if p.dirs[file] {
		return refuse("", "it is a directory of other files in this commit")
	}
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		_, err := p.repo.Blob(ctx, p.tip, dir)
		switch _, planned := p.files[dir]; {
		case err == nil || planned:
			return refuse("", "%q is a file in the branch", dir)
		case errors.Is(err, gitrepo.ErrDirectory):
			return nil
		case !errors.Is(err, gitrepo.ErrNotFound):
			return refusable(err)
		}
	}
	return nil
}

// list is the files in order.
func (p *planting) list() (files []gitrepo.NewFile, paths []string) {
	paths = slices.Sorted(maps.Keys(p.files))
	for _, path := range paths {
		files = append(files, gitrepo.NewFile{Path: path, Data: p.files[path]})
	}
	return files, paths
}

// message says what a commit of these files does.
func (p *planting) message() string {
	var proofs []string
	for _, path := range slices.Sorted(maps.Keys(p.files)) {
		if proofNamed(path) {
			proofs = append(proofs, path)
		}
	}
	switch {
	case len(proofs) == 0:
		return "Keep block headers beside the proofs"
	case p.fresh > 0:
		return subject("Anchor", proofs)
	}
	return subject("Upgrade", proofs)
}
