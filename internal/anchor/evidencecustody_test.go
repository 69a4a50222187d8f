package anchor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

func TestSignedBy(t *testing.T) {
	const signed = "tree 1\nparent 2\nauthor Ada <a@b> 1770091506 +0200\ncommitter Bob <b@c> 1770091507 -0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n author Eve <e@f> 1 +0000\n -----END\n\nSubject\nauthor Mallory <m@n> 2 +0000\n"
	want := signatory{"Ada <a@b>", "Bob <b@c>", time.Unix(1770091506, 0).UTC(), time.Unix(1770091507, 0).UTC(), "Subject", evidence.SignedPGP}
	if diff := cmp.Diff(want, signedBy([]byte(signed)), cmp.AllowUnexported(signatory{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for raw, at := range map[string]int64{"author A <> 99999999999999999999 +0000": 0, "author A <> -5 +0000": 0, "author A": 0, "author <<>>> 7": 7, "author A <b> 137438953471 +0000": 1<<37 - 1, "author A <b> 137438953472 +0000": 0} {
		got := signedBy([]byte(raw)).authored
		if at == 0 && !got.IsZero() || at != 0 && got.Unix() != at {
			t.Errorf("%q: %v", raw, got)
		}
	}
}

// The first lines are those by which git itself tells signatures apart
// (gpg-interface.c).
func TestSignatureKinds(t *testing.T) {
	for first, want := range map[string]string{
		"gpgsig -----BEGIN PGP SIGNATURE-----":           evidence.SignedPGP,
		"gpgsig -----BEGIN PGP MESSAGE-----":             evidence.SignedPGP,
		"gpgsig-sha256 -----BEGIN SSH SIGNATURE-----":    evidence.SignedSSH,
		"gpgsig -----BEGIN SIGNED MESSAGE-----":          evidence.SignedX509,
		"gpgsig -----BEGIN SSH SIGNATURE----- ":          evidence.SignedOther,
		"gpgsig":                                         evidence.SignedOther,
		"gpgsigs -----BEGIN PGP SIGNATURE-----":          evidence.Unsigned,
		" gpgsig -----BEGIN PGP SIGNATURE-----":          evidence.Unsigned,
		"tree 1\n\ngpgsig -----BEGIN PGP SIGNATURE-----": evidence.Unsigned,
	} {
		if got := signedBy([]byte(first + "\n\nSubject\n")).signature; got != want {
			t.Errorf("%q: %s, want %s", first, got, want)
		}
	}
}

func FuzzSignedBy(f *testing.F) {
	f.Add([]byte("tree 1\nauthor A <b> 1 +0000\ncommitter \x1b[2J\u202e <> 2\n\nsubject\x00"))
	f.Add([]byte("\n\n"))
	f.Add([]byte("author >>> <"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		who := signedBy(raw)
		for _, text := range []string{who.author, who.committer, who.subject} {
			if printable.Text(text, 0) != text {
				t.Errorf("%q cannot be shown", text)
			}
		}
		if y := who.authored.Year(); y < 1 || y > 9999 {
			t.Errorf("the year %d", y)
		}
	})
}

const custodyProof = "evidence/a/record.json.ots"

// kinds are those of a log, with what each claims.
func kinds(t *testing.T, s *site) []string {
	t.Helper()
	log, err := s.custody()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range log {
		if e.Kind != evidence.KindCommit {
			list = append(list, e.Kind+": "+e.Claim)
		}
	}
	return list
}

// A log says what each commit did to its own parent's proof, and where a merge kept
// another one than the last of them left, that it did.
func TestCustodyOfBranches(t *testing.T) {
	const text = "{}"
	one, two := proofOf(t, text, "alice"), proofOf(t, text, "alice", "bob")
	side := func(t *testing.T, there, here string) *site {
		s := newSite(t, files{"evidence/a/record.json": text, custodyProof: one})
		s.git(s.work, "checkout", "--quiet", "-b", "side")
		s.commit(files{custodyProof: there})
		s.git(s.work, "checkout", "--quiet", "main")
		if here != "" {
			s.commit(files{custodyProof: here})
		}
		s.git(s.work, "merge", "--quiet", "-s", "ours", "-m", "ours", "side")
		return s
	}
	for name, tt := range map[string]struct {
		there, here string
		want        []string
	}{
		"lost beside it":   {"", two, []string{"stamp: the proof is there: promises of calendars: 1", "upgrade: the proof gained promises of calendars: 1", "lost: the proof is gone, or cannot be read", "merge: a merge decided which proof there is: promises of calendars: 2"}},
		"gained beside it": {two, "", []string{"stamp: the proof is there: promises of calendars: 1", "upgrade: the proof gained promises of calendars: 1", "merge: a merge decided which proof there is: promises of calendars: 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, kinds(t, side(t, tt.there, tt.here))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCustodyOfProofPutBack(t *testing.T) {
	const text = "{}"
	one := proofOf(t, text, "alice")
	s := newSite(t, files{"evidence/a/record.json": text, custodyProof: one})
	s.commit(files{custodyProof: ""})
	s.commit(files{custodyProof: one})
	want := []string{"stamp: the proof is there: promises of calendars: 1", "lost: the proof is gone, or cannot be read", "stamp: there is a proof again: promises of calendars: 1"}
	if diff := cmp.Diff(want, kinds(t, s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// So many bytes of proofs are read for one log.
func TestCustodyBytesLimit(t *testing.T) {
	content := func(i, size int) string { return strings.Repeat(string(rune('A'+i)), size) }
	s := newSite(t, files{"evidence/a/record.json": "{}", custodyProof: content(0, ots.MaxProof)})
	for i := 1; i < maxTraced/ots.MaxProof/2; i++ { // each is read twice, but for the first
		s.commit(files{custodyProof: content(i, ots.MaxProof)})
	}
	if err := os.WriteFile(filepath.Join(s.work, custodyProof), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.commit(nil)
	if _, err := s.custody(); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	s.git(s.work, "reset", "--quiet", "--hard", "HEAD^")
	s.commit(files{custodyProof: "x"})
	if _, err := s.custody(); !errors.Is(err, gitrepo.ErrTooLarge) {
		t.Errorf("a byte past it: %v", err)
	}
}
