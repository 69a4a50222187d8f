package anchor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// BundleOptions say what is bundled, and where to.
type BundleOptions struct {
	Rev       string // "" is HEAD
	Out       string // a directory that is made, or a file whose name ends in .tar.gz or .tgz
	NoHeaders bool   // leave block headers out
	Clock     time.Time
}

// A RegistryBundle is what was written.
type RegistryBundle struct {
	Out     string
	Files   int
	Head    string // hash of the newest month
	Pending int    // months that no block holds yet
	Above   int    // months whose block lies above the table, so that headers cannot be kept for it
}

// ErrNoHeaders is wrapped where headers that a bundle must hold could not be had.
var ErrNoHeaders = errors.New("block headers could not be had")

// BundleRegistry writes the chain of registries that a commit holds as something
// to publish: months, proofs, block headers and how to check them without us. The
// chain is judged first, by the proofs of that commit, and no calendar is asked;
// where it does not hold, or could not be judged, nothing is written and the
// bundle is nil. The same commit gives the same bytes. Where something is at
// Out already the error is a Refusal; it wraps ErrNoHeaders where a header is
// missing.
func (s *Session) BundleRegistry(ctx context.Context, o BundleOptions) (Run, *RegistryVerified, *RegistryBundle, error) {
	s, c, list, err := s.monthsAt(ctx, o.Rev)
	run, v := Run{Commit: c}, &RegistryVerified{clock: o.Clock}
	if err == nil {
		err = tarGz().place(filepath.Clean(o.Out))
	}
	if err != nil {
		return run, v, nil, err
	}
	files := v.listed(list)
	if len(files) == 0 {
		return run, v, nil, absent("git anchor registry snapshot  # makes the first month", "%s at %s holds no month", s.Config.OTS.RegistryPath, c.ID)
	}
	b := &bundling{s: s, commit: c, files: files, proofs: make([]bundled, len(files))}
	run.Results = make([]Result, len(files))
	each(ctx, len(files), func(i int) { run.Results[i] = b.judge(ctx, i) })
	if err := ctx.Err(); err != nil {
		return run, v, nil, err
	}
	if err := s.judgeChain(ctx, c, files, run.Results, v); err != nil {
		return run, v, nil, err
	}
	if err := s.strayProofs(ctx, c, v); err != nil {
		return run, v, nil, err
	}
	v.catchUps()
	if !v.Holds() {
		return run, v, nil, s.mend(ctx, c, v)
	}
	made, err := b.write(ctx, o, v)
	return run, v, made, err
}

const attributes = ".gitattributes"

// A bundling is one run of BundleRegistry.
type bundling struct {
	s      *Session
	commit gitrepo.Commit
	files  []monthFile
	proofs []bundled // of the files
	above  int
}

// A bundled is what is kept of a month's proof.
type bundled struct {
	path   string
	sum    [sha256.Size]byte
	blocks []ots.Claim // of Bitcoin blocks
}

// judge judges a month by the proof that the commit holds.
func (b *bundling) judge(ctx context.Context, i int) Result {
	d := b.s.document(b.files[i].path, true)
	d.kind = config.KindRegistry
	r := d.result()
	blob, err := b.s.Repo.Blob(ctx, b.commit, d.path)
	if err != nil {
		r.blame(refusable(err))
		return r
	}
	r.Blob = blob.ID
	raw, err := b.proof(ctx, d.proof)
	if errors.Is(err, gitrepo.ErrNotFound) {
		r.Outcome = verify.Outcome{Status: verify.Missing, Reason: "the commit holds no proof of it"}
		return r
	}
	var p *ots.Proof
	if err == nil {
		p, err = ots.Parse(raw)
	}
	if err != nil {
		r.Outcome = verify.Unreadable(err)
		return r
	}
	digest, err := blob.Digest(ctx, p.Hash.NewHash())
	if err != nil {
		r.Err = err
		return r
	}
	r.tally(p)
	r.Outcome = b.s.Judge.Proof(ctx, p, digest)
	b.proofs[i] = bundled{path: d.proof, sum: sha256.Sum256(raw)}
	for _, claim := range p.Claims() {
		if claim.Attestation.Kind() == ots.KindBitcoin && len(claim.Msg) == len(bitcoin.Hash{}) {
			b.proofs[i].blocks = append(b.proofs[i].blocks, claim)
		}
	}
	return r
}

// proof reads a proof of the commit.
func (b *bundling) proof(ctx context.Context, path string) ([]byte, error) {
	blob, err := b.s.Repo.Blob(ctx, b.commit, path)
	if err != nil {
		return nil, err
	}
	if blob.Size > ots.MaxProof {
		return nil, fmt.Errorf("the proof has %d bytes: %w", blob.Size, ots.ErrTooLarge)
	}
	return blob.Bytes(ctx)
}

// A bundleFile is one file of the bundle. Months and proofs are read when they are
// written: all of them may be larger than memory.
type bundleFile struct {
	name string
	sum  string // SHA-256, in hex
	read func(ctx context.Context) ([]byte, error)
}

