package certificate

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/ots"
)

// headline writes the state, in words and with its mark, beside the code.
func (f folio) headline() error {
	const codeSize = 36.0
	width := right - left - codeSize - 8
	f.y++
	if err := f.code(f.codeText(), right-codeSize, f.y, codeSize); err != nil {
		return fmt.Errorf("draw the QR code: %w", err)
	}
	y := f.y + codeSize + 1.5
	for _, l := range f.wrap(note, codeSize, f.w.say(f.codeNote())) {
		f.line(note, right-codeSize, y, l)
		y += note.lead
	}
	f.text(quiet, left, width, f.w.say("kind"))
	f.y += 1.5
	f.sign(f.look.ink, left, f.y+0.5, 11)
	state := f.w.say("js.state." + string(f.State()))
	if f.Regtest {
		state += " (regtest)"
	}
	f.line(f.fit(style{"go", "B", 26, 12, f.look.ink}, width-14, state), left+14, f.y, state)
	f.y += 15
	large := style{"go", "B", 13, 6.2, black}
	if f.Regtest {
		f.text(large.in(f.look.ink), left, width, f.regtest())
	} else {
		f.text(large, left, width, f.sentence())
	}
	f.y += 1.5
	for _, l := range f.lead() {
		f.text(body, left, width, l)
	}
	f.y += 1.5
	f.subject(width)
	f.text(quiet, left, width, f.dated(f.w, "made", f.tool()))
	f.y = max(f.y, y)
	return nil
}

// codeNote is the key of what is said of the code: a rehearsal's holds no day.
func (f folio) codeNote() string {
	if f.Regtest && f.State() == Confirmed {
		return "pdf.qr.regtest"
	}
	return "pdf.qr." + string(f.State())
}

// sentence says what the state is, and of a rehearsal no day and nothing about
// Bitcoin.
func (f folio) sentence() string {
	switch {
	case f.Regtest && f.State() == Confirmed:
		return f.w.say("js.lead.regtest", "height", strconv.FormatUint(f.Outcome.Height, 10))
	case f.Regtest && f.State() == Pending:
		return f.w.say("pdf.integrity.pending")
	}
	return f.w.say("js.headline."+string(f.State()), "date", f.Outcome.ClaimDate.UTC().Format(time.DateOnly))
}

// lead is what has to be known beside the sentence.
func (f folio) lead() []string {
	lead := []string{f.w.say("js.lead."+string(f.State()), "height", strconv.FormatUint(f.Outcome.Height, 10))}
	if f.State() == Pending && f.Outcome.Confirmations > 0 {
		lead[0] = f.w.say("pending.blocks", "n", strconv.FormatUint(f.Outcome.Confirmations, 10))
	}
	if f.State() == Pending {
		lead = append(lead, f.w.say("pending.next"))
	}
	if f.Regtest {
		return []string{f.sentence()}
	}
	return lead
}

// regtest says what a chain for rehearsals is worth.
func (f folio) regtest() string { return f.w.say("regtest") + ". " + f.w.say("regtest.why") }

func (f folio) tool() string {
	shown, _ := f.foreign(f.Tool, maxShownID)
	return shown
}

// document writes what the certificate is about.
func (f folio) document() {
	f.section(f.w.say("facts"), 20)
	name, whole := f.foreign(f.Name, maxShownName)
	f.row(f.w.say("f.name"), strong, name)
	if !whole {
		f.row(f.w.say("pdf.name.bytes"), mono, f.hexBytes([]byte(f.Name), maxShownBytes))
	}
	if f.Evidence == nil {
		title, _ := f.foreign(f.Title, maxShownName)
		f.row(f.w.say("f.title"), body, title)
	}
	f.row(f.w.say("f.size"), body, f.bytes(f.Size))
	hash, now := hashName(f.Outcome.Hash), "f.digest"
	if f.State() == Changed {
		now = "f.now"
	}
	f.row(f.w.say(now, "hash", "SHA-256"), mono, hex.EncodeToString(f.SHA256[:]))
	if f.Outcome.Hash != ots.SHA256 {
		f.row(f.w.say(now, "hash", hash), mono, hex.EncodeToString(f.Outcome.Digest))
	}
	if f.State() == Changed {
		f.row(f.w.say("f.stamped", "hash", hash), mono.in(f.look.ink), hex.EncodeToString(f.Outcome.Stamped))
	}
	path, _ := f.foreign(f.Path, maxShownName)
	f.row(f.w.say("f.path"), body, path)
	blob, _ := f.foreign(f.Blob, maxShownID)
	f.row(f.w.say("f.blob"), mono, blob)
	commit, _ := f.foreign(f.Commit, maxShownID)
	var committed []string
	if !f.Committed.IsZero() {
		committed = []string{f.w.say("f.committed") + ": " + moment(f.Committed)}
	}
	f.row(f.w.say("f.commit"), mono, commit, committed...)
	f.text(quiet, left, right-left, f.w.say("f.note"))
	if f.Outcome.WeakHash {
		f.text(strong.in(f.look.ink), left, right-left, f.w.say("weak", "hash", hash))
	}
}

