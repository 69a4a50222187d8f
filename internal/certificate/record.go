package certificate

import (
	"encoding/hex"
	"strconv"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

// A namedFile is a file that a record of evidence names, with the key of the text
// that says what it is there.
type namedFile struct {
	role string
	evidence.File
}

// named lists the files that the record names, in each of their roles, none of
// another document.
func (c *Certificate) named() []namedFile {
	r := c.Evidence
	if r == nil {
		return nil
	}
	var list []namedFile
	for _, answer := range []struct {
		role string
		file *evidence.File
	}{{"role.whois", r.WHOIS}, {"role.dns", r.DNS}, {"role.hosting", r.Hosting}} {
		if answer.file != nil {
			list = append(list, namedFile{answer.role, *answer.file})
		}
	}
	for _, f := range r.Attachments {
		list = append(list, namedFile{"role.attachment", f})
	}
	return list
}

// shown is the name that the file goes by: where it lies, or its own where it is
// kept elsewhere.
func (f namedFile) shown() string {
	if f.Kept() {
		return f.Path()
	}
	return f.Name
}

// tellsFiles reports whether the page carries a record that names files, and can
// tell them by it.
func (c *Certificate) tellsFiles(p *ots.Proof) bool {
	return len(c.named()) > 0 && c.Document != nil && c.State() != Changed && p.Hash == ots.SHA256
}

// recordFacts is what a record of evidence says, ready to show: claims.
type recordFacts struct {
	About, Whose            string // its title, or else its URL, and whose word that is
	Facts                   []fact
	Quotes                  []quote
	QuotesTitle, QuotesLeft string
	Files                   []recordFile
	FilesTitle, FilesLeft   string
}

type quote struct{ Text, Where string } // Where "" for nowhere in particular

type recordFile struct{ Role, Text, Digest string }

// record adds what a record of evidence says.
func (v *view) record(c *Certificate) {
	w, said := v.words, c.Evidence
	if said == nil {
		return
	}
	r := &recordFacts{About: said.Title, Whose: w.say("rec.about.title")}
	if said.Title == "" {
		r.About, r.Whose = said.URL, w.say("rec.about.url")
	}
	r.About = printable.Text(r.About, longestName)
	add := func(key, text string) {
		if text != "" {
			r.Facts = append(r.Facts, fact{w.say(key), printable.Text(text, longestLine), "", false})
		}
	}
	add("f.url", said.URL)
	add("f.title", said.Title)
	add("pdf.record.by", said.By)
	if !said.ObservedAt.IsZero() {
		add("pdf.record.at", moment(said.ObservedAt))
	}
	add("pdf.record.note", said.Note)
	matches, left := listed(w, said.Matches)
	r.QuotesTitle, r.QuotesLeft = w.say("rec.quotes", "n", strconv.Itoa(len(said.Matches))), left
	for _, m := range matches {
		where := ""
		if m.Where != "" {
			where = w.say("rec.where", "where", printable.Text(m.Where, longestLine))
		}
		r.Quotes = append(r.Quotes, quote{printable.Text(m.Quote, longestLine), where})
	}
	files, left := listed(w, c.named())
	r.FilesTitle, r.FilesLeft = w.say("rec.files", "n", strconv.Itoa(len(c.named()))), left
	for _, f := range files {
		r.Files = append(r.Files, f.ready(w))
	}
	v.Record = r
}

func (f namedFile) ready(w words) recordFile {
	text := printable.Text(f.shown(), longestName) + ", " + w.say("bytes", "n", strconv.FormatInt(f.Size, 10))
	if !f.Kept() {
		text += ", " + w.say("away")
	}
	return recordFile{w.say(f.role), text, hex.EncodeToString(f.SHA256[:])}
}
