package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"html"
	"regexp"
	"strings"

	"github.com/openllmo/git-anchor/internal/printable"
)

// data is what the script reads.
type data struct {
	Schema   string           `json:"schema"`
	State    State            `json:"state"`
	Name     string           `json:"name"`
	Proof    string           `json:"proof"` // base64
	Digest   string           `json:"digest,omitempty"`
	Height   *uint64          `json:"height,omitempty"`
	Header   string           `json:"header,omitempty"`
	NotAfter int64            `json:"notAfter,omitempty"`
	Regtest  bool             `json:"regtest,omitempty"`
	Made     string           `json:"made,omitempty"`
	Tool     string           `json:"tool"`
	Files    map[string]carry `json:"files"`
	Text     string           `json:"text"` // digest of what the page says and of the data, see spoken
}

// carry is a file that can be saved from the page; the proof's bytes are in data.
type carry struct {
	Name   string  `json:"name"`
	Base64 *string `json:"base64,omitempty"`
}

func (c *Certificate) data() data {
	d := data{
		Schema: "git-anchor-certificate/1", State: c.State(), Name: c.name(), Made: c.made(), Tool: c.Tool,
		Proof: base64.StdEncoding.EncodeToString(c.Proof), Regtest: c.Regtest,
		Files: map[string]carry{"proof": {Name: c.fileName() + ".ots"}},
	}
	switch c.State() {
	case Confirmed:
		d.Height, d.Header = &c.Outcome.Height, hex.EncodeToString(c.Outcome.Header[:])
		if !c.Outcome.NotAfter.IsZero() {
			d.NotAfter = c.Outcome.NotAfter.Unix()
		}
	case Changed:
		d.Digest = hex.EncodeToString(c.Outcome.Digest)
	}
	if c.Document != nil {
		document := base64.StdEncoding.EncodeToString(c.Document)
		d.Files["document"] = carry{c.fileName(), &document}
	}
	return d
}

// fileName is what a browser is to save the document as: nothing that leads to
// another directory.
func (c *Certificate) fileName() string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, printable.Text(c.Name, 100))
	return strings.TrimLeft(name, ".")
}

// What of a page is not part of what it says: what scripts write, and what there
// is without them; and all markup.
var (
	unspoken = regexp.MustCompile(`(?s)<noscript>.*?</noscript>|<[^>]* data-live[^>]*>[^<]*|<[^>]*>`)
	blank    = strings.NewReplacer(" ", "", "\t", "", "\n", "", "\f", "", "\r", "")
)

// spoken returns the SHA-256, in hex, of the text of a page as its script sees
// it, white space left out, and of its data, whose "text" is empty.
func spoken(page []byte) string {
	_, rest, _ := bytes.Cut(page, []byte("<main>"))
	body, _, _ := bytes.Cut(rest, []byte("</main>"))
	_, rest, _ = bytes.Cut(page, []byte(`id="data">`))
	data, _, _ := bytes.Cut(rest, []byte("</script>"))
	said := blank.Replace(html.UnescapeString(string(unspoken.ReplaceAll(body, nil))))
	sum := sha256.Sum256(append([]byte(said), data...))
	return hex.EncodeToString(sum[:])
}
