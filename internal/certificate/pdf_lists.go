package certificate

import (
	"encoding/hex"
	"strconv"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
)

// files writes what is attached, and what a record of evidence names, with digests.
func (f folio) files() {
	f.section(f.w.say("pdf.files"), 0)
	for _, c := range f.carried() {
		f.file(c.what, c.name, f.w.say("pdf.file.in"), int64(len(c.content)), sum(c.content))
	}
	if f.Document == nil {
		name, _ := f.foreign(f.Name, maxShownName)
		f.file("facts", name, f.w.say("pdf.file.out"), f.Size, hex.EncodeToString(f.SHA256[:]))
	}
	named := f.named()
	for _, a := range named[:min(len(named), MaxListed)] {
		name, _ := f.foreign(a.shown(), maxShownName)
		where := f.w.say("pdf.file.out")
		if !a.Kept() {
			where += ", " + f.w.say("away")
		}
		f.file(a.role, name, where, a.Size, hex.EncodeToString(a.SHA256[:]))
	}
	f.more(len(named) - MaxListed)
}

func (f folio) file(what, name, where string, size int64, digest string) {
	f.row(f.w.say(what), body, name, f.bytes(size)+", "+where, "SHA-256 "+digest)
}

// more counts what is not listed.
func (f folio) more(n int) {
	if n > 0 {
		f.text(quiet, left, right-left, f.w.say("more", "n", strconv.Itoa(n)))
	}
}

// claims lists what the proof claims, and what else the program noted.
func (f folio) claims() {
	claims := f.proof.Claims()
	f.section(f.w.say("claims", "n", strconv.Itoa(len(claims))), 0)
	for _, c := range claims[:min(len(claims), MaxClaims)] {
		f.point(f.claim(c))
	}
	f.more(len(claims) - MaxClaims)
	notes := f.Outcome.Findings
	if len(notes) == 0 {
		return
	}
	f.section(f.w.say("notes", "n", strconv.Itoa(len(notes))), 0)
	for _, note := range notes[:min(len(notes), maxNotes)] {
		shown, _ := f.foreign(note, maxShownText)
		f.point(shown)
	}
	f.more(len(notes) - maxNotes)
}

// point writes an item of a list.
func (f folio) point(text string) {
	f.room(body.lead)
	f.line(body, left, f.y, bullet)
	f.text(body, left+indent, right-left-indent, text)
}

func (f folio) claim(c ots.Claim) string {
	switch a := c.Attestation; a.Kind() {
	case ots.KindBitcoin:
		return f.w.claimed(a, f.Regtest)
	case ots.KindPending:
		uri, _ := f.foreign(a.URI(), maxShownName)
		return f.w.say("claim.pending", "uri", uri)
	default:
		return f.w.say("claim.other", "tag", hex.EncodeToString(a.Tag[:]))
	}
}

// custody lists what git's history says.
func (f folio) custody() {
	if len(f.Custody) == 0 {
		return
	}
	f.section(f.w.say("custody", "n", strconv.Itoa(len(f.Custody))), 20)
	f.text(quiet, left, right-left, f.w.say("custody.note"))
	f.y += 1.5
	for _, e := range f.Custody[:min(len(f.Custody), MaxListed)] {
		f.entry(e)
	}
	f.more(len(f.Custody) - MaxListed)
}

// entry writes one of the log, with the ids by which it is found and told from others.
func (f folio) entry(e evidence.Entry) {
	claim, _ := f.foreign(e.Claim, maxShownEntry)
	who, _ := f.foreign(e.By, maxShownName)
	details := []string{f.w.say("pdf.custody.by", "who", who)}
	if said := e.SignatureText(); said != "" {
		signature, _ := f.foreign(said, maxShownID)
		details = append(details, f.w.say("custody.signature", "signature", signature))
	}
	commit, _ := f.foreign(e.Commit, maxShownID)
	hash, _ := f.foreign(e.Hash, maxShownID)
	details = append(details, f.w.say("custody.git")+" "+commit, f.w.say("custody.hash")+" "+hash)
	f.row(moment(e.At), body, f.w.kind(e.Kind)+": "+claim, details...)
}

// operations writes the path to the claim that counts most, step by step.
func (f folio) operations() error {
	claim, found, err := f.headlineClaim()
	if err != nil || !found {
		return err
	}
	list, err := Operations(f.proof, claim)
	if err != nil {
		return err
	}
	title, about := "pdf.ops", "pdf.ops.other"
	if f.State() == Confirmed {
		title, about = "ops", "ops.from"
	}
	f.section(f.w.say(title, "n", strconv.Itoa(len(list))), 30)
	f.text(quiet, left, right-left, f.w.say(about))
	f.y += 1.5
	f.operation("", f.w.say("pdf.start"), f.proof.Digest)
	for i, op := range list[:min(len(list), MaxOperations)] {
		value := op.Result
		if op.Arg != nil {
			value = op.Arg
		}
		f.operation(strconv.Itoa(i+1), op.Name, value)
	}
	f.more(len(list) - MaxOperations)
	return nil
}

func (f folio) operation(number, name string, value []byte) {
	const numbers, names = 9.0, 30.0
	width := right - left - names
	f.room(small.lead)
	f.lineRight(small.in(grey), left+numbers-3, f.y, number)
	f.line(f.fit(small.in(f.look.ink), names-numbers-2, name), left+numbers, f.y, name)
	f.text(small, left+names, width, f.hexBytes(value, maxShownValue))
	f.y += 0.6
}

// hexBytes writes bytes in hex, at most max of them.
func (s *sheet) hexBytes(b []byte, max int) string {
	if len(b) <= max {
		return hex.EncodeToString(b)
	}
	return hex.EncodeToString(b[:max]) + s.w.say("pdf.cut", "n", strconv.Itoa(len(b)))
}
