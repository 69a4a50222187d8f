package report

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Limits of a document's line.
const (
	longestName   = 160 // runes of a path, where it stands for the document
	longestTitle  = 160 // runes of a title
	longestStatus = 40  // runes of a LIP's status
	longestMore   = 100 // runes of a reason, which is whole among the facts
	linesListed   = 8   // calendars, findings and notes, of each
	factsListed   = 16  // what is known of a record of evidence
)

func short(s string, max int) string { return printable.Text(s, max) }

// A line is what the template of a document shows.
type line struct {
	Sign, Word            string
	State                 state
	Marks                 []string // what the word must not be read without
	Title, Status, Name   string
	Block, Date, More     string
	Facts                 []fact
	Lines                 []string // findings, notes, what to type
	Certificate, Page     string
	Document, Proof, Save string // what a browser may save the document as
}

type fact struct {
	Label, Text string
	Mono        bool
}

func (d *Dashboard) line(r anchor.Result, e Entry, one row) line {
	l := line{
		Sign: one.sign, Word: one.word, State: one.state,
		Title: short(r.Heading.Title, longestTitle), Status: short(r.Heading.Status, longestStatus), Name: short(r.Name(), longestName),
		Block: one.block, Date: one.date,
		Certificate: e.Certificate, Page: e.Page, Document: e.Document, Proof: e.Proof, Save: saveAs(r.Path),
	}
	switch {
	case r.Superseded:
		l.Name, l.Title, l.Status, l.Marks = short(r.Path, longestName), "", "", []string{"earlier version"}
	case r.Object != "":
		l.Status = r.Kind
	case r.Recorded != nil && r.Recorded.Record != nil:
		rec := r.Recorded.Record
		l.Title, l.Name = short(cmp.Or(rec.Title, r.Recorded.ID), longestTitle), short(rec.URL, longestName)
	}
	if d.Regtest {
		l.Marks = append(l.Marks, regtestBanner)
	}
	if l.Date == "" {
		l.More = short(one.more, longestMore)
	}
	if one.word == "pending" {
		l.More = waiting(r, d.Now)
	}
	l.Facts = facts(r, one, d.Regtest)
	for _, list := range [][]string{r.Outcome.Findings, r.Notes} {
		for _, text := range list[:min(len(list), linesListed)] {
			l.Lines = append(l.Lines, show(text))
		}
		if more := len(list) - linesListed; more > 0 {
			l.Lines = append(l.Lines, fmt.Sprintf("and %d more", more))
		}
	}
	if hint := cmp.Or(r.Hint, refusalHint(r)); hint != "" {
		l.Lines = append(l.Lines, show(hint))
	}
	return l
}

func refusalHint(r anchor.Result) string {
	if r.Refusal == nil {
		return ""
	}
	return r.Refusal.Hint
}

// waiting says what a pending document waits for, and since when.
func waiting(r anchor.Result, now time.Time) string {
	text := "waiting for a Bitcoin block"
	if n := r.Outcome.Confirmations; n > 0 {
		text = fmt.Sprintf("in a Bitcoin block, waiting for six with those after it: %d so far", n)
	}
	if !r.Since.IsZero() {
		text += ", stamped " + age(now.Sub(r.Since))
	}
	return text
}

// facts are the technical details of a document, folded away.
func facts(r anchor.Result, one row, regtest bool) []fact {
	o := r.Outcome
	var list []fact
	add := func(label, text string, mono bool) {
		if text != "" {
			list = append(list, fact{label, short(text, longest), mono})
		}
	}
	switch {
	case o.Status == verify.Confirmed && one.state != stateConfirmed:
		add("Its proof", fmt.Sprintf("leads to block %d, %s", o.Height, day(o.ClaimDate)), false)
	case o.Status == verify.Confirmed && regtest:
		add("Block of regtest", one.block, false)
		add("Block hash", o.Header.Hash().String(), true)
	case o.Status == verify.Confirmed:
		add("Existed no later than", one.date+" (UTC)", false)
		add("Bitcoin block", one.block, false)
		add("Block hash", o.Header.Hash().String(), true)
		add("Checked against", checkedAgainst(o), false)
		add("Rung", o.Rung.String(), false)
	default:
		add("Claims block", one.claimed, false)
		add("Reason", cmp.Or(o.Reason, one.more), false)
	}
	if o.Hash != 0 {
		label := digestName(o.Hash)
		add(label+" that was stamped", one.digest, true)
		if now := hex.EncodeToString(o.Digest); now != one.digest {
			add(label+" now", now, true)
		}
	}
	if r.Of > 0 {
		add("Timestamp servers", fmt.Sprintf("%d asked; %d answered with a block so far", r.Of, r.Anchored), false)
		add("Promised by", strings.Join(uris(o), ", "), false)
	}
	if !r.Since.IsZero() {
		add("Stamped", r.Since.UTC().Format("2006-01-02 15:04 UTC")+", by its calendar's clock", false)
	}
	for _, f := range recordFacts(r.Recorded) {
		add(f.Label, f.Text, f.Mono)
	}
	if r.Object == "" {
		add("Path", r.Path, true)
	}
	if !r.Unknown {
		add("Proof", r.Proof, true)
	}
	add("Git blob", r.Blob, true)
	if r.Object != "" {
		add("Git "+r.Kind, r.Object, true)
	}
	return list
}

