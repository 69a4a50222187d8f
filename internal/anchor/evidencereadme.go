package anchor

import (
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

// longestClaim is how many runes of a record's title or URL a bundle's README has.
const longestClaim = 500

// readme says what a bundle holds and how to check it. It depends on the commit and
// the verdict alone.
func (b *evidenceBundling) readme(p *ots.Proof, headers bool) []byte {
	return []byte(b.inventory(headers) + b.check() + b.shown(p))
}

// inventory lists the files, below the title.
func (b *evidenceBundling) inventory(headers bool) string {
	var t strings.Builder
	fmt.Fprintf(&t, "# Evidence %s\n\nMade by git-anchor from commit %s. Begin with certificate.html: open it in a browser. The record says that it is of this:\n\n", b.item.ID, b.commit.ID)
	for _, line := range []string{b.item.Record.Title, b.item.Record.URL} {
		if line != "" {
			t.WriteString("    " + printable.Text(line, longestClaim) + "\n")
		}
	}
	t.WriteString("\n")
	if b.regtest() {
		t.WriteString("**regtest, proves nothing:** this proof leads to a local chain for rehearsals, not to Bitcoin.\n\n")
	}
	t.WriteString("- `record.json`: what was recorded.\n- `record.json.ots`: the OpenTimestamps proof of these exact bytes.\n")
	if len(b.blobs) > 0 {
		t.WriteString("- `files/`: what servers answered, and attachments, each by the beginning of its SHA-256 and its name. The record holds their SHA-256.\n")
	}
	t.WriteString("- `certificate.html`: the same to look at, in a browser and without a network. Drop record.json on it, or one of the files.\n" +
		"- `custody.txt`, `custody.jsonl`: what git's history says of the record. Each entry is a claim, and holds the hash of the one before.\n" +
		"- `SHA256SUMS`: of all other files here.\n")
	if b.small[blocksFile] != nil {
		t.WriteString("- `" + blocksFile + "`: the blocks that the proof leads to, with the 80 bytes of each header in hex, as they were checked.\n")
	}
	if headers {
		t.WriteString("- `" + bitcoin.BundleFile + "`: block headers, so that git-anchor needs no network.\n")
	}
	if b.item.Away > 0 {
		fmt.Fprintf(&t, "\nFiles that the record names and that are too large to be here: %d. Whoever keeps them compares their SHA-256 with the record.\n", b.item.Away)
	}
	return t.String()
}

func (b *evidenceBundling) regtest() bool {
	return b.s.Judge.Chain.Network().Name() == bitcoin.Regtest().Name()
}

// check lists commands of other programs.
func (b *evidenceBundling) check() string {
	files, proof := "", `The record existed no later than its block. With any OpenTimestamps client and a Bitcoin node:

    ots verify -f record.json record.json.ots

Without a node, the client prints the block and the merkle root, which any block explorer shows for that block:

    ots --no-bitcoin verify -f record.json record.json.ots

With git-anchor, in no repository:

    git anchor verify --file record.json --proof record.json.ots

`
	if b.regtest() {
		proof = `The proof can be followed only with git-anchor, where that chain for rehearsals still runs: URL is its explorer's address.

    git anchor verify --file record.json --proof record.json.ots --network regtest --explorer URL

`
	}
	if len(b.blobs) > 0 {
		files = `
The record binds the files: it holds their digests, and the proof covers it. This prints nothing where they fit:

    sha256sum files/* | while read -r d f; do grep -Eq "\"sha256\" *: *\"$d\"" record.json && test "$f" != "${f#files/$(echo $d | cut -c1-12)-}" || echo "not as recorded: $f"; done
`
	}
	return `
## Check it yourself

The files are whole, as far as this list says. It finds damage and no more: nothing anchors the list itself.

    sha256sum -c SHA256SUMS
` + files + `
The custody log is a chain: each line holds the hash of the one before, and its own, which is that of the line without
it. This prints the hash of the last entry, which certificate.html shows, too, and the lines that do not follow. A log
that was computed anew, or lacks its end, follows as well: compare that hash with one that somebody else kept.

    p=$(printf %064d 0); while IFS= read -r l || [ -n "$l" ]; do h=$(printf '%s\n' "$l" | sed 's/"hash":"[0-9a-f]*",//' | tr -d '\n' | sha256sum | cut -c1-64); case "$l" in *"\"hash\":\"$h\""*"\"prev\":\"$p\""*) p=$h;; *) echo "does not follow: $l";; esac; done < custody.jsonl; echo "the last entry: $p"

` + proof
}

// shown says what the proof shows, and lists what it claims.
func (b *evidenceBundling) shown(p *ots.Proof) string {
	var t strings.Builder
	t.WriteString("## What it shows, and what not\n\n")
	o, chain := b.item.Result.Outcome, "Bitcoin block"
	if b.regtest() {
		chain = "block of regtest"
	}
	switch {
	case b.item.State() == evidence.Pending:
		t.WriteString("The proof is pending: no block holds it yet, and it shows nothing to anybody else. It can be completed later:\ngit anchor upgrade, or ots upgrade record.json.ots.\n")
	case b.regtest():
		fmt.Fprintf(&t, "The proof leads to block %d of a chain for rehearsals, and shows nothing.\n", o.Height)
	default:
		fmt.Fprintf(&t, "The proof leads to Bitcoin block %d. It shows that these exact bytes existed no later than %s (UTC).\n", o.Height, o.ClaimDate.UTC().Format("2006-01-02"))
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
			what = fmt.Sprintf("%s %d has this merkle root (bytes reversed in explorers)", chain, claim.Attestation.Height())
		case ots.KindPending:
			what = "pending"
		}
		fmt.Fprintf(&t, "| %x | %s |\n", claim.Msg, what)
	}
	return t.String()
}
