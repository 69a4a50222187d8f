package browser

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/certificate"
)

// What somebody saw, and what a server answered.
const (
	picture = "a picture\n"
	whois   = "Registrar: none\n"
	quoted  = "a quote\n"
)

// recordOf is a record of evidence that names two files, and quotes what looks like
// a third.
func recordOf() []byte {
	return fmt.Appendf(nil, `{"attachments": [{"media": "image/png", "name": "shot.png", "sha256": "%x", "size": 10}], "claims": {"by": "Ada"},
 "infrastructure": {"whois": {"media": "text/plain", "name": "whois.txt", "sha256": "%x", "size": 16}},
 "matches": [{"quote": "\"sha256\": \"%[3]x\"", "where": "%[3]x"}], "schema": "git-anchor-evidence/1", "subject": {"url": "https://a.example/"}}
`, sha256.Sum256([]byte(picture)), sha256.Sum256([]byte(whois)), sha256.Sum256([]byte(quoted)))
}

// carrying is the certificate with its record, and the files that it names.
func carrying(c *certificate.Certificate, record []byte) *certificate.Certificate {
	c.Document = record
	c.Attachments = []certificate.Attachment{{Name: "files/shot.png", Size: int64(len(picture)), SHA256: sha256.Sum256([]byte(picture))}}
	return c
}

// A file that the record names is known by it; any other is not.
func TestFilesOfRecord(t *testing.T) {
	record := recordOf()
	both(t, html(t, carrying(regtestOf(t, "record.json", record), record)), func(b *tab) {
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
	record := recordOf()
	both(t, html(t, carrying(certify(t, "record.json", record, pending(t, record)), record)), func(b *tab) {
		b.choose("result", save(t, "shot.png", []byte(picture)))
		b.expect("result", "wait", "… This is shot.png, a file that the record names by this digest. The proof of the record is pending, and proves nothing to a third party.")
	})
}

// What does not carry a record knows no files.
func TestOthersNameNoFiles(t *testing.T) {
	record := recordOf()
	without := carrying(regtestOf(t, "record.json", record), record)
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
