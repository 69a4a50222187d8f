package certificate

import (
	"encoding/hex"
	"strconv"
)

// declaration writes a page for a person to fill in and sign: what the program
// observed is there, all that is sworn is blank.
func (f folio) declaration(d Declaration) {
	f.page()
	f.section(f.w.say("pdf.declaration"), 20)
	f.text(strong, left, right-left, f.w.say("pdf.declaration."+string(d)))
	f.y += 1
	f.text(quiet, left, right-left, f.w.say("pdf.declaration.advice"))
	f.section(f.w.say("pdf.declaration.observed"), 20)
	f.observed()
	f.section(f.w.say("pdf.declaration.person"), 20)
	f.blank("pdf.declare.name", 1)
	f.blank("pdf.declare.role", 1)
	f.blank("pdf.declare.training", 1)
	f.blank("pdf.declare.how", 2)
	f.blank("pdf.declare.check", 2)
	f.blank("pdf.declare.oath", 2)
	f.blank("pdf.declare.date", 1)
	f.blank("pdf.declare.sign", 1)
}

func (f folio) observed() {
	name, _ := f.foreign(f.Name, maxShownName)
	f.row(f.w.say("facts"), body, name+" · "+f.bytes(f.Size))
	for _, c := range f.claimed() {
		f.row(c.label, quiet, c.text)
	}
	f.row(f.w.say("f.digest", "hash", "SHA-256"), mono, hex.EncodeToString(f.SHA256[:]))
	if f.State() == Changed {
		f.row(f.w.say("f.stamped", "hash", hashName(f.Outcome.Hash)), mono, hex.EncodeToString(f.Outcome.Stamped))
	}
	f.row(f.w.say("pdf.proof"), small, "SHA-256 "+sum(f.Proof)+" · "+f.bytes(int64(len(f.Proof))))
	f.row(f.w.say("pdf.declare.state"), body, f.look.band+". "+f.sentence())
	if f.State() == Confirmed {
		block := strconv.FormatUint(f.Outcome.Height, 10) + " · "
		f.row(f.w.say("block"), small, block+f.Outcome.Header.Hash().String())
		f.row(f.w.asked(f.Certificate), body, f.trust())
	}
	program := f.tool()
	if !f.Made.IsZero() {
		program += " · " + moment(f.Made)
	}
	f.row(f.w.say("pdf.declare.program"), body, program)
	f.text(quiet, left, right-left, f.w.say("pdf.declaration.commitment"))
}

// blank leaves lines to write on.
func (f folio) blank(key string, lines int) {
	const height = 7.0
	f.room(quiet.lead + height*float64(lines))
	labels := f.wrap(quiet, column-4, f.w.say(key))
	for i, l := range labels {
		f.line(quiet, left, f.y+height-quiet.lead-0.5+float64(i)*quiet.lead, l)
	}
	y := f.y
	for range lines {
		f.y += height
		f.draw(grey, 0.2)
		f.pdf.Line(left+column, f.y, right, f.y)
	}
	f.y = max(f.y, y+height+float64(len(labels)-1)*quiet.lead) + 1
}
