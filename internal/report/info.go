package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Info writes a proof's tree in the layout of the reference client: one
// operation a line, branches indented behind an arrow, attestations as
// "verify", and the transaction ids and merkle roots met on the way as
// comments. With verbose every line shows the message it leads to.
func Info(w io.Writer, p *ots.Proof, verbose bool) error {
	if sorted, err := ots.Parse(p.Bytes()); err == nil && !p.HasDuplicates() {
		p = sorted // the order in which the reference client prints
	}
	var b strings.Builder
	fmt.Fprintf(&b, "File %s hash: %x\nTimestamp:\n", p.Hash, p.Digest)
	writeTree(&b, p.Tree, 0, verbose)
	if p.HasDuplicates() {
		fmt.Fprintf(&b, "# warning: two identical operations in one node; other clients read only the last, %d claims are hidden from them\n", len(p.Hidden()))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeTree(b *strings.Builder, t *ots.Tree, indent int, verbose bool) {
	pad := strings.Repeat(" ", indent)
	for _, a := range t.Attestations {
		b.WriteString(pad + "verify " + attestation(a))
		if verbose {
			fmt.Fprintf(b, " on %x", t.Msg)
		}
		b.WriteByte('\n')
		switch root := reversed(t.Msg); a.Kind() {
		case ots.KindBitcoin:
			fmt.Fprintf(b, "%s# Bitcoin block merkle root %x\n", pad, root)
		case ots.KindLitecoin:
			fmt.Fprintf(b, "%s# Litecoin block merkle root %x\n", pad, root)
		}
	}
	if len(t.Branches) > 0 {
		if id, ok := bitcoin.TransactionID(t.Msg); ok {
			fmt.Fprintf(b, "%s# Transaction id %s\n", pad, id)
		}
	}
	for _, branch := range t.Branches {
		deeper := indent
		b.WriteString(pad)
		if len(t.Branches) > 1 {
			b.WriteString(" -> ")
			deeper += 4
		}
		b.WriteString(branch.Op.String())
		if verbose {
			fmt.Fprintf(b, " == %x", branch.Tree.Msg)
		}
		b.WriteByte('\n')
		writeTree(b, branch.Tree, deeper, verbose)
	}
}

// attestation names an attestation as the reference client does.
func attestation(a ots.Attestation) string {
	switch a.Kind() {
	case ots.KindPending:
		return fmt.Sprintf("PendingAttestation('%s')", a.URI())
	case ots.KindBitcoin:
		return fmt.Sprintf("BitcoinBlockHeaderAttestation(%d)", a.Height())
	case ots.KindLitecoin:
		return fmt.Sprintf("LitecoinBlockHeaderAttestation(%d)", a.Height())
	case ots.KindEthereum:
		return fmt.Sprintf("EthereumBlockHeaderAttestation(%d)", a.Height())
	}
	return fmt.Sprintf("UnknownAttestation %x %x", a.Tag, a.Payload)
}

func reversed(b []byte) []byte {
	r := make([]byte, len(b))
	for i, c := range b {
		r[len(b)-1-i] = c
	}
	return r
}
