package certificate

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"github.com/openllmo/git-anchor/internal/ots"
)

func hostileNames() map[string]string {
	return map[string]string{
		"long":       strings.Repeat("x", 4000),
		"long words": strings.Repeat("word ", 800),
		"wide":       strings.Repeat("Щ", 4000),
		"override":   "report\u202efdp.exe",
		"hebrew":     "מסמך.md",
		"emoji":      "⚓🙂👩‍👩‍👧.md",
		"controls":   "a\x00b\x1b[31m\r\nc\t",
		"not UTF-8":  "a\xff\xfe(\\)",
		"PDF":        ") Tj ET (\\) /F1 {nb} {nb}",
		"markup":     "<script>alert(1)</script>",
		"spaces":     strings.Repeat(" ", 4000),
		"combining":  "e" + strings.Repeat("\u0301", 3000),
	}
}

// No word may leave the margins, whatever it is made of.
func TestPDFKeepsWithinThePage(t *testing.T) {
	for about, name := range hostileNames() {
		t.Run(about, func(t *testing.T) {
			c := sample(t, Changed)
			c.Name, c.Path, c.Tool = name, name, name
			c.Evidence.Title, c.Evidence.URL, c.Evidence.Attachments[0].Name = name, name, name
			c.Custody[0].Claim, c.Custody[0].By, c.Custody[0].Signature = name, name, name
			c.Blob, c.Commit, c.Custody[0].Commit, c.Custody[0].Hash = name, name, name, name
			c.Outcome.Findings = []string{name}
			within(t, rendered(t, c, "uk", DeclareUS902))
		})
	}
	for _, lang := range Langs() {
		for _, state := range states() {
			t.Run(string(lang)+" "+string(state), func(t *testing.T) {
				c := sample(t, state)
				c.Regtest = true
				within(t, rendered(t, c, lang, DeclareUS902))
			})
		}
	}
}

// within checks the boxes of all words, in points, and the number of pages.
func within(t *testing.T, pdf []byte) {
	t.Helper()
	boxes := poppler(t, "pdftotext", "-bbox", saved(t, pdf), "-")
	word := regexp.MustCompile(`<word xMin="(-?[0-9.]+)" yMin="(-?[0-9.]+)" xMax="(-?[0-9.]+)" yMax="(-?[0-9.]+)">(.*)</word>`)
	found := word.FindAllStringSubmatch(boxes, -1)
	if len(found) < 100 {
		t.Fatalf("only %d words", len(found))
	}
	const slack = 0.5
	for _, f := range found {
		var box [4]float64
		for i := range box {
			box[i], _ = strconv.ParseFloat(f[i+1], 64)
		}
		if box[3]-box[1] > 40 {
			continue // the pale word behind the text is slanted, and its box larger than itself
		}
		if box[0] < left/point-slack || box[2] > right/point+slack || box[1] < 0 || box[3] > pageHeight/point {
			t.Errorf("%.40q stands at %v", f[5], box)
		}
	}
	if n := strings.Count(boxes, "<page "); n > 40 {
		t.Errorf("%d pages", n)
	}
}

func TestPDFShowsBytesOfWhatItCannotShow(t *testing.T) {
	c := sample(t, Confirmed)
	c.Name = "⚓🙂.md"
	text := strings.Join(pages(t, c, "en", ""), " ")
	for _, want := range []string{"□□.md", hex.EncodeToString([]byte(c.Name))} {
		if !strings.Contains(text, want) {
			t.Errorf("does not say %q", want)
		}
	}
	c.Name = "звіт.md"
	if text := strings.Join(pages(t, c, "en", ""), " "); !strings.Contains(text, c.Name) || strings.Contains(text, "UTF-8 bytes") {
		t.Error("bytes of a name that can be shown, or not the name")
	}
}

// A chain of 255 operations, and thousands of branches, make a PDF of bounded
// length, which counts what it leaves out.
func TestPDFOfHugeProofs(t *testing.T) {
	document := []byte("document")
	digest := sha256.Sum256(document)
	deep := []ots.Op{{Tag: ots.Append, Arg: make([]byte, 3000)}}
	for range ots.MaxDepth - 1 {
		deep = append(deep, ots.Op{Tag: ots.Reverse})
	}
	wide := &ots.Tree{Msg: digest[:]}
	for i := range 4096 {
		op := ots.Op{Tag: ots.Append, Arg: []byte(fmt.Sprint(i))}
		msg, err := op.Apply(digest[:])
		if err != nil {
			t.Fatal(err)
		}
		at := promise(t, fmt.Sprintf("https://calendar-%d.example", i))
		wide.Branches = append(wide.Branches, ots.Branch{Op: op, Tree: &ots.Tree{Msg: msg, Attestations: []ots.Attestation{at}}})
	}
	proofs := map[string][]byte{"wide": (&ots.Proof{Hash: ots.SHA256, Digest: digest[:], Tree: wide}).Bytes()}
	proofs["deep"], _ = written(t, document, deep, promise(t, "https://calendar.example"))
	for about, want := range map[string]string{"wide": "4032 more are not listed.", "deep": "… (3032 bytes in all)"} {
		t.Run(about, func(t *testing.T) {
			c := sample(t, Pending)
			c.Document, c.Size, c.SHA256, c.Proof = document, int64(len(document)), digest, proofs[about]
			c.Evidence.Digest, c.Outcome.Digest, c.Outcome.Stamped = digest, digest[:], digest[:]
			list := pages(t, c, "en", "")
			if text := strings.Join(list, " "); !strings.Contains(text, want) {
				t.Errorf("does not say %q", want)
			}
			if len(list) > 40 {
				t.Errorf("%d pages", len(list))
			}
		})
	}
}

// Package fpdf writes into the bytes of a font that it embeds, and the next
// certificate of the process would be another. A font as it was made adds up to
// a number that the format names.
func TestFontsStayAsTheyAre(t *testing.T) {
	rendered(t, sample(t, Confirmed), "en", "")
	for name, raw := range map[string][]byte{"regular": goregular.TTF, "bold": gobold.TTF, "mono": gomono.TTF} {
		var total uint32
		for word := range slices.Chunk(raw, 4) {
			total += binary.BigEndian.Uint32(append(slices.Clone(word), 0, 0, 0, 0))
		}
		if total != 0xb1b0afba {
			t.Errorf("the %s font was written to: its sum is %08x", name, total)
		}
	}
}

// One font is asked which characters there are, for all three.
func TestFontsHaveTheSameCharacters(t *testing.T) {
	s, err := newSheet(nil, look{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !s.has("go", missing) {
		t.Fatal("the sign for what is missing is missing")
	}
	for name, raw := range map[string][]byte{"bold": gobold.TTF, "mono": gomono.TTF} {
		other, err := sfnt.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		var buf sfnt.Buffer
		for r := rune(' '); r <= 0xffff; r++ {
			if index, err := other.GlyphIndex(&buf, r); err != nil || (index != 0) != s.has("go", r) {
				t.Errorf("%s and the regular font differ about %U: %v", name, r, err)
			}
		}
	}
}

// Our own words must be readable in full.
func TestFontsHaveOurWords(t *testing.T) {
	s, err := newSheet(nil, look{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		for key, text := range w {
			if s.known("go", text) != text && strings.HasPrefix(key, "pdf.") {
				t.Errorf("%s: the fonts lack a character of %s: %q", lang, key, s.known("go", text))
			}
		}
	}
}
