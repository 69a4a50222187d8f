package report

import (
	"encoding/hex"
	"fmt"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A row is what one line says of a document. Terminal, porcelain, Markdown, JSON
// and dashboard take these values from here and from nowhere else, so that they
// cannot disagree.
type row struct {
	sign, word string
	state      state  // which of the dashboard's five states the word belongs to
	more       string // block, date and digest, or a reason; ready to be shown
	block      string // height that a confirmed claim rests on
	claimed    string // height of the earliest claim that was not checked
	date       string // existed no later than; where block is set
	digest     string // that the proof is for, in hex
}

// A state is one of five that documents are sorted by; what is not anchored has
// none. What could not be found out is unchecked and never failed.
type state string

const (
	stateConfirmed state = "confirmed"
	statePending   state = "pending"
	stateChanged   state = "changed"
	stateFailed    state = "failed"
	stateUnchecked state = "unchecked"
)

// states lists those that ask for somebody's attention first.
func states() []state {
	return []state{stateFailed, stateChanged, stateUnchecked, statePending, stateConfirmed}
}

// sign is what stands beside a state where it stands for several documents.
func (s state) sign() string {
	return map[state]string{stateConfirmed: "✔", statePending: "…", stateChanged: "~", stateFailed: "✘", stateUnchecked: "?"}[s]
}

func rowOf(r anchor.Result) row {
	w := verdictRow(r)
	if r.Recorded == nil || w.state == stateFailed || w.state == stateChanged {
		return w
	}
	item := itemOf(r)
	sign, more := evidenceMark(item)
	switch state := item.State(); {
	case state == evidence.Failed:
		w.block, w.date = "", ""
		return w.as(sign, state, stateFailed, more)
	case state == anchor.EvidenceUnchecked && w.state != stateUnchecked:
		w.block, w.date = "", ""
		return w.as(sign, state, stateUnchecked, more)
	}
	return w
}

// itemOf is a result about a record of evidence, with what that says.
func itemOf(r anchor.Result) anchor.EvidenceItem {
	return anchor.EvidenceItem{Result: r, Recorded: *r.Recorded}
}

// verdictRow is the row of a result by its verdict alone.
func verdictRow(r anchor.Result) row {
	o := r.Outcome
	w := row{digest: hex.EncodeToString(o.Stamped)}
	if h, ok := earliest(o); ok {
		w.claimed = fmt.Sprint(h)
	}
	switch {
	case r.Err != nil:
		return w.as("?", "unchecked", stateUnchecked, show(r.Err.Error()))
	case r.Refusal != nil:
		return w.as("✘", "refused", stateUnchecked, show(r.Refusal.Text))
	case r.Unknown:
		return w.as(" ", "not anchored", "", "")
	}
	reason := show(o.Reason)
	switch o.Status {
	case verify.Confirmed:
		w.block, w.date = fmt.Sprint(o.Height), day(o.ClaimDate)
		return w.as("✔", "confirmed", stateConfirmed, fmt.Sprintf("block %s   %s   %s", w.block, w.date, brief(o.Stamped)))
	case verify.Pending:
		return w.as("…", "pending", statePending, "")
	case verify.Changed:
		return w.as("~", "changed", stateChanged, reason)
	case verify.Undecided, verify.Unsupported:
		if w.claimed != "" && o.Status == verify.Undecided {
			reason = "claims block " + w.claimed
		}
		return w.as("?", "unchecked", stateUnchecked, reason)
	case verify.Disputed:
		return w.as("✘", "disputed", stateUnchecked, reason)
	}
	return w.as("✘", "failed", stateFailed, reason)
}

func (w row) as(sign, word string, s state, more string) row {
	w.sign, w.word, w.state, w.more = sign, word, s, more
	return w
}

// earliest is the first block among a proof's claims that were not checked.
func earliest(o verify.Outcome) (height uint64, ok bool) {
	for _, c := range o.Claims {
		if c.Status == verify.Undecided && (!ok || c.Attestation.Height() < height) {
			height, ok = c.Attestation.Height(), true
		}
	}
	return height, ok
}

func brief(digest []byte) string {
	return hex.EncodeToString(digest[:min(4, len(digest))])
}
