package browser

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/evidence"
)

// What somebody saw, and what a server answered.
const (
	picture = "a picture\n"
	whois   = "Registrar: none\n"
	quoted  = "a quote\n"
)

// fullRecord names three files, of which one is kept elsewhere, and quotes what looks
// like a fourth.
func fullRecord() *evidence.Record {
	answer := evidence.NewFile("whois.txt", int64(len(whois)), sha256.Sum256([]byte(whois)))
	looksLike := fmt.Sprintf(`"sha256": "%x"`, sha256.Sum256([]byte(quoted)))
	return &evidence.Record{
		URL: "https://a.example/", WHOIS: &answer, By: "Ada",
		Matches: []evidence.Match{{Quote: looksLike, Where: looksLike}},
		Attachments: []evidence.File{
			evidence.NewFile("shot.png", int64(len(picture)), sha256.Sum256([]byte(picture))),
			evidence.NewFile("film.mp4", evidence.MaxKept+1, sha256.Sum256([]byte("film"))),
		},
	}
}

// recordOf is the file of that record.
func recordOf(t *testing.T) []byte {
	t.Helper()
	raw, _, err := evidence.Write(*fullRecord())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// carrying is the certificate with its record.
func carrying(t *testing.T, c *certificate.Certificate, record []byte) *certificate.Certificate {
	t.Helper()
	var err error
	if c.Evidence, err = evidence.Parse(record); err != nil {
		t.Fatal(err)
	}
	c.Document = record
	return c
}

// A file that the record names is known by it; any other is not.
func TestFilesOfRecord(t *testing.T) {
	record := recordOf(t)
	both(t, html(t, carrying(t, regtestOf(t, "record.json", record), record)), func(b *tab) {
		b.choose("result", save(t, "renamed.png", []byte(picture)))
		b.expect("result", "wait", "… regtest, proves nothing: This is shot.png, a file that the record names by this digest. The record existed no later than ")
		b.about("", "regtest, proves nothing: Confirmed: record.json")
		b.choose("result", save(t, "shot.png", []byte(picture+"\n")))
		b.expect("result", "bad", "✘ This is not the document: its digest is another one.")
		b.about("✘ This is not the document: its digest is another one.", "✘ regtest, proves nothing: Confirmed: record.json")
		b.choose("result", save(t, "whois.txt", []byte(whois)))
		b.expect("result", "wait", "… regtest, proves nothing: This is whois.txt, ")
		b.choose("result", save(t, "quoted", []byte(quoted)))
		b.expect("result", "bad", "✘ This is not the document")
		b.choose("result", save(t, "record.json", record))
		b.expect("result", "wait", "… regtest, proves nothing: These are the bytes that were stamped.")
		if got := b.text("alarm"); got != "" {
			t.Errorf("alarm: %s", got)
		}
	})
}

func TestFilesOfPendingRecord(t *testing.T) {
	record := recordOf(t)
	both(t, html(t, carrying(t, certify(t, "record.json", record, pending(t, record)), record)), func(b *tab) {
		b.choose("result", save(t, "shot.png", []byte(picture)))
		b.expect("result", "wait", "… This is shot.png, a file that the record names by this digest. The proof of the record is pending, and proves nothing to a third party.")
	})
}

// What does not carry a record knows no files.
func TestOthersNameNoFiles(t *testing.T) {
	record := recordOf(t)
	without := carrying(t, regtestOf(t, "record.json", record), record)
	without.Document = nil
	plain := regtestOf(t, "record.json", record)
	plain.Document = record
	for name, c := range map[string]*certificate.Certificate{"not carried": without, "no record": plain} {
		b := open(t)
		b.run(chromedp.Navigate("file://" + save(t, "page.html", html(t, c))))
		b.choose("result", save(t, "shot.png", []byte(picture)))
		if b.expect("result", "bad", "✘ This is not the document"); t.Failed() {
			t.Error(name)
		}
	}
}
