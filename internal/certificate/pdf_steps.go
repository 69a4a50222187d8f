package certificate

import (
	"encoding/hex"
	"strconv"

	"github.com/openllmo/git-anchor/internal/ots"
)

// steps writes how to check it with the tools of others.
func (f folio) steps() {
	save := "pdf.step.save"
	if f.Document == nil {
		save = "pdf.step.save.proof"
	}
	digest := step{f.w.say("step.sum", "digest", hex.EncodeToString(f.SHA256[:])), sumCommands(ots.SHA256, "DOCUMENT")}
	verify := run("ots verify -f DOCUMENT PROOF")
	var rest []step
	switch f.State() {
	case Confirmed:
		rest = []step{
			{f.w.say("step.ots"), verify},
			{f.w.say("step.node", "root", f.Outcome.Header.MerkleRoot().String()), run(f.nodeCommand())},
		}
	case Pending:
		rest = []step{{f.w.say("step.upgrade"), run("ots upgrade PROOF")}, {f.w.say("pdf.step.later"), verify}}
	default:
		digest.Text = f.w.say("pdf.step.now")
		rest = []step{{f.w.say("pdf.step.info"), run("ots info PROOF")}, {f.w.say("pdf.step.find"), run("git log --follow -p -- DOCUMENT")}}
	}
	first := step{f.w.say(save), run("pdfdetach -saveall CERTIFICATE")}
	before := f.w.say("pdf.edited") + " " + f.w.say("pdf.step.names")
	f.section(f.w.say("pdf.steps"), f.height(quiet, right-left, before)+2+f.stepHeight(first))
	f.text(quiet, left, right-left, before)
	f.y += 2
	for i, st := range append([]step{first, digest}, rest...) {
		f.step(strconv.Itoa(i+1), st)
	}
}

// stepHeight is how much of a page a step takes, which stays together.
func (f folio) stepHeight(st step) float64 {
	h := f.height(body, right-left-7, st.Text) + 2
	for _, c := range st.Commands {
		h += float64(len(f.wrap(mono, commandWidth(c), c.Line))) * (mono.lead + 1)
	}
	return h
}

// commandWidth is what a command has beside the name of its system.
func commandWidth(c command) float64 {
	if c.System != "" {
		return right - left - 31
	}
	return right - left - 11
}

func (f folio) step(number string, st step) {
	f.room(f.stepHeight(st))
	f.line(strong.in(f.look.ink), left, f.y, number)
	f.text(body, left+7, right-left-7, st.Text)
	for _, c := range st.Commands {
		for i, l := range f.wrap(mono, commandWidth(c), c.Line) {
			f.fill(ink{243, 244, 246})
			f.pdf.Rect(left+7, f.y, right-left-7, mono.lead+1, "F")
			f.line(mono, left+9, f.y+0.5, l)
			if i == 0 {
				f.lineRight(note, right-2, f.y+0.5, c.System)
			}
			f.y += mono.lead + 1
		}
	}
	f.y += 2
}
