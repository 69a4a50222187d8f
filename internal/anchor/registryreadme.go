package anchor

import (
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// readme says what a bundle holds and how to check it. It depends on the commit
// alone.
func (b *bundling) readme(v *RegistryVerified, headers bool) []byte {
	return []byte(b.inventory(headers) + b.check() + meaning + b.table(v))
}

func (b *bundling) regtest() bool { return b.s.Judge.Chain.Network().Name() == "regtest" }

// inventory lists the files, below the title.
func (b *bundling) inventory(headers bool) string {
	first, last := b.files[0].period, b.files[len(b.files)-1].period
	var t strings.Builder
	fmt.Fprintf(&t, "# Governance registry, %s to %s\n\n", first, last)
	fmt.Fprintf(&t, "Made by git-anchor from commit %s.\n\n", b.commit.ID)
	if b.regtest() {
		t.WriteString("**regtest, proves nothing:** these proofs lead to a local chain for rehearsals, not to Bitcoin.\n\n")
	}
	t.WriteString(`- ` + "`registries/YYYY-MM.json`" + `: what the registry said each month. In "previous_registry_hash" each names the SHA-256 of the
  file before it; the first one names 64 zeros.
- ` + "`proofs/YYYY-MM.json.ots`" + `: the OpenTimestamps proof of that file's bytes.
- ` + "`blocks.tsv`" + `: the Bitcoin blocks that the proofs name, and the merkle roots that these must have.
- ` + "`HEAD`" + `: the hash of the newest month. Whoever keeps it can tell later whether that month, or one
  before it, was changed or taken away.
- ` + "`SHA256SUMS`" + `: of all other files here.
- ` + "`.gitattributes`" + `: that git keeps all of these bytes as they are.
- ` + "`.git-anchor.toml`" + `: where git-anchor finds the months, and on which day they are due.
`)
	if headers {
		t.WriteString("- `" + bitcoin.BundleFile + "`: the headers that lead from these blocks to the table in git-anchor, so that no network is needed.\n")
	}
	return t.String()
}

// check says how to check it, with our program and without.
func (b *bundling) check() string {
	var t strings.Builder
	t.WriteString("\n## Check it yourself\n\nThe files are those that SHA256SUMS lists:\n\n    sha256sum -c SHA256SUMS\n")
	if len(b.files) > 1 {
		fmt.Fprintf(&t, `
Each month names the one before. These two print the same hash, and so for every month and the one after it:

    sha256sum registries/%s
    grep previous_registry_hash registries/%s
`, b.files[0].period.File(), b.files[1].period.File())
	}
	fmt.Fprintf(&t, `
Each month existed no later than its block. With any OpenTimestamps client and a Bitcoin node:

    ots verify -f registries/%[1]s proofs/%[1]s.ots

Without a node, the client prints the block and the merkle root, which any block explorer shows for that block:

    ots --no-bitcoin verify -f registries/%[1]s proofs/%[1]s.ots

All of it at once, with git-anchor, in a copy of this folder:

    git init && git add --all && git commit --message bundle
`, b.files[0].period.File())
	flags := ""
	if b.regtest() {
		flags = " --network regtest"
		t.WriteString("    git config anchor.explorer URL    # of the local chain, as in the repository that this is from\n")
	}
	fmt.Fprintf(&t, `    git anchor registry verify%s --expect-head "$(cat HEAD)"

Later, in the repository that this is from: the same --expect-head passes as long as the chain still has that month,
however far it has gone on, and fails where a month up to it was changed or taken away.
`, flags)
	return t.String()
}

// meaning is what the bundle shows.
const meaning = `
## What it shows, and what not

It shows that these exact bytes existed no later than the date of their block. It does not show who wrote them, that what
they say is true, or that no other version was anchored beside them: that takes others who kept a copy, or the hash in
HEAD. A month whose proof is pending shows nothing yet.
`

// table lists the months.
func (b *bundling) table(v *RegistryVerified) string {
	var t strings.Builder
	t.WriteString("\n## Months\n\n| Month | SHA-256 | Blocks named |\n|---|---|---|\n")
	for i, m := range v.Months {
		var blocks []string
		for _, claim := range b.proofs[i].blocks {
			blocks = append(blocks, fmt.Sprint(claim.Attestation.Height()))
		}
		if len(blocks) == 0 {
			blocks = []string{"pending"}
		}
		fmt.Fprintf(&t, "| %s | %s | %s |\n", m.Period, hexOf(m.Hash), strings.Join(blocks, ", "))
	}
	return t.String()
}
