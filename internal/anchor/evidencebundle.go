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
	run, items, err := s.Evidence(ctx, EvidenceSelection{IDs: []string{id}, Files: true, VerifyOptions: VerifyOptions{NoUpgrade: true, NoSearch: true}})
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
	if o.Certificate != nil {
		r := b.item.Result
		r.Recorded = &b.item.Recorded
		page, err := o.Certificate(Dossier{
			Result: r, Commit: b.commit, Blob: blob.ID, Size: blob.Size, SHA256: b.item.Record.Digest,
			Title: b.item.Record.Title, Proof: proof, Document: raw, Custody: log,
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

// readme says what a bundle holds and how to check it.
func (b *evidenceBundling) readme(p *ots.Proof, headers bool) []byte {
	var t strings.Builder
	fmt.Fprintf(&t, "# Evidence %s\n\nMade by git-anchor from commit %s.\n\n", b.item.ID, b.commit.ID)
	if b.s.Judge.Chain.Network().Name() == bitcoin.Regtest().Name() {
		t.WriteString("**regtest, proves nothing:** this proof leads to a local chain for rehearsals, not to Bitcoin.\n\n")
	}
	t.WriteString(`- ` + "`record.json`" + `: what was recorded.
- ` + "`record.json.ots`" + `: the OpenTimestamps proof of these exact bytes.
`)
	if len(b.blobs) > 0 {
		t.WriteString("- `files/`: what servers answered, and attachments, each by the beginning of its SHA-256 and its name. The record holds their SHA-256.\n")
	}
	t.WriteString(`- ` + "`certificate.html`" + `: the same to look at, in a browser and without a network. Drop record.json on it, or one of the files.
- ` + "`custody.txt`, `custody.jsonl`" + `: what git's history says of the record. Each entry is a claim, and holds the hash of the one before.
- ` + "`SHA256SUMS`" + `: of all other files here.
`)
	if headers {
		t.WriteString("- `" + bitcoin.BundleFile + "`: block headers, so that git-anchor needs no network.\n")
	}
	if b.item.Away > 0 {
		fmt.Fprintf(&t, "\nFiles that the record names and that are too large to be here: %d. Whoever keeps them compares their SHA-256 with the record.\n", b.item.Away)
	}
	t.WriteString(`
## Check it yourself

The files are whole, as far as this list says. It finds damage and no more: nothing anchors the list itself.

    sha256sum -c SHA256SUMS

`)
	if len(b.blobs) > 0 {
		t.WriteString(`The record binds the files: it holds their digests, and the proof covers it. This prints nothing where they fit:

    sha256sum files/* | while read -r d f; do grep -Eq "\"sha256\" *: *\"$d\"" record.json && test "$f" != "${f#files/$(echo $d | cut -c1-12)-}" || echo "not as recorded: $f"; done

`)
	}
	t.WriteString(`The custody log is a chain: each line holds the hash of the one before, and its own, which is that of the line without
it. This prints nothing where it is whole:

    p=$(printf %064d 0); while IFS= read -r l; do h=$(printf %s "$l" | sed 's/"hash":"[0-9a-f]*",//' | sha256sum | cut -c1-64); case "$l" in *"\"hash\":\"$h\""*"\"prev\":\"$p\""*) p=$h;; *) echo "does not follow: $l";; esac; done < custody.jsonl
`)
	t.WriteString(`
The record existed no later than its block. With any OpenTimestamps client and a Bitcoin node:

    ots verify -f record.json record.json.ots

Without a node, the client prints the block and the merkle root, which any block explorer shows for that block:

    ots --no-bitcoin verify -f record.json record.json.ots

With git-anchor, in no repository:

    git anchor verify --file record.json --proof record.json.ots

## What it shows, and what not

`)
	b.shown(&t, p)
	return []byte(t.String())
}

// shown says what the proof shows, and lists what it claims.
func (b *evidenceBundling) shown(t *strings.Builder, p *ots.Proof) {
	if b.item.State() == evidence.Confirmed {
		fmt.Fprintf(t, "The proof leads to Bitcoin block %d. It shows that these exact bytes existed no later than %s (UTC).\n",
			b.item.Result.Outcome.Height, b.item.Result.Outcome.ClaimDate.UTC().Format("2006-01-02"))
	} else {
		t.WriteString("The proof is pending: no block holds it yet, and it shows nothing to anybody else. It can be completed later:\ngit anchor upgrade, or ots upgrade record.json.ots.\n")
	}
	t.WriteString(`It does not show that what the record says is true, who wrote it, or when anything was seen: these are claims of whoever
made it. The custody log is made from commits, whose names and times anybody can choose.

## The proof

| Message (hex) | Claim |
|---|---|
`)
	for _, claim := range p.Claims() {
		what := "other"
		switch claim.Attestation.Kind() {
		case ots.KindBitcoin:
			what = fmt.Sprintf("Bitcoin block %d has this merkle root (bytes reversed in explorers)", claim.Attestation.Height())
		case ots.KindPending:
			what = "pending"
		}
		fmt.Fprintf(t, "| %x | %s |\n", claim.Msg, what)
	}
}
