package certificate

import (
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

// head says what the certificate is about, and who says so.
func (v *view) head(c *Certificate) {
	state := string(c.State())
	o := c.Outcome
	v.Name = c.name()
	v.StateKey = "js.state." + state
	word, date := v.T(v.StateKey), o.ClaimDate.UTC().Format(time.DateOnly)
	headline, lead := state, state // or regtest, which they are about then
	if c.Regtest {
		word = v.T("regtest") + ": " + word
		if c.State() != Changed {
			headline = "regtest"
		}
		if c.State() == Confirmed {
			lead = "regtest"
		}
	}
	v.Title = v.words.say("js.title", "state", word, "name", v.Name)
	v.Headline = v.words.say("js.headline."+headline, "date", date)
	v.Lead = v.words.say("js.lead."+lead, "height", strconv.FormatUint(o.Height, 10))
	v.Integrity, v.Asked, v.Trust = v.T("integrity.unchecked"), v.words.asked(c), v.words.trust(c)
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

// asked is the question that trust answers: on regtest not about Bitcoin.
func (w words) asked(c *Certificate) string {
	if c.Regtest {
		return w.say("trust.ask.regtest")
	}
	return w.say("trust.ask")
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
	if c.Evidence == nil {
		add("f.title", printable.Text(c.Title, longestLine), "", false)
	}
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
		add("f.committed", moment(c.Committed), "", false)
	}
	v.Files = []file{{"proof", w.say("get.proof")}}
	if c.Document != nil {
		v.Files = append(v.Files, file{"document", w.say("get.document")})
	}
}
