package anchor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// EvidenceBundleOptions say what is bundled, and where to.
type EvidenceBundleOptions struct {
	Out         string                        // a directory that is made, or a file whose name ends in .zip
	NoHeaders   bool                          // leave block headers out
	Certificate func(Dossier) ([]byte, error) // renders certificate.html; nil: there is none
}

// An EvidenceBundle is what was written.
type EvidenceBundle struct {
	Out   string
	Files int
	Away  int  // files that the record names, and that are kept elsewhere
	Above bool // its block lies above the table, so that headers cannot be kept for it
}

// BundleEvidence writes a committed record as something to hand over: its bytes and
// files, the proof, block headers, the certificate, the custody log, and how to
// check them with other programs. The proof must be confirmed or pending and the
// files as recorded; otherwise nothing is written and the bundle is nil. The same
// commit, verdict, version and options give the same bytes. Errors are as those of
// BundleRegistry.
func (s *Session) BundleEvidence(ctx context.Context, id string, o EvidenceBundleOptions) (Run, EvidenceItem, *EvidenceBundle, error) {
	run, items, err := s.Evidence(ctx, EvidenceSelection{IDs: []string{id}, Files: true, Quotes: true, VerifyOptions: VerifyOptions{NoUpgrade: true, NoSearch: true}})
	if err != nil {
		return run, EvidenceItem{}, nil, err
	}
	item, r := items[0], &run.Results[0]
	if state := item.State(); state != evidence.Confirmed && state != evidence.Pending {
		return run, item, nil, nil
	}
	b := &evidenceBundling{s: s, item: item, commit: run.Commit, small: map[string][]byte{}, blobs: map[string]*gitrepo.Blob{}, sums: map[string]string{}}
	st := s.load(ctx, run.Commit, r.Proof)
	if st.recorded == nil || string(st.raw) != string(st.recorded) {
		r.Refusal = refuse("git add "+s.here(path.Dir(r.Path))+" && git commit", "what is bundled is a commit's, and HEAD holds another proof, or none")
		return run, item, nil, nil
	}
	made, err := b.fill(ctx, o, st.recorded)
	if err != nil {
		return run, item, nil, err
	}
	out := parcel{kind: "evidence", names: slices.Sorted(maps.Keys(b.sums)), top: "evidence-" + item.ID + "/", when: run.Commit.When, content: b.content, pack: zipped()}
	out.names = append(out.names, sumsFile)
	b.small[sumsFile] = b.list()
	slices.Sort(out.names)
	made.Files = len(out.names)
	return run, item, made, out.put(ctx, o.Out)
}

const sumsFile = "SHA256SUMS"

// An evidenceBundling is one run of BundleEvidence.
type evidenceBundling struct {
	s      *Session
	item   EvidenceItem
	commit gitrepo.Commit
	small  map[string][]byte        // files that are made here, by name in the bundle
	blobs  map[string]*gitrepo.Blob // files of the commit
	sums   map[string]string        // of all but the list of them, in hex
}

// fill collects what goes into the bundle.
func (b *evidenceBundling) fill(ctx context.Context, o EvidenceBundleOptions, proof []byte) (*EvidenceBundle, error) {
	made := &EvidenceBundle{Out: o.Out, Away: b.item.Away}
	blob, err := b.s.Repo.Blob(ctx, b.commit, b.item.Result.Path)
	if err != nil {
		return nil, err
	}
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ots.Parse(proof)
	if err != nil {
		return nil, err
	}
	for _, f := range b.item.kept() {
		if b.blobs[f.Path()], err = b.s.Repo.Blob(ctx, b.commit, f.path); err != nil {
			return nil, err
		}
		b.sums[f.Path()] = hex.EncodeToString(f.SHA256[:])
	}
	log, err := b.s.Custody(ctx, b.commit, b.item.ID)
	if err != nil {
		return nil, err
	}
	headers, above, err := b.headers(ctx, p, o.NoHeaders)
	if err != nil {
		return nil, err
	}
	made.Above = above
	b.small[evidence.RecordFile], b.small[evidence.RecordFile+".ots"] = raw, proof
	b.small["custody.jsonl"], b.small["custody.txt"] = evidence.LogBytes(log), evidence.LogText(log)
	if headers != nil {
		b.small[bitcoin.BundleFile] = headers
	}
	if blocks := b.blocks(); blocks != nil {
		b.small[blocksFile] = blocks
	}
	if o.Certificate != nil {
		r := b.item.Result
		r.Recorded = &b.item.Recorded
		page, err := o.Certificate(Dossier{
			Result: r, Commit: b.commit, Blob: blob.ID, Size: blob.Size, SHA256: b.item.Record.Digest,
			Proof: proof, Document: raw, Custody: log,
		})
		if err != nil {
			return nil, fmt.Errorf("make the certificate: %w", err)
		}
		b.small["certificate.html"] = page
	}
	b.small["README.md"] = b.readme(p, headers != nil)
	for name, data := range b.small {
		b.sums[name] = fmt.Sprintf("%x", sha256.Sum256(data))
	}
	return made, nil
}

// headers collects the headers of the blocks that the proof names, as far as the
// table covers them.
func (b *evidenceBundling) headers(ctx context.Context, p *ots.Proof, none bool) (raw []byte, above bool, err error) {
	chain := b.s.Judge.Chain
	last := chain.Network().LastHeight()
	var bundle bitcoin.Bundle
	for _, claim := range p.Claims() {
		height := claim.Attestation.Height()
		if none || last == 0 || claim.Attestation.Kind() != ots.KindBitcoin || height == 0 || len(claim.Msg) != len(bitcoin.Hash{}) {
			continue
		}
		if height > last {
			above = true
			continue
		}
		run, err := chain.Headers(ctx, height)
		if err != nil {
			return nil, above, fmt.Errorf("%w: %w", ErrNoHeaders, err)
		}
		if run[0].MerkleRoot() == bitcoin.Hash(claim.Msg) {
			bundle.Add(height, run)
		}
	}
	if len(bundle.Heights()) == 0 {
		return nil, above, nil
	}
	return bundle.Bytes(), above, nil
}

// blocksFile lists the blocks that the proof leads to.
const blocksFile = "blocks.tsv"

// blocks lists the confirmed claims with the headers that they were checked against,
// nil where there are none.
func (b *evidenceBundling) blocks() []byte {
	var t strings.Builder
	for _, claim := range b.item.Result.Outcome.Claims {
		if h := claim.Evidence.Header; claim.Status == verify.Confirmed && h != nil {
			fmt.Fprintf(&t, "%d\t%s\t%s\t%x\n", claim.Attestation.Height(), h.Hash(), h.MerkleRoot(), h[:])
		}
	}
	if t.Len() == 0 {
		return nil
	}
	return []byte("block\thash\tmerkle root\theader\n" + t.String())
}

// list is the file that sha256sum checks.
func (b *evidenceBundling) list() []byte {
	var t strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.sums)) {
		fmt.Fprintf(&t, "%s  %s\n", b.sums[name], name)
	}
	return []byte(t.String())
}

// content writes a file of the bundle.
func (b *evidenceBundling) content(ctx context.Context, name string, w io.Writer) error {
	if data, ok := b.small[name]; ok {
		_, err := w.Write(data)
		return err
	}
	blob, ok := b.blobs[name]
	if !ok {
		return errors.New("bundle: no file " + name)
	}
	return b.s.Repo.CopyBlob(ctx, blob.ID, blob.Size, w)
}