// recordFacts are what a record of evidence says, and how far its files were compared.
func recordFacts(rec *anchor.Recorded) []fact {
	if rec == nil || rec.Record == nil {
		return nil
	}
	list := []fact{{"Recorded URL", rec.Record.URL, false}}
	if rec.Record.By != "" {
		list = append(list, fact{"Recorded by", claimText(rec.Record.By), false})
	}
	if at := rec.Record.ObservedAt; !at.IsZero() {
		list = append(list, fact{"Observed", claimText(at.Format(time.RFC3339)), false})
	}
	if n := len(rec.Record.Files()); n > 0 {
		text := fmt.Sprintf("%d named, %d compared with the record", n, rec.Checked)
		if rec.Away > 0 {
			text += fmt.Sprintf(", %d kept elsewhere", rec.Away)
		}
		list = append(list, fact{"Files", text, false})
	}
	for _, text := range rec.Broken {
		list = append(list, fact{"Not as recorded", text, false})
	}
	for _, err := range rec.Unread {
		list = append(list, fact{"Not compared", err.Error(), false})
	}
	if more := len(list) - factsListed; more > 0 {
		list = append(list[:factsListed], fact{"Besides", fmt.Sprintf("and %d more", more), false})
	}
	return list
}

func digestName(t ots.Tag) string {
	if t == ots.SHA256 {
		return "SHA-256"
	}
	return t.String()
}

// checkedAgainst says on whose word a confirmed outcome stands.
func checkedAgainst(o verify.Outcome) string {
	text := against(o)
	if o.Rung == bitcoin.RungExplorer {
		return text
	}
	if sources := o.Sources(); len(sources) > 0 {
		text += ": " + strings.Join(sources[:min(len(sources), linesListed)], ", ")
	}
	return text
}

// uris lists the calendars that a proof names.
func uris(o verify.Outcome) []string {
	var list []string
	for _, c := range o.Claims {
		if c.Attestation.Kind() == ots.KindPending && !slices.Contains(list, c.Attestation.URI()) {
			if list = append(list, c.Attestation.URI()); len(list) == linesListed {
				return append(list, "…")
			}
		}
	}
	return list
}

// saveAs is what a browser is to save a document as: letters, digits and few
// signs of its name, nothing that leads to another directory.
func saveAs(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, short(name, 100))
	return cmp.Or(strings.TrimLeft(name, "."), "document")
}

// A dataRow is a document of a dashboard's JSON.
type dataRow struct {
	documentJSON
	State       state  `json:"state,omitempty"` // one of five; none of what is not anchored
	Group       string `json:"group"`           // what the pages list it under
	Title       string `json:"title,omitempty"`
	LIPStatus   string `json:"lip_status,omitempty"`
	Certificate string `json:"certificate,omitempty"` // this and the others: relative addresses
	Page        string `json:"page,omitempty"`
	Document    string `json:"document,omitempty"`
	ProofFile   string `json:"proof_file,omitempty"`
}

func dataLine(r anchor.Result, e Entry) ([]byte, error) {
	row := dataRow{document(r), rowOf(r).state, kindOf(r), r.Heading.Title, r.Heading.Status, e.Certificate, e.Page, e.Document, e.Proof}
	if row.Evidence != nil {
		row.Title = row.Evidence.Title
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(row)
	return escapeInvisible(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}
