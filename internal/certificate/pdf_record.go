package certificate

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

// claimed says what a record is about, as its maker has it, in a few lines: they
// must not look like what the certificate says itself.
func (f folio) claimed() []string {
	if f.Evidence == nil {
		return nil
	}
	var list []string
	for _, claim := range []struct{ key, text string }{{"f.title", f.Evidence.Title}, {"f.url", f.Evidence.URL}} {
		if shown, _ := f.foreign(claim.text, maxShownClaim); shown != "" {
			list = append(list, f.w.say("pdf.claimed", "what", f.w.say(claim.key), "text", shown))
		}
	}
	return list
}
