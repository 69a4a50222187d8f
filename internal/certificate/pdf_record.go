package certificate

import "slices"

// record writes what a record of evidence says: claims of whoever made it.
func (f folio) record() {
	r := f.Evidence
	if r == nil {
		return
	}
	f.section(f.w.say("pdf.record"), 20)
	f.text(quiet, left, right-left, f.w.say("pdf.record.about"))
	f.y += 1.5
	for _, claim := range []struct {
		key, text string
		max       int
	}{
		{"f.title", r.Title, maxShownName},
		{"f.url", r.URL, maxShownText},
		{"pdf.record.by", r.By, maxShownName},
		{"pdf.record.at", moment(r.ObservedAt), maxShownName},
		{"pdf.record.note", r.Note, maxShownText},
	} {
		shown, _ := f.foreign(claim.text, claim.max)
		f.row(f.w.say(claim.key), body, shown)
	}
	for _, m := range r.Matches[:min(len(r.Matches), MaxListed)] {
		quote, _ := f.foreign(m.Quote, maxShownText)
		var details []string
		if m.Where != "" {
			where, _ := f.foreign(m.Where, maxShownName)
			details = []string{where}
		}
		f.row(f.w.say("pdf.record.quote"), body, quote, details...)
	}
	f.more(len(r.Matches) - MaxListed)
}

// A claimed text is one of a record's, and what it is.
type claimed struct{ label, text string }

// claimed returns what a record is about, as its maker has it.
func (f folio) claimed() []claimed {
	if f.Evidence == nil {
		return nil
	}
	list := []claimed{{"f.title", f.Evidence.Title}, {"f.url", f.Evidence.URL}}
	for i, c := range list {
		list[i].label = f.w.say("pdf.claimed", "what", f.w.say(c.label))
		list[i].text, _ = f.foreign(c.text, maxShownClaim)
	}
	return slices.DeleteFunc(list, func(c claimed) bool { return c.text == "" })
}

// subject writes what a record is about between the left margin and width. None of
// its lines begins where our own sentences do.
func (f folio) subject(width float64) {
	for _, c := range f.claimed() {
		y := f.y
		for _, l := range f.wrap(quiet, column-4, c.label) {
			f.line(quiet, left, y, l)
			y += quiet.lead
		}
		for _, l := range f.wrap(quiet, width-column, c.text) {
			f.line(quiet, left+column, f.y, l)
			f.y += quiet.lead
		}
		f.y = max(f.y, y)
	}
}
