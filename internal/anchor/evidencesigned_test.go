package anchor

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/evidence"
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
