package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

// How much of a text that is not ours is shown, in runes.
const (
	longestName = 300
	longestLine = 500
)

// A view is what the template of a certificate shows. Text is ready: every
// string that is not ours went through package printable.
type view struct {
	frame
	StateKey, Headline, Lead, Waiting string
	Name, Integrity, Trust, Checked   string
	Shows, Not, Warnings              []string
	Facts                             []fact
	Files                             []file
	Block                             *blockFacts
	Steps                             []step
	OperationsTitle                   string // "" where no operations are listed
	Claims                            []claim
	ClaimsTitle, ClaimsLeft           string
	Lists                             []list
	Made                              string
}

// A fact is a label and a value. Is names the value to the script, which
// compares what is shown with what the proof and the header say.
type fact struct {
	Label, Text, Is string
	Mono            bool
}

type file struct{ Key, Label string }

type blockFacts struct {
	Title, Command string
	Facts          []fact
}

type claim struct{ Text, State, Reason string }

// A list is folded away. What is in English whatever the page's language, as
// findings are, says so.
type list struct {
	Title, Note, Left string
	English           bool
	Items             []item
}

type item struct{ Text, Mono string }

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
	Text     string           `json:"text"` // digest of what the page says, see spoken
}

// carry is a file that can be saved from the page; the proof's bytes are in data.
type carry struct {
	Name   string  `json:"name"`
	Base64 *string `json:"base64,omitempty"`
}

// HTML returns the certificate as one page in the language. The error is
// Check's, or says that lang is not one of Langs.
func (c *Certificate) HTML(lang Lang) ([]byte, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	p, err := ots.Parse(c.Proof)
	if err != nil {
		return nil, fmt.Errorf("read the certificate's proof: %w", err)
	}
	f, err := newFrame(frame{Lang: lang, State: c.State(), Regtest: c.Regtest}, "certificate", "", rare(p))
	if err != nil {
		return nil, err
	}
	f.Data = c.data()
	v := &view{frame: f}
	v.head(c)
	v.document(c, p)
	if err := v.block(c, p); err != nil {
		return nil, err
	}
	v.Steps = c.manual(f.words, p)
	v.claims(c)
	v.lists(c)
	page, err := render("certificate", v)
	if err != nil {
		return nil, err
	}
	return bytes.Replace(page, []byte(`"text":""`), []byte(`"text":"`+spoken(page)+`"`), 1), nil
}

// What of a page is not part of what it says: what scripts write, and what there
// is without them; and all markup.
var (
	unspoken = regexp.MustCompile(`(?s)<noscript>.*?</noscript>|<[^>]* data-live[^>]*>[^<]*|<[^>]*>`)
	blank    = strings.NewReplacer(" ", "", "\t", "", "\n", "", "\f", "", "\r", "")
)

