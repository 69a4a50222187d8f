package anchor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// ExportEvidence makes the record of a proof that other programs exchange, as it is
// known now. A proof whose block could not be checked is pending in it: there is
// no fourth state. What is not committed, or was never tried, is a Refusal in the
// item's result.
func (s *Session) ExportEvidence(ctx context.Context, id string, o VerifyOptions) (Run, EvidenceItem, *evidence.Export, error) {
	run, item, err := s.oneItem(ctx, id, o)
	if err != nil || item.Result.Refusal != nil {
		return run, item, nil, err
	}
	r := &run.Results[0]
	touches, err := s.Repo.Touches(ctx, run.Commit, path.Dir(r.Path))
	if err != nil {
		return run, item, nil, err
	}
	e := &evidence.Export{Hash: item.Record.Digest, Status: item.State(), RegtestChain: s.Judge.Chain.Network().Name() == bitcoin.Regtest().Name()}
	now, err := s.Repo.Blob(ctx, run.Commit, r.Path)
	if err != nil && !errors.Is(err, gitrepo.ErrNotFound) {
		return run, item, nil, err
	}
	for _, t := range touches {
		if now != nil && t.Path == r.Path && t.Blob == now.ID {
			first, err := s.Repo.Resolve(ctx, t.Commit)
			if err != nil {
				return run, item, nil, err
			}
			e.CreatedAt = first.When
			break
		}
	}
	switch {
	case e.CreatedAt.IsZero():
		r.Refusal = refuse("git add "+s.here(path.Dir(r.Path))+" && git commit", "it is not committed yet, and created_at is when it was")
	case e.Status == EvidenceOpen:
		r.Refusal = refuse("git anchor "+s.here(r.Path), "it has no proof, and nobody tried to get one")
	case e.Status == EvidenceUnchecked:
		e.Status = evidence.Pending
	case e.Status == evidence.Confirmed:
		e.Block, e.ConfirmedAt = r.Outcome.Height, r.Outcome.BlockTime
	}
	if item.Result = *r; r.Refusal != nil {
		return run, item, nil, nil
	}
	st := s.load(ctx, run.Commit, r.Proof)
	e.Proof = st.raw
	return run, item, e, st.err
}

// oneItem looks at one record and its files.
func (s *Session) oneItem(ctx context.Context, id string, o VerifyOptions) (Run, EvidenceItem, error) {
	run, items, err := s.Evidence(ctx, EvidenceSelection{IDs: []string{id}, Files: true, VerifyOptions: o})
	if err != nil {
		return run, EvidenceItem{}, err
	}
	if item := items[0]; item.Record == nil && item.Result.Refusal == nil {
		if len(item.Unread) > 0 {
			return run, item, item.Unread[0]
		}
		run.Results[0].Refusal = refuse("", "the record cannot be read: %s", item.Broken[0])
		items[0].Result = run.Results[0]
	}
	return run, items[0], nil
}

// ImportEvidence puts the proof of an exported record beside the file that it is
// for: the bytes as they were exported where there is no proof, else the merge of
// both. The file is HEAD's record of that digest, or the one that to names. What
// is not for the file, is false, or adds nothing is a Refusal or no Action.
func (s *Session) ImportEvidence(ctx context.Context, raw []byte, to string) (Run, error) {
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return Run{}, err
	}
	run := Run{Commit: c, Results: []Result{{Path: cmp.Or(to, evidenceDir), Kind: "file"}}}
	r := &run.Results[0]
	if s.Repo.Top() == "" {
		return run, fmt.Errorf("import a proof: %w", gitrepo.ErrNoWorkTree)
	}
	hash, proof, err := evidence.ParseExport(raw)
	if err != nil {
		r.Refusal = refuse("", "%v", err)
		return run, nil
	}
	d, err := s.importTarget(ctx, c, hash, to)
	if err == nil {
		*r = d.result()
		err = s.importProof(ctx, c, d, hash, proof, r)
	}
	if err != nil {
		r.blame(refusable(err))
	}
	return run, ctx.Err()
}

// importTarget finds the document that a hash is of.
func (s *Session) importTarget(ctx context.Context, c gitrepo.Commit, hash [32]byte, to string) (document, error) {
	if to != "" {
		at, err := s.operand(to)
		if err != nil {
			return document{}, absent("", "%v", err)
		}
		return s.document(at, true), nil
	}
	entries, err := s.evidenceAt(ctx, c)
	if err != nil {
		return document{}, err
	}
	for _, e := range entries {
		digest, err := s.digestAt(ctx, c, e.Path)
		if err == nil && digest == hash {
			return s.document(e.Path, true), nil
		}
	}
	return document{}, absent("--for PATH names the file", "no committed record of evidence has the SHA-256 %x", hash)
}

