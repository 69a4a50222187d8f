package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
)

// Limits on what a PDF shows; the rest is counted, or ends in "…".
const (
	maxShownName  = 300  // characters of a name, path or title
	maxShownID    = 80   // characters of an id, or of what names a version
	maxShownBytes = 200  // bytes of a name in hex
	maxShownValue = 256  // bytes of an operation's argument or result
	maxShownText  = 500  // characters of a note, a URL or a quote
	maxShownClaim = 120  // characters of a record's title or URL where they only say what it is about
	maxShownEntry = 4000 // characters of what an entry of the custody log claims
	maxNotes      = 50   // notes
	maxFileName   = 120  // characters of an attachment's file name
)

// ErrFont is a font that a PDF cannot be written in.
var ErrFont = errors.New("the font cannot be used: want a TrueType file (.ttf)")

// MaxFont is how many bytes a font may have.
const MaxFont = 64 << 20

// PDF returns the certificate as a PDF of A4 pages in the language, with a page
// to fill in and sign where d asks for one. The document, if the certificate
// carries it, the proof and the custody log, where there is one, are attached, byte
// for byte. A QR code holds digest, block and day as text. The same certificate
// gives the same bytes within a build.
//
// The fonts have Latin, Greek and Cyrillic, unless font is a TrueType file that has
// others. Where a name has further characters, its bytes are shown, too.
//
// The error is Check's, wraps ErrFont, or says that there is no such language or
// declaration.
func (c *Certificate) PDF(lang Lang, d Declaration, font []byte) (content []byte, err error) {
	if font != nil {
		defer func() { // the writer of PDFs panics on some fonts
			if what := recover(); what != nil {
				content, err = nil, fmt.Errorf("%w: %v", ErrFont, what)
			}
		}()
		if err := checkCharacters(font); err != nil {
			return nil, err
		}
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	if _, err := ParseDeclaration(string(d)); err != nil {
		return nil, err
	}
	w, err := lang.words()
	if err != nil {
		return nil, err
	}
	p, err := ots.Parse(c.Proof)
	if err != nil {
		return nil, fmt.Errorf("read the certificate's proof: %w", err)
	}
	s, err := newSheet(w, c.appearance(w), font)
	if err != nil {
		return nil, err
	}
	f := folio{c, p, s}
	f.describe(lang)
	if err := f.pages(d); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write the PDF: %w", err)
	}
	if c.Made.IsZero() {
		withoutDates(out.Bytes())
	}
	return out.Bytes(), nil
}

// undated is what a PDF is dated by until withoutDates: the writer of PDFs takes the
// clock where it is given nothing.
var undated = time.Unix(0, 0).UTC()

// withoutDates blanks what the file would say of its making, and moves nothing in it.
func withoutDates(pdf []byte) {
	for _, key := range []string{"/CreationDate", "/ModDate"} {
		line := []byte(key + " (D:" + undated.Format("20060102150405") + ")")
		if at := bytes.LastIndex(pdf, line); at >= 0 {
			copy(pdf[at:], bytes.Repeat([]byte(" "), len(line)))
		}
	}
}

// A folio is a certificate being written on a sheet.
type folio struct {
	*Certificate
	proof *ots.Proof
	*sheet
}

// describe sets what the file says of itself, and what is attached.
func (f folio) describe(lang Lang) {
	name, _ := f.foreign(f.Name, maxShownName)
	f.pdf.SetTitle(f.w.say("kind")+": "+name, true)
	f.pdf.SetSubject(f.look.band, true)
	f.pdf.SetCreator(f.known("go", f.Tool), true)
	f.pdf.SetProducer("git-anchor", true)
	f.pdf.SetLang(string(lang))
	made := f.Made.UTC()
	if made.IsZero() {
		made = undated
	}
	f.pdf.SetCreationDate(made)
	f.pdf.SetModificationDate(made)
	var list []fpdf.Attachment
	for _, c := range f.carried() {
		list = append(list, fpdf.Attachment{Content: c.content, Filename: c.name, Description: f.w.say(c.what)})
	}
	f.pdf.SetAttachments(list)
}

// A carried file is one that is attached.
type carried struct {
	what, name string // key of a text; its name among the attachments
	content    []byte
}

// carried lists what is attached, under names that are safe to save under.
func (f folio) carried() []carried {
	name := f.fileName(f.Name)
	var list []carried
	if f.Document != nil {
		list = append(list, carried{"facts", name, f.Document})
	}
	list = append(list, carried{"pdf.proof", name + ".ots", f.Proof})
	if len(f.Custody) > 0 {
		log := custodyFile
		if strings.EqualFold(name, log) {
			log = "log-" + log // names that a saved file of the other would take
		}
		list = append(list, carried{"pdf.custody", log, evidence.LogBytes(f.Custody)})
	}
	return list
}

// custodyFile is what the custody log is attached as.
const custodyFile = "custody.jsonl"

// fileName returns the last part of a name without what a file system or a
// shell would take amiss.
func (f folio) fileName(name string) string {
	name, _ = f.foreign(path.Base(strings.ReplaceAll(name, `\`, "/")), maxFileName)
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || r == missing || r == '…' {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(name, ".-~ ")
	if name == "" {
		return "document"
	}
	return name
}

// pages writes them all.
func (f folio) pages(d Declaration) error {
	f.page()
	if err := f.headline(); err != nil {
		return err
	}
	f.limits()
	f.document()
	if f.State() == Confirmed {
		f.block()
	}
	if err := f.confidence(); err != nil {
		return err
	}
	f.record()
	f.steps()
	f.files()
	f.claims()
	f.custody()
	if err := f.operations(); err != nil {
		return err
	}
	if d != "" {
		f.declaration(d)
	}
	name, _ := f.foreign(f.Name, maxShownName)
	f.footers(name, hex.EncodeToString(f.SHA256[:]))
	return nil
}

// codeText is what the QR code says, in English and ASCII whatever the language.
func (c *Certificate) codeText() string {
	var lines []string
	if c.Regtest {
		lines = append(lines, regtestWords)
	}
	lines = append(lines, "git-anchor "+string(c.State()), "SHA-256 "+hex.EncodeToString(c.SHA256[:]))
	switch c.State() {
	case Confirmed:
		height := strconv.FormatUint(c.Outcome.Height, 10)
		if c.Regtest {
			lines = append(lines, "regtest block "+height)
			break
		}
		lines = append(lines, "Bitcoin block "+height, "existed no later than "+c.Outcome.ClaimDate.Format(time.DateOnly))
	case Pending:
		lines = append(lines, "no block yet")
	case Changed:
		lines = append(lines, "not what was stamped: "+hex.EncodeToString(c.Outcome.Stamped))
	}
	return strings.Join(lines, "\n")
}

// headlineClaim returns the claim that a confirmed certificate rests on, else
// the proof's first for a block, else its first; false where it has none.
func (f folio) headlineClaim() (ots.Claim, bool, error) {
	if f.State() == Confirmed {
		claim, err := f.Headline(f.proof)
		return claim, err == nil, err
	}
	claims := f.proof.Claims()
	for _, c := range claims {
		if c.Attestation.Kind() == ots.KindBitcoin {
			return c, true, nil
		}
	}
	if len(claims) == 0 {
		return ots.Claim{}, false, nil
	}
	return claims[0], true, nil
}

// moment writes a time as everybody reads it.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateTime) + " UTC"
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

func (s *sheet) bytes(n int64) string { return s.w.say("bytes", "n", strconv.FormatInt(n, 10)) }
