package anchor

import (
	"strconv"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/printable"
)

// A signatory is what a commit's object says of its making.
type signatory struct {
	author, committer   string
	authored, committed time.Time
	subject, signature  string // the latter one of package evidence
}

// signedBy reads the header of a commit's object. What is not there stays empty.
func signedBy(raw []byte) signatory {
	who := signatory{signature: evidence.Unsigned}
	head, message, _ := strings.Cut(string(raw), "\n\n")
	for line := range strings.SplitSeq(head, "\n") {
		name, value, _ := strings.Cut(line, " ")
		switch name {
		case "author":
			who.author, who.authored = person(value)
		case "committer":
			who.committer, who.committed = person(value)
		case "gpgsig", "gpgsig-sha256":
			who.signature = signatureKind(value)
		}
	}
	subject, _, _ := strings.Cut(message, "\n")
	who.subject = printable.Text(subject, 200)
	return who
}

// signatureKind is which program's a signature looks like, by its first line.
func signatureKind(first string) string {
	switch first {
	case "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----":
		return evidence.SignedPGP
	case "-----BEGIN SSH SIGNATURE-----":
		return evidence.SignedSSH
	case "-----BEGIN SIGNED MESSAGE-----":
		return evidence.SignedX509
	}
	return evidence.SignedOther
}

// person takes "Name <mail> seconds zone" apart.
func person(value string) (name string, at time.Time) {
	end := strings.LastIndexByte(value, '>') + 1
	seconds, _, _ := strings.Cut(strings.TrimSpace(value[end:]), " ")
	if n, err := strconv.ParseInt(seconds, 10, 64); err == nil && n >= 0 && n < 1<<37 {
		at = time.Unix(n, 0).UTC()
	}
	return printable.Text(value[:end], 200), at.UTC()
}