// block writes the header that a confirmed certificate rests on.
func (f folio) block() {
	h := f.Outcome.Header
	title := f.w.say("block")
	if f.Regtest {
		title = "regtest"
	}
	f.section(title, 24)
	f.row(f.w.say("b.height"), strong, strconv.FormatUint(f.Outcome.Height, 10))
	f.row(f.w.say("b.hash"), mono, h.Hash().String())
	f.row(f.w.say("b.root"), mono, h.MerkleRoot().String())
	tight := mono // two lines of 80 digits
	tight.size = 7.2
	f.row(f.w.say("b.header"), tight, hex.EncodeToString(h[:]))
	f.row(f.w.say("b.time"), body, moment(h.Time()))
	f.row(f.w.say("b.after"), body, moment(f.Outcome.NotAfter))
	if !f.Regtest {
		f.text(quiet, left, right-left, f.w.say("b.note"))
	}
}

// confidence keeps apart what anybody can compute and whom one has to believe.
func (f folio) confidence() error {
	var n string
	if claim, found, err := f.headlineClaim(); err != nil {
		return err
	} else if found {
		n = strconv.Itoa(len(claim.Path()))
	}
	f.section(f.w.say("integrity"), 0)
	says := "pdf.integrity." + string(f.State())
	if f.State() == Changed {
		says = "integrity.changed"
	}
	f.text(body, left, right-left, f.w.say(says, "n", n))
	var first string
	said := []string{f.trust()}
	switch {
	case f.Regtest:
		first = f.regtest()
	case f.State() == Confirmed:
		said = append(said, f.w.say("pdf.trust.own"))
	}
	height := f.height(strong, right-left, first)
	for _, l := range said {
		height += f.height(body, right-left, l)
	}
	f.section(f.w.asked(f.Certificate), height)
	if first != "" {
		f.text(strong.in(f.look.ink), left, right-left, first)
	}
	for _, l := range said {
		f.text(body, left, right-left, l)
	}
	return nil
}

// limits writes two lists side by side.
func (f folio) limits() {
	const between = 8.0
	width := (right - left - between) / 2
	positive, negative := f.shown(f.w)
	shows, not := f.points(width, positive), f.points(width, negative)
	height := float64(max(len(shows), len(not)))*body.lead + 12
	f.gap(4.5)
	f.room(height)
	f.fill(f.look.tint)
	f.pdf.Rect(left-3, f.y, right-left+6, height, "F")
	y := f.y + 3
	for i, column := range [][]string{shows, not} {
		x := left + float64(i)*(width+between)
		f.line(strong.in(f.look.ink), x, y, f.w.say([]string{"shows", "not"}[i]))
		for n, l := range column {
			if rest, first := strings.CutPrefix(l, bullet); first {
				f.line(body, x, y+6+float64(n)*body.lead, bullet)
				l = rest
			}
			f.line(body, x+indent, y+6+float64(n)*body.lead, l)
		}
	}
	f.y += height
}

// trust says who bore out the header, how and when.
func (f folio) trust() string {
	shown, _ := f.foreign(f.w.trust(f.Certificate), maxShownText)
	if f.State() == Confirmed {
		shown += " " + f.dated(f.w, "trust.when", f.tool())
	}
	return shown
}

// A list's items begin with a bullet, and their lines this far from the left.
const (
	bullet = "•"
	indent = 3.5
)

// points breaks texts into the lines of a list.
func (f folio) points(width float64, texts []string) []string {
	var lines []string
	for _, point := range texts {
		for i, l := range f.wrap(body, width-indent, point) {
			if i == 0 {
				l = bullet + l
			}
			lines = append(lines, l)
		}
	}
	return lines
}

// hashName is a file hash as people write it.
func hashName(t ots.Tag) string {
	return map[ots.Tag]string{ots.SHA256: "SHA-256", ots.SHA1: "SHA-1", ots.RIPEMD160: "RIPEMD-160"}[t]
}
