package report

import (
	"fmt"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

// versionOutcome is the verdict on the bytes that were stamped.
func versionOutcome(r anchor.Result) verify.Outcome {
	if r.Superseded {
		return r.Outcome
	}
	return r.VersionOutcome
}

// versionLine says which version of a document was stamped, what its proof is
// worth, and in what today's file differs.
func versionLine(r anchor.Result) string {
	f, o := r.Version, versionOutcome(r)
	line := "the version stamped is " + where(*f)
	if f.Variant != "" {
		line += " with the line ends " + f.Variant
	}
	switch o.Status {
	case verify.Confirmed:
		line += fmt.Sprintf(", confirmed at block %d (%s, rung %s)", o.Height, day(o.ClaimDate), o.Rung)
	default:
		line += fmt.Sprintf(", %s: %s", o.Status, show(o.Reason))
	}
	switch {
	case len(f.Sites) > 0 && f.Sites[0].Now && f.Sites[0].Path != r.Path && f.Variant == "":
		return line + "; HEAD has it there"
	case f.TodayPath == "":
		return line
	case len(f.Today) == 0:
		return line + "; " + show(f.TodayPath) + " is the same today"
	case f.TodayPath == r.Path:
		return line + "; today's file differs in " + show(strings.Join(f.Today, "; "))
	}
	return line + "; today's file " + show(f.TodayPath) + " differs in " + show(strings.Join(f.Today, "; "))
}

// versionJSON is the version of a document that was stamped.
type versionJSON struct {
	foundJSON
	Status    string  `json:"status"`
	Reason    string  `json:"reason,omitempty"`
	Rung      string  `json:"rung,omitempty"`
	Height    *uint64 `json:"height,omitempty"`
	ClaimDate string  `json:"claim_date,omitempty"`
}

func versionRow(r anchor.Result) *versionJSON {
	if r.Version == nil {
		return nil
	}
	o := versionOutcome(r)
	row := &versionJSON{foundJSON: foundRow(*r.Version), Status: o.Status.String(), Reason: o.Reason}
	if o.Status == verify.Confirmed {
		row.Rung, row.Height, row.ClaimDate = o.Rung.String(), &o.Height, day(o.ClaimDate)
	}
	return row
}