// spoken returns the SHA-256, in hex, of the text of a page as its script sees
// it, white space left out.
func spoken(page []byte) string {
	_, rest, _ := bytes.Cut(page, []byte("<main>"))
	body, _, _ := bytes.Cut(rest, []byte("</main>"))
	sum := sha256.Sum256([]byte(blank.Replace(html.UnescapeString(string(unspoken.ReplaceAll(body, nil))))))
	return hex.EncodeToString(sum[:])
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

// name is how the document's name is shown.
func (c *Certificate) name() string { return printable.Text(c.Name, longestName) }

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

func (c *Certificate) made() string {
	if c.Made.IsZero() {
		return ""
	}
	return c.Made.UTC().Format(time.DateTime)
}

// dated says who made or checked it, and when, where that is known.
func (c *Certificate) dated(w words, key, tool string) string {
	if c.Made.IsZero() {
		return w.say(key+".undated", "tool", tool)
	}
	return w.say(key, "tool", tool, "made", c.made())
}

// head says what the certificate is about, and who says so.
func (v *view) head(c *Certificate) {
	state := string(c.State())
	o := c.Outcome
	v.Name = c.name()
	v.StateKey = "js.state." + state
	word, date := v.T(v.StateKey), o.ClaimDate.UTC().Format(time.DateOnly)
	said := state // or regtest, which the headline is about then
	if c.Regtest {
		word = v.T("regtest") + ": " + word
		if c.State() == Confirmed {
			said = "regtest"
		}
	}
	v.Title = v.words.say("js.title", "state", word, "name", v.Name)
	v.Headline = v.words.say("js.headline."+said, "date", date)
	v.Lead = v.words.say("js.lead."+said, "height", strconv.FormatUint(o.Height, 10))
	v.Integrity, v.Trust = v.T("integrity.unchecked"), v.words.trust(c)
	v.Made = c.dated(v.words, "made", c.Tool)
	v.Shows, v.Not = c.shown(v.words)
	switch c.State() {
	case Confirmed:
		v.Checked = c.dated(v.words, "trust.when", c.Tool)
	case Pending:
		v.Waiting = v.T("pending.next")
		if o.Confirmations > 0 {
			v.Waiting = v.words.say("pending.blocks", "n", strconv.FormatUint(o.Confirmations, 10))
		}
	case Changed:
		v.Integrity = v.T("integrity.changed")
	}
}

// shown lists what the certificate shows, and what it does not.
func (c *Certificate) shown(w words) (shows, not []string) {
	state := c.State()
	shows = []string{w.say("shows."+string(state), "date", c.Outcome.ClaimDate.UTC().Format(time.DateOnly))}
	switch {
	case c.Regtest:
		shows = []string{w.say("regtest") + ". " + w.say("regtest.why")}
	case state == Confirmed:
		return append(shows, w.say("shows.anyone")), denials(w)
	}
	if state == Changed {
		return shows, []string{w.say("not.changed"), w.say("not.true"), w.say("not.who")}
	}
	return shows, []string{w.say("not.pending"), w.say("not.true"), w.say("not.who")}
}

// trust says who bore out the header, and how.
func (w words) trust(c *Certificate) string {
	if c.State() != Confirmed {
		return w.say("trust." + string(c.State()))
	}
	names := make([]string, len(c.Sources()))
	for i, s := range c.Sources() {
		names[i] = printable.Text(s, longestName)
	}
	sources := strings.Join(names, ", ")
	if sources == "" {
		sources = "git-anchor"
	}
	said := w.say("trust."+c.Outcome.Rung.String(), "sources", sources)
	if c.Regtest {
		said = w.say("regtest") + ": " + said
	}
	return said
}

// document lists what is known of the document, and what can be saved.
func (v *view) document(c *Certificate, p *ots.Proof) {
	w := v.words
	add := func(key, text, is string, mono bool) {
		if text != "" {
			v.Facts = append(v.Facts, fact{w.say(key), text, is, mono})
		}
	}
	digest := func(key, hash string, raw []byte, is string) {
		v.Facts = append(v.Facts, fact{w.say(key, "hash", hash), hex.EncodeToString(raw), is, true})
	}
	add("f.name", v.Name, "name", false)
	add("f.title", printable.Text(c.Title, longestLine), "", false)
	add("f.url", printable.Text(c.URL, longestLine), "", false)
	add("f.size", w.say("bytes", "n", strconv.FormatInt(c.Size, 10)), "", false)
	name := hashName(p.Hash)
	switch c.State() {
	case Changed:
		digest("f.now", name, c.Outcome.Digest, "digest")
		digest("f.stamped", name, p.Digest, "stamped")
	default:
		digest("f.digest", name, p.Digest, "digest")
	}
	if p.Hash != ots.SHA256 {
		digest("f.digest", hashName(ots.SHA256), c.SHA256[:], "")
		v.Warnings = append(v.Warnings, w.say("weak", "hash", name))
	}
	add("f.path", printable.Text(c.Path, longestLine), "", false)
	add("f.blob", c.Blob, "", true)
	add("f.commit", c.Commit, "", true)
	if !c.Committed.IsZero() {
		add("f.committed", c.Committed.UTC().Format(time.DateTime)+" UTC", "", false)
	}
	v.Files = []file{{"proof", w.say("get.proof")}}
	if c.Document != nil {
		v.Files = append(v.Files, file{"document", w.say("get.document")})
	}
}

// claims lists what the proof claims and what is known of it.
func (v *view) claims(c *Certificate) {
	w, all := v.words, c.Outcome.Claims
	if len(all) == 0 {
		return // nobody was asked
	}
	v.ClaimsTitle = w.say("claims", "n", strconv.Itoa(len(all)))
	if len(all) > MaxClaims {
		v.ClaimsLeft, all = w.say("claims.more", "n", strconv.Itoa(len(all)-MaxClaims)), all[:MaxClaims]
	}
	for _, one := range all {
		a, state, text := one.Attestation, one.Status.String(), ""
		switch a.Kind() {
		case ots.KindBitcoin:
			text = w.claimed(a, c.Regtest)
		case ots.KindPending:
			text = w.say("claim.pending", "uri", printable.Text(a.URI(), longestName))
		default:
			text = w.say("claim.other", "tag", hex.EncodeToString(a.Tag[:]))
		}
		reason := one.Reason
		if one.Status == verify.Pending {
			reason = "" // the word says it
		}
		v.Claims = append(v.Claims, claim{text, w.say("st." + state), printable.Text(reason, longestLine)})
	}
}

// claimed says which block an attestation names.
func (w words) claimed(a ots.Attestation, regtest bool) string {
	text := w.say("claim.bitcoin", "height", strconv.FormatUint(a.Height(), 10))
	if regtest {
		text += " (regtest)"
	}
	return text
}

// lists adds what else there is to know.
func (v *view) lists(c *Certificate) {
	w := v.words
	var notes, attachments, custody list
	for _, text := range c.Outcome.Findings {
		notes.Items = append(notes.Items, item{printable.Text(text, longestLine), ""})
	}
	for _, a := range c.Attachments {
		text := printable.Text(a.Name, longestName) + ", " + w.say("bytes", "n", strconv.FormatInt(a.Size, 10))
		if a.Away {
			text += ", " + w.say("away")
		}
		attachments.Items = append(attachments.Items, item{text, hex.EncodeToString(a.SHA256[:])})
	}
	for _, e := range c.Custody {
		text := fmt.Sprintf("%s UTC: %s, %s", e.At.UTC().Format(time.DateTime), printable.Text(e.What, longestName), printable.Text(e.Who, longestName))
		if e.Signature != "" {
			text += ", " + w.say("custody.signature", "signature", printable.Text(e.Signature, longestName))
		}
		custody.Items = append(custody.Items, item{text, strings.TrimSpace(e.Commit + " " + e.Entry)})
	}
	notes.English, custody.Note = true, w.say("custody.note")
	for _, l := range []struct {
		list
		key string
	}{{notes, "notes"}, {attachments, "attachments"}, {custody, "custody"}} {
		n := len(l.Items)
		if n == 0 {
			continue
		}
		l.Title = w.say(l.key, "n", strconv.Itoa(n))
		if n > MaxListed {
			l.Items, l.Left = l.Items[:MaxListed], w.say("more", "n", strconv.Itoa(n-MaxListed))
		}
		v.Lists = append(v.Lists, l.list)
	}
}