func (s *Session) digestAt(ctx context.Context, c gitrepo.Commit, at string) (sum [32]byte, err error) {
	blob, err := s.Repo.Blob(ctx, c, at)
	if err != nil {
		return sum, err
	}
	digest, err := blob.Digest(ctx, ots.SHA256.NewHash())
	copy(sum[:], digest)
	return sum, err
}

func (s *Session) importProof(ctx context.Context, c gitrepo.Commit, d document, hash [32]byte, raw []byte, r *Result) error {
	digest, err := s.digestAt(ctx, c, d.path)
	if err != nil {
		return err
	}
	if digest != hash {
		return refuse("", "the record is for a file of the SHA-256 %x, and %s has %x", hash, d.path, digest)
	}
	p, err := ots.Parse(raw)
	switch {
	case err != nil:
		return refuse("", "its ots_file is no proof: %v", err)
	case !isFor(p, digest[:]):
		return refuse("", "its ots_file is a proof of other bytes than its hash says")
	}
	st := s.load(ctx, c, d.proof)
	if st.err != nil {
		return refuse("", "the proof that is there cannot be read: %v", st.err)
	}
	if err := s.importable(ctx, p, len(raw), st, r); err != nil {
		return err
	}
	if st.raw == nil {
		return s.importNew(ctx, c, d, p, raw, r)
	}
	return s.importMerged(d, st, p, raw, r)
}

// importable refuses what a change by others may not bring either: claims on blocks
// that are not confirmed now, and promises of calendars that may not be asked, or
// are of another network.
func (s *Session) importable(ctx context.Context, p *ots.Proof, size int, st stored, r *Result) error {
	regtest := s.Calendars.Policy.Regtest
	for _, w := range verify.Waiting(p.Tree) {
		if fetch.Loopback(w.URI) != regtest {
			return refuse("--network regtest is for rehearsals, and mainnet for all else", "it names a calendar of another network: %s", w.URI)
		}
	}
	var base []*ots.Proof
	for _, there := range [][]byte{st.raw, st.recorded} {
		if old, err := ots.Parse(there); err == nil && twins(old, p) {
			base = append(base, old)
		}
	}
	if found := s.Judge.Added(ctx, p, size, base, s.Calendars.Policy.MayWrite); len(found) > 0 {
		return refuse(found[0].Hint, "%s", found[0].Text)
	}
	r.tally(p)
	r.Outcome = s.Judge.Claims(ctx, p)
	return nil
}

// importNew writes a proof where there is none, and where none was lost.
func (s *Session) importNew(ctx context.Context, c gitrepo.Commit, d document, p *ots.Proof, raw []byte, r *Result) error {
	if err := s.Repo.ProofAttributes(ctx, d.proof); err != nil {
		return refuse("add the line *.ots binary to .gitattributes", "%v", err)
	}
	past, err := s.Repo.HistoryOf(ctx, []string{d.proof})
	if err != nil {
		return err
	}
	for _, v := range past[d.proof] {
		former, err := s.former(ctx, v, d.proof)
		if err != nil {
			return err
		}
		if former != nil && twins(former, p) && len(p.Missing(former)) > 0 {
			return deleted(s.restore(v, d.proof), "commit %s held a proof with claims that this one lacks", short(v.Commit))
		}
	}
	if err := s.Repo.WriteFile(d.proof, raw, nil); err != nil {
		return err
	}
	r.Action = Wrote
	return nil
}

// importMerged adds a proof to one that is there.
func (s *Session) importMerged(d document, st stored, p *ots.Proof, raw []byte, r *Result) error {
	old, err := ots.Parse(st.raw)
	switch {
	case err != nil:
		return refuse("", "the proof that is there cannot be read: %v", err)
	case !twins(old, p):
		return refuse("", "the proof that is there is for other bytes: its claim must not be lost")
	case len(old.Missing(p)) == 0:
		r.Action = Complete
		return nil
	case !st.disk:
		return refuse("git restore "+s.here(d.proof), "HEAD holds %s, and the work tree lacks it", d.proof)
	}
	if len(p.Missing(old)) > 0 {
		merged := old.Clone()
		if err := merged.Merge(p); err != nil {
			return refuse("", "it cannot be merged with the proof that is there: %v", err)
		}
		if raw, err = readBack(merged); err != nil {
			return err
		}
	}
	err = s.Repo.WriteFile(d.proof, raw, st.raw)
	if errors.Is(err, gitrepo.ErrChanged) || errors.Is(err, fs.ErrNotExist) {
		return refuse("run it again", "another run changed %s", d.proof)
	}
	if err == nil {
		r.Action = Upgraded
	}
	return err
}
