package certificate

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/ots"
)

func states() []State { return []State{Confirmed, Pending, Changed} }

// poppler runs one of its programs, which are no part of ours.
func poppler(t *testing.T, program string, args ...string) string {
	t.Helper()
	name, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("GIT_ANCHOR_REQUIRE_CORPUS") == "1" {
			t.Fatalf("GIT_ANCHOR_REQUIRE_CORPUS=1 requires %s (package poppler-utils): %v", program, err)
		}
		t.Skipf("%s is not installed (package poppler-utils): %v", program, err)
	}
	var out, complaints bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("%s: %v\n%s", program, err, &complaints)
	}
	return out.String()
}

func rendered(t testing.TB, c *Certificate, lang Lang, d Declaration) []byte {
	t.Helper()
	pdf, err := c.PDF(lang, d, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

func saved(t *testing.T, pdf []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "c.pdf")
	if err := os.WriteFile(name, pdf, 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// pages returns the text of each page, its white space made one space.
func pages(t *testing.T, c *Certificate, lang Lang, d Declaration) []string {
	t.Helper()
	out := poppler(t, "pdftotext", saved(t, rendered(t, c, lang, d)), "-")
	var list []string
	for _, p := range strings.Split(strings.TrimSuffix(out, "\f"), "\f") {
		list = append(list, strings.Join(strings.Fields(p), " "))
	}
	return list
}

// squeezed is text without white space, which shows what is broken into lines.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

func TestPDFSays(t *testing.T) {
	hash := func(c *Certificate) string { return c.Outcome.Header.Hash().String() }
	for _, tt := range []struct {
		state State
		want  func(c *Certificate) []string
		never []string
	}{
		{Confirmed, func(c *Certificate) []string {
			return []string{
				"These exact bytes existed no later than 2025-08-28 (UTC).", "911842", hash(c), c.Outcome.Header.MerkleRoot().String(),
				hex.EncodeToString(c.Outcome.Header[:]), "bitcoin-cli getblockheader " + hash(c), "blockstream.info, mempool.space",
				"ots verify -f DOCUMENT PROOF", "42 sha256",
			}
		}, []string{"Pending", "Changed"}},
		{Pending, func(*Certificate) []string {
			return []string{"No Bitcoin block stands behind this document yet.", "proves nothing to a third party", "ots upgrade PROOF", "https://alice.btc.calendar.opentimestamps.org"}
		}, []string{"Confirmed", "Changed", "existed no later than", "getblockheader", "911842"}},
		{Changed, func(c *Certificate) []string {
			return []string{"These are not the bytes that were stamped.", hex.EncodeToString(c.Outcome.Stamped), "ots info PROOF", "can be had with git show"}
		}, []string{"Confirmed", "Pending", "existed no later than"}},
	} {
		t.Run(string(tt.state), func(t *testing.T) {
			c := sample(t, tt.state)
			list := pages(t, c, "en", "")
			text := squeezed(strings.Join(list, ""))
			want := append(tt.want(c), "LIP-0017.md", "Anchors for everybody", hex.EncodeToString(c.SHA256[:]), "sha256sum DOCUMENT",
				c.Blob, c.Commit, sum(c.Proof), c.Evidence.URL, "104857601 bytes, not in this PDF, kept elsewhere", hex.EncodeToString(c.Evidence.Attachments[1].SHA256[:]), c.Custody[0].Hash, "git-anchor 1.0.0")
			for _, w := range want {
				if !strings.Contains(text, squeezed(w)) {
					t.Errorf("does not say %q", w)
				}
			}
			for _, n := range tt.never {
				if strings.Contains(text, squeezed(n)) {
					t.Errorf("says %q", n)
				}
			}
		})
	}
}

// Whoever holds one page of it must see what it is worth.
func TestPDFStateOnEveryPage(t *testing.T) {
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		for _, state := range states() {
			for _, regtest := range []bool{false, true} {
				c := sample(t, state)
				c.Regtest = regtest
				for i, text := range pages(t, c, lang, DeclareUS902) {
					if word := w.say("js.state." + string(state)); !strings.Contains(text, word) {
						t.Errorf("%s %s: page %d does not say %q", lang, state, i+1, word)
					}
					if strings.Contains(text, regtestWords) != regtest {
						t.Errorf("%s %s, regtest %t: page %d is otherwise", lang, state, regtest, i+1)
					}
				}
			}
		}
	}
}

// A rehearsal shows nothing of any day, and its blocks are not in Bitcoin.
func TestPDFOfRehearsal(t *testing.T) {
	const date, height = "2025-08-28", "911842"
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		never := []string{
			w.say("js.headline.confirmed", "date", date), w.say("shows.confirmed", "date", date), w.say("js.lead.confirmed", "height", height), date + " (UTC)",
			w.say("js.headline.pending"), w.say("trust.ask"), w.say("pdf.trust.own"), w.say("b.note"), w.say("pdf.qr.confirmed"),
		}
		for _, state := range states() {
			c := sample(t, state)
			for _, confirmations := range []uint64{0, 3} {
				c.Regtest, c.Outcome.Confirmations = false, confirmations
				usual := squeezed(strings.Join(pages(t, c, lang, DeclareUS902), ""))
				c.Regtest = true
				text := squeezed(strings.Join(pages(t, c, lang, DeclareUS902), ""))
				for _, n := range never {
					if strings.Contains(text, squeezed(n)) {
						t.Errorf("%s %s: says %q", lang, state, n)
					}
				}
				if want := w.say("trust.ask"); !strings.Contains(usual, squeezed(want)) {
					t.Errorf("%s %s, no rehearsal: does not say %q", lang, state, want)
				}
			}
		}
	}
}

func TestPDFIsDeterministic(t *testing.T) {
	for _, state := range states() {
		first := rendered(t, sample(t, state), "uk", DeclarePlain)
		rendered(t, sample(t, Confirmed), "de", "")
		if !bytes.Equal(first, rendered(t, sample(t, state), "uk", DeclarePlain)) {
			t.Errorf("%s: the same certificate gave other bytes", state)
		}
	}
	c := sample(t, Confirmed)
	first := rendered(t, c, "en", "")
	c.Made = c.Made.In(time.FixedZone("elsewhere", 7200))
	if !bytes.Equal(first, rendered(t, c, "en", "")) {
		t.Error("the same moment in another zone gave other bytes")
	}
	if bytes.Contains(first, []byte("pdfaid")) {
		t.Error("claims to be PDF/A")
	}
}

func TestPDFDeclaration(t *testing.T) {
	c := sample(t, Confirmed)
	plain := pages(t, c, "en", "")
	if strings.Contains(strings.Join(plain, " "), "Declaration") {
		t.Error("a declaration that nobody asked for")
	}
	for d, names := range map[Declaration]bool{DeclareUS902: true, DeclarePlain: false} {
		list := pages(t, c, "en", d)
		if len(list) != len(plain)+1 {
			t.Fatalf("%s: %d pages, want one more than %d", d, len(list), len(plain))
		}
		last := list[len(plain)]
		for _, want := range []string{"not legal advice", hex.EncodeToString(c.SHA256[:]), "911842", "Signature", "Date and place", "never the document or the record itself"} {
			if !strings.Contains(last, want) {
				t.Errorf("%s does not say %q", d, want)
			}
		}
		if strings.Contains(last, "Rules 902(13) and 902(14)") != names {
			t.Errorf("%s: names the rules: %t", d, !names)
		}
		for _, sworn := range []string{"Alice", "I declare", "swear"} {
			if strings.Contains(last, sworn) {
				t.Errorf("%s says %q for the person", d, sworn)
			}
		}
	}
}

func TestPDFRefuses(t *testing.T) {
	c := sample(t, Confirmed)
	for _, tt := range []struct {
		lang Lang
		d    Declaration
		want string
	}{
		{"xx", "", `no language "xx": there are en, de, fr, es, it, uk`},
		{"en", "us-903", `no declaration "us-903": there are us-902 and plain`},
	} {
		if _, err := c.PDF(tt.lang, tt.d, nil); err == nil || err.Error() != tt.want {
			t.Errorf("PDF(%q, %q): %v, want %s", tt.lang, tt.d, err, tt.want)
		}
	}
	c.Document = make([]byte, MaxDocument)
	c.Size, c.SHA256 = MaxDocument, sha256.Sum256(c.Document)
	if _, err := c.PDF("en", "", nil); !errors.Is(err, ErrDisagree) { // large enough, and not what was stamped
		t.Errorf("a document at the limit: %v", err)
	}
	c.Document = make([]byte, MaxDocument+1)
	if _, err := c.PDF("en", "", nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a document past the limit: %v", err)
	}
	c = sample(t, Confirmed)
	c.Proof = c.Proof[:len(c.Proof)-1]
	if _, err := c.PDF("en", "", nil); !errors.Is(err, ots.ErrTruncated) {
		t.Errorf("a proof that ends early: %v", err)
	}
}

func BenchmarkPDF(b *testing.B) {
	c := sample(b, Confirmed)
	for b.Loop() {
		rendered(b, c, "en", DeclareUS902)
	}
}

func TestPDFOfWeakHash(t *testing.T) {
	c := sample(t, Pending)
	digest := sha1.Sum(c.Document)
	p, end, err := ots.Chain(ots.SHA1, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	end.Attestations = []ots.Attestation{promise(t, "https://calendar.example")}
	c.Proof = p.Bytes()
	c.Outcome.Hash, c.Outcome.WeakHash, c.Outcome.Digest, c.Outcome.Stamped = ots.SHA1, true, digest[:], digest[:]
	text := strings.Join(pages(t, c, "en", ""), " ")
	for _, want := range []string{"SHA-1 of these bytes", hex.EncodeToString(digest[:]), "SHA-1 is weak: another document may share this digest.", hex.EncodeToString(c.SHA256[:])} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q", want)
		}
	}
}

// What the code holds must be enough to look the block up, and no address.
func TestPDFCode(t *testing.T) {
	c := sample(t, Confirmed)
	digest := "SHA-256 " + hex.EncodeToString(c.SHA256[:])
	if got, want := c.codeText(), "git-anchor confirmed\n"+digest+"\nBitcoin block 911842\nexisted no later than 2025-08-28"; got != want {
		t.Errorf("confirmed: %q, want %q", got, want)
	}
	c.Regtest = true
	if got, want := c.codeText(), "regtest, proves nothing\ngit-anchor confirmed\n"+digest+"\nregtest block 911842"; got != want {
		t.Errorf("regtest: %q, want %q", got, want)
	}
	if got, want := sample(t, Pending).codeText(), "git-anchor pending\n"+digest+"\nno block yet"; got != want {
		t.Errorf("pending: %q, want %q", got, want)
	}
	c = sample(t, Changed)
	if got, want := c.codeText(), "git-anchor changed\nSHA-256 "+hex.EncodeToString(c.SHA256[:])+"\nnot what was stamped: "+hex.EncodeToString(c.Outcome.Stamped); got != want {
		t.Errorf("changed: %q, want %q", got, want)
	}
}