// write makes the files, then puts them where they were asked for.
func (b *bundling) write(ctx context.Context, o BundleOptions, v *RegistryVerified) (*RegistryBundle, error) {
	headers, err := b.headers(ctx, o.NoHeaders)
	if err != nil {
		return nil, err
	}
	made := &RegistryBundle{Out: o.Out, Head: v.Head, Above: b.above}
	for _, m := range v.Months {
		if m.State() == StepWaits {
			made.Pending++
		}
	}
	list := b.list(v, headers)
	made.Files = len(list)
	return made, b.put(ctx, o.Out, list)
}

// put writes the files into a directory or an archive.
func (b *bundling) put(ctx context.Context, out string, list []bundleFile) error {
	p := parcel{kind: "registry", top: "registry-" + b.files[len(b.files)-1].period.String() + "/", when: b.commit.When, pack: tarGz()}
	reads := map[string]func(context.Context) ([]byte, error){}
	for _, f := range list {
		p.names, reads[f.name] = append(p.names, f.name), f.read
	}
	p.content = func(ctx context.Context, name string, w io.Writer) error {
		data, err := reads[name](ctx)
		if err == nil {
			_, err = w.Write(data)
		}
		return err
	}
	return p.put(ctx, out)
}

// list is what the bundle holds, by name; without headers no file of them.
func (b *bundling) list(v *RegistryVerified, headers []byte) []bundleFile {
	var list []bundleFile
	for i, f := range b.files {
		name, proof := f.period.File(), b.proofs[i]
		list = append(list,
			bundleFile{"registries/" + name, hexOf(v.Months[i].Hash), func(ctx context.Context) ([]byte, error) { return b.s.monthBytes(ctx, b.commit, f) }},
			bundleFile{"proofs/" + name + ".ots", hex.EncodeToString(proof.sum[:]), func(ctx context.Context) ([]byte, error) { return b.proof(ctx, proof.path) }})
	}
	add := func(name string, data []byte) {
		sum := sha256.Sum256(data)
		list = append(list, bundleFile{name, hex.EncodeToString(sum[:]), func(context.Context) ([]byte, error) { return data, nil }})
	}
	add("HEAD", []byte(v.Head+"\n"))
	add(attributes, []byte("* -text -filter -ident -working-tree-encoding\n")) // or git add changes bytes
	add("blocks.tsv", b.blocks())
	add(config.File, fmt.Appendf(nil, "[ots]\nmonthly_anchor_day = %d\nregistry_path = \"registries\"\nproofs_path = \"proofs\"\n", b.s.Config.OTS.MonthlyAnchorDay))
	add("README.md", b.readme(v, headers != nil))
	if headers != nil {
		add(bitcoin.BundleFile, headers)
	}
	byName := func(x, y bundleFile) int { return strings.Compare(x.name, y.name) }
	slices.SortFunc(list, byName)
	var sums []byte
	for _, f := range list {
		sums = fmt.Appendf(sums, "%s  %s\n", f.sum, f.name)
	}
	add("SHA256SUMS", sums)
	slices.SortFunc(list, byName)
	return list
}

// hexOf is the hash of a month as sha256sum prints it.
func hexOf(hash string) string { return strings.TrimPrefix(hash, "sha256:") }

// headers collects the headers of the blocks that the proofs name, as far as the
// table covers them, in the form that lies beside proofs. Nothing else can be of
// use to others, nor be the same in every run.
func (b *bundling) headers(ctx context.Context, none bool) ([]byte, error) {
	chain := b.s.Judge.Chain
	n := chain.Network()
	var bundle bitcoin.Bundle
	for i, f := range b.files {
		above := false
		for _, claim := range b.proofs[i].blocks {
			height := claim.Attestation.Height()
			if none || height == 0 || n.LastHeight() == 0 { // regtest has no table
				continue
			}
			if height > n.LastHeight() {
				above = true
				continue
			}
			run, err := chain.Headers(ctx, height)
			if err != nil {
				return nil, fmt.Errorf("%s: %w: %w", f.period, ErrNoHeaders, err)
			}
			if run[0].MerkleRoot() == bitcoin.Hash(claim.Msg) {
				bundle.Add(height, run)
			}
		}
		if above {
			b.above++
		}
	}
	if len(bundle.Heights()) == 0 {
		return nil, nil
	}
	return bundle.Bytes(), nil
}

// blocks lists which block each proof names, and the merkle root that it must
// have: what the other programs print, too.
func (b *bundling) blocks() []byte {
	var t strings.Builder
	t.WriteString("month\tblock\tmerkle root\n")
	for i, f := range b.files {
		for _, claim := range b.proofs[i].blocks {
			fmt.Fprintf(&t, "%s\t%d\t%s\n", f.period, claim.Attestation.Height(), bitcoin.Hash(claim.Msg))
		}
	}
	return []byte(t.String())
}
