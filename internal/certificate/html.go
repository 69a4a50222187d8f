package certificate

import (
	"bytes"
	"fmt"
	"time"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
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
	Name, Integrity                   string
	Asked, Trust, Checked             string
	DropHint                          string
	Shows, Not, Warnings              []string
	Facts                             []fact
	Record                            *recordFacts // nil for other documents
	Files                             []file
	Block                             *blockFacts
	Steps                             []step
	OperationsTitle                   string // "" where no operations are listed
	Claims                            []claim
	ClaimsTitle, ClaimsLeft           string
	Notes                             *notes      // nil where there are none
	Custody                           *custodyLog // nil where there is none
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

// notes are in English whatever the page's language.
type notes struct {
	Title, Left string
	Texts       []string
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
	parts, hint := append(core(rare(p)), "page"), "drop.hint"
	if c.tellsFiles(p) {
		parts, hint = append(parts, "record"), "drop.hint.record"
	}
	f, err := newFrame(frame{Lang: lang, State: c.State(), Regtest: c.Regtest}, "", append(parts, "certificate")...)
	if err != nil {
		return nil, err
	}
	f.Data = c.data()
	v := &view{frame: f, DropHint: f.T(hint)}
	v.head(c)
	v.document(c, p)
	v.record(c)
	if err := v.block(c, p); err != nil {
		return nil, err
	}
	v.Steps = c.manual(f.words, p)
	v.claims(c)
	v.noted(c)
	v.custody(c)
	page, err := render("certificate", v)
	if err != nil {
		return nil, err
	}
	return bytes.Replace(page, []byte(`"text":""`), []byte(`"text":"`+spoken(page)+`"`), 1), nil
}

// name is how the document's name is shown.
func (c *Certificate) name() string { return printable.Text(c.Name, longestName) }

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
