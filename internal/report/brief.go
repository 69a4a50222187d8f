package report

import (
	"encoding/json"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// maxBrief is how many bytes a brief has at the most.
const maxBrief = 512 << 10

// briefing is what Brief writes.
type briefing struct {
	Network   string     `json:"network"`
	Documents []briefRow `json:"documents"`
	Truncated bool       `json:"truncated"` // documents are left out, healthy ones first
}

type briefRow struct {
	Path      string  `json:"path"`
	PathBytes string  `json:"path_base64,omitempty"` // where the path is not UTF-8
	Status    string  `json:"status"`                // as in a Record
	Height    *uint64 `json:"height,omitempty"`
	Date      string  `json:"date,omitempty"` // existed no later than
	Rung      string  `json:"rung,omitempty"`
	Earlier   bool    `json:"superseded,omitempty"` // this is about the proof of an earlier version
}

// Brief is the state of each document as JSON on one line of at most maxBrief
// bytes. Where they do not all fit, those that are confirmed, pending or not
// anchored are left out, then as many of the others as must be.
func Brief(run anchor.Run, network string) ([]byte, error) {
	b := briefing{Network: network, Documents: []briefRow{}}
	var ill []briefRow
	for _, r := range run.Results {
		row := briefly(r)
		b.Documents = append(b.Documents, row)
		if s := r.Outcome.Status; r.Err != nil || r.Refusal != nil || !r.Unknown && s != verify.Confirmed && s != verify.Pending {
			ill = append(ill, row)
		}
	}
	line, err := b.line()
	if err != nil || len(line) <= maxBrief {
		return line, err
	}
	b.Documents, b.Truncated = nil, true
	room := maxBrief - len(`{"network":"","documents":[],"truncated":true}`) - len(network)
	for _, row := range ill {
		one, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		if room -= len(escapeInvisible(one)) + 1; room < 0 {
			break
		}
		b.Documents = append(b.Documents, row)
	}
	return b.line()
}

func (b briefing) line() ([]byte, error) {
	if b.Documents == nil {
		b.Documents = []briefRow{}
	}
	raw, err := json.Marshal(b)
	return escapeInvisible(raw), err
}

func briefly(r anchor.Result) briefRow {
	d := document(r)
	return briefRow{Path: d.Path, PathBytes: d.PathBytes, Status: d.Status, Height: d.Height, Date: d.ClaimDate, Rung: d.Rung, Earlier: r.Superseded}
}
