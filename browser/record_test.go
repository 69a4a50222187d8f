package browser

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"regexp"
	"strings"
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
		b.expect("result", "wait", "… regtest, proves nothing: This is shot.png, a file that the record names by this digest. The proof of the record leads to a block of the test chain.sha256 ")
		b.about("", "regtest, proves nothing: Confirmed: record.json")
		b.choose("result", save(t, "shot.png", []byte(picture+"\n")))
		none := "✘ This is neither the record nor one of the files that it names (3): its digest is another one."
		b.expect("result", "bad", none)
		other := fmt.Sprintf("The record names a file shot.png with another digest: this is not the file that was recorded.sha256 in the record %x", sha256.Sum256([]byte(picture)))
		if got := b.text("result"); !strings.HasSuffix(got, other) {
			t.Errorf("%s does not end in %s", got, other)
		}
		b.about(none, "✘ regtest, proves nothing: Confirmed: record.json")
		b.choose("result", save(t, "whois.txt", []byte(whois)))
		b.expect("result", "wait", "… regtest, proves nothing: This is whois.txt, ")
		b.choose("result", save(t, "quoted", []byte(quoted)))
		b.expect("result", "bad", none)
		if got := b.text("result"); strings.Contains(got, "The record names") {
			t.Errorf("of a name that it does not name: %s", got)
		}
		b.choose("result", save(t, "0123456789ab-whois.txt", []byte(quoted)))
		b.expect("result", "bad", none)
		if got := b.text("result"); !strings.Contains(got, "The record names a file whois.txt with another digest") {
			t.Errorf("of a name as in the repository: %s", got)
		}
		b.choose("result", save(t, "record.json", record))
		b.expect("result", "wait", "… regtest, proves nothing: These are the bytes that the proof is for. It leads to a block of the test chain.")
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

// Of several files each is judged. The worst comes first, and is the verdict of the
// page.
func TestSeveralFiles(t *testing.T) {
	record := recordOf(t)
	right := []string{save(t, "record.json", record), save(t, "shot.png", []byte(picture)), save(t, "whois.txt", []byte(whois))}
	wrong := save(t, "turned\u202egnp.txt", []byte(picture+"\n"))
	c := certify(t, "record.json", record, pending(t, record))
	both(t, html(t, carrying(t, c, record)), func(b *tab) {
		b.choose("result", append(right[:2:2], wrong, right[2])...)
		none := "✘ turned\ufffdgnp.txt: This is neither the record nor one of the files that it names (3): its digest is another one."
		b.expect("result", "bad", none)
		b.about(none, "✘ Pending: record.json")
		if got := b.text("bytes"); got != none {
			t.Errorf("the answer is %s", got)
		}
		for _, want := range []string{"… record.json: These are the bytes", "… shot.png: This is shot.png, a file", "… whois.txt: This is whois.txt, a file"} {
			if got := b.text("result"); !strings.Contains(got, want) {
				t.Errorf("%q is not in %s", want, got)
			}
		}
		b.choose("result", right...)
		b.expect("result", "wait", "… record.json: These are the bytes that the proof is for.")
		b.about("", "Pending: record.json")
	})
}

// Pages of other documents judge each file as well.
func TestSeveralFilesOfNoRecord(t *testing.T) {
	d := document(t)
	both(t, html(t, certify(t, "coinbase.bin", d, genesis(t, d))), func(b *tab) {
		b.choose("result", save(t, "coinbase.bin", d), save(t, "coinbase.bin.ots", genesis(t, d)))
		b.expect("result", "bad", "✘ coinbase.bin.ots: This is not the document: its digest is another one.")
		if got := b.text("result"); !strings.Contains(got, "✔ coinbase.bin: These are the bytes that were stamped.") {
			t.Errorf("the document is not judged: %s", got)
		}
	})
}

