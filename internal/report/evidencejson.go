package report

import (
	"encoding/hex"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/evidence"
)

// evidenceJSON is what the commands about evidence say beside the documents.
type evidenceJSON struct {
	Counts map[string]int     `json:"counts,omitempty"` // by state
	Items  []evidenceItemJSON `json:"items,omitempty"`
	Added  *evidenceAddedJSON `json:"added,omitempty"`
	Bundle *evidenceParcel    `json:"bundle,omitempty"`
}

type evidenceItemJSON struct {
	ID       string             `json:"id"`
	Path     string             `json:"path"`
	State    string             `json:"state"`
	URL      string             `json:"url,omitempty"`
	Title    string             `json:"title,omitempty"`
	SHA256   string             `json:"sha256,omitempty"`
	By       string             `json:"by,omitempty"`          // claimed
	Observed string             `json:"observed_at,omitempty"` // claimed
	Files    []evidenceFileJSON `json:"files,omitempty"`
	Checked  int                `json:"files_compared"`
	Away     int                `json:"files_elsewhere"`
	Broken   []string           `json:"broken,omitempty"`
	Unread   []string           `json:"unread,omitempty"`
	Attempts []string           `json:"attempts,omitempty"` // when
	Custody  []custodyJSON      `json:"custody,omitempty"`
}

type evidenceFileJSON struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Kept   bool   `json:"kept"`
}

type custodyJSON struct {
	N      int    `json:"n"`
	Prev   string `json:"prev"`
	Kind   string `json:"kind"`
	Commit string `json:"commit"`
	At     string `json:"at"`
	By     string `json:"by"`
	Claim  string `json:"claim"`
	Hash   string `json:"hash"`

	Signature string `json:"signature,omitempty"`
}

type evidenceAddedJSON struct {
	ID     string   `json:"id"`
	There  bool     `json:"there"`
	SHA256 string   `json:"sha256,omitempty"`
	Wrote  []string `json:"wrote,omitempty"`
	Away   []string `json:"elsewhere,omitempty"`
	Missed bool     `json:"too_few_calendars,omitempty"`
}

type evidenceParcel struct {
	Out   string `json:"out"`
	Files int    `json:"files"`
	Away  int    `json:"files_elsewhere"`
	Above bool   `json:"above_table"`
}

// FillEvidence puts items into the record, and the custody log where there is one item.
func (rec *Record) FillEvidence(run anchor.Run, items []anchor.EvidenceItem, custody []evidence.Entry) {
	rec.Fill(run)
	rec.Evidence = &evidenceJSON{Counts: map[string]int{}}
	for _, i := range items {
		rec.Evidence.Counts[i.State()]++
		row := evidenceRow(i)
		for _, e := range custody {
			row.Custody = append(row.Custody, custodyJSON{e.N, e.Prev, e.Kind, e.Commit, e.At.Format(time.RFC3339), e.By, e.Claim, e.Hash, e.Signature})
		}
		rec.Evidence.Items = append(rec.Evidence.Items, row)
	}
}

func evidenceRow(i anchor.EvidenceItem) evidenceItemJSON {
	row := evidenceItemJSON{ID: i.ID, Path: i.Result.Path, State: i.State(), Checked: i.Checked, Away: i.Away, Broken: i.Broken}
	for _, a := range i.Attempts {
		row.Attempts = append(row.Attempts, a.At.Format(time.RFC3339))
	}
	for _, err := range i.Unread {
		row.Unread = append(row.Unread, err.Error())
	}
	r := i.Record
	if r == nil {
		return row
	}
	row.URL, row.Title, row.SHA256, row.By = r.URL, r.Title, hex.EncodeToString(r.Digest[:]), r.By
	if !r.ObservedAt.IsZero() {
		row.Observed = r.ObservedAt.Format(time.RFC3339)
	}
	for _, f := range r.Files() {
		row.Files = append(row.Files, evidenceFileJSON{f.Path(), f.Size, hex.EncodeToString(f.SHA256[:]), f.Kept()})
	}
	return row
}

// FillAdded puts into the record what became of evidence that was to be added.
func (rec *Record) FillAdded(run anchor.Run, a *anchor.EvidenceAdded) {
	rec.Fill(run)
	row := &evidenceAddedJSON{ID: a.ID, There: a.There, Wrote: a.Wrote, Missed: a.Missed}
	if a.Record != nil {
		row.SHA256 = hex.EncodeToString(a.Record.Digest[:])
	}
	for _, f := range a.Away {
		row.Away = append(row.Away, f.Name)
	}
	rec.Evidence = &evidenceJSON{Added: row}
}

// FillEvidenceBundle puts a bundle into the record, nil for none.
func (rec *Record) FillEvidenceBundle(run anchor.Run, i anchor.EvidenceItem, b *anchor.EvidenceBundle) {
	rec.FillEvidence(run, []anchor.EvidenceItem{i}, nil)
	if b != nil {
		rec.Evidence.Bundle = &evidenceParcel{b.Out, b.Files, b.Away, b.Above}
	}
}