// Several files that take long show nothing once another one lies there.
func TestSecondChoiceWins(t *testing.T) {
	d := document(t)
	large, small := save(t, "large.bin", nil), save(t, "coinbase.bin", d)
	if err := os.Truncate(large, 200<<20); err != nil {
		t.Fatal(err)
	}
	both(t, html(t, certify(t, "coinbase.bin", d, genesis(t, d))), func(b *tab) {
		b.run(chromedp.SetUploadFiles("#document", []string{small, large}, chromedp.ByQuery))
		b.choose("result", small)
		b.run(chromedp.Poll(`document.getElementById("progress").hidden`, nil))
		b.expect("result", "good", "✔ These are the bytes that were stamped.")
		b.about("", "Confirmed: coinbase.bin")
	})
}

// A file that cannot be read has a verdict of its own, which is the page's.
func TestUnreadableAmongSeveral(t *testing.T) {
	d := document(t)
	small := save(t, "coinbase.bin", d)
	both(t, html(t, certify(t, "coinbase.bin", d, genesis(t, d))), func(b *tab) {
		b.run(chromedp.Evaluate(`(() => {
			const slice = File.prototype.slice;
			File.prototype.slice = function (...at) {
				if (this.name === "gone.bin") throw new Error("it is gone");
				return slice.apply(this, at);
			};
		})()`, nil))
		b.choose("result", small, save(t, "gone.bin", d))
		b.expect("result", "bad", "✘ gone.bin: The file cannot be read: it is gone")
		b.about("✘ gone.bin: The file cannot be read: it is gone", "✘ Confirmed: coinbase.bin")
		if got := b.text("result"); !strings.Contains(got, "✔ coinbase.bin: These are the bytes that were stamped.") {
			t.Errorf("the other one is not judged: %s", got)
		}
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

// resaid returns a page whose digest of what it says and carries is right again, as
// whoever edits it can have it.
func (b *tab) resaid(page []byte) []byte {
	b.t.Helper()
	var sum string
	b.run(chromedp.Navigate("file://"+save(b.t, "page.html", page)), chromedp.Evaluate(`(async () => {
		const main = document.querySelector("main").cloneNode(true), data = document.getElementById("data").textContent;
		for (const e of main.querySelectorAll("noscript, [data-live]")) e.remove();
		const said = main.textContent.replace(/[\x20\t\n\f\r]+/g, "") + data.replace(JSON.parse(data).text, "");
		const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(said));
		return Array.from(new Uint8Array(digest), (b) => (b + 256).toString(16).slice(1)).join("");
	})()`, &sum, awaited))
	return said.ReplaceAll(page, []byte(`"text":"`+sum+`"`))
}

var said = regexp.MustCompile(`"text":"[0-9a-f]{64}"`)

// A record that somebody puts in the place of the one that was stamped is found by the
// proof, whatever else is made to agree with it.
func TestForgedRecord(t *testing.T) {
	record := recordOf(t)
	encoded := base64.StdEncoding.EncodeToString
	forged := bytes.ReplaceAll(record, fmt.Appendf(nil, "%x", sha256.Sum256([]byte(whois))), fmt.Appendf(nil, "%x", sha256.Sum256([]byte("forged"))))
	b := open(t)
	for _, c := range []*certificate.Certificate{regtestOf(t, "record.json", record), certify(t, "record.json", record, pending(t, record))} {
		page := html(t, carrying(t, c, record))
		if again := b.resaid(page); !bytes.Equal(again, page) {
			t.Fatal("the digest of the page is not what it is taken for")
		}
		page = bytes.Replace(page, []byte(encoded(record)), []byte(encoded(forged)), 1)
		page = bytes.Replace(page, []byte(`"tool":`), fmt.Appendf(nil, `"digest":"%x","tool":`, sha256.Sum256(forged)), 1)
		b.run(chromedp.Navigate("file://" + save(t, "page.html", b.resaid(page))))
		b.expect("alarm", "bad", "✘ This page is damaged or was edited")
		b.choose("result", save(t, "whois.txt", []byte("forged")))
		b.expect("result", "bad", "✘ This page is damaged or was edited")
	}
}
