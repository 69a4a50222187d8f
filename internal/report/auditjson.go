package report

import (
	"encoding/json"

	"github.com/openllmo/git-anchor/internal/registry"
)

// auditJSON is what an audit command found; the exit code says whether it is good.
type auditJSON struct {
	Month   string          `json:"month,omitempty"` // compared with
	Log     *logJSON        `json:"log,omitempty"`
	Rule    string          `json:"rule,omitempty"`          // that the month's root follows
	Since   uint64          `json:"entries_since,omitempty"` // after those of the month
	Unknown bool            `json:"unknown_server,omitempty"`
	Differs []differJSON    `json:"differs,omitempty"` // where the log is not what the month says
	Fault   *faultJSON      `json:"fault,omitempty"`
	Proof   json.RawMessage `json:"proof,omitempty"` // as its file is
	Hash    string          `json:"entry_hash,omitempty"`
	Line    uint64          `json:"line,omitempty"` // of the entry that is proven, from 1
}

type logJSON struct {
	ServerID  string `json:"server_id"`
	Count     uint64 `json:"entries_count"`
	First     string `json:"first_entry_hash"`
	Last      string `json:"last_entry_hash"`
	RawRoot   string `json:"merkle_root_raw"`
	TextRoot  string `json:"merkle_root_text"`
	Ambiguous uint64 `json:"ambiguous_entries"`
	Further   uint64 `json:"entries_with_unprotected_members"`
	Unended   bool   `json:"no_final_line_feed,omitempty"`
}

type differJSON struct {
	What string `json:"what"`
	Want string `json:"month"`
	Have string `json:"log"`
	Line uint64 `json:"line,omitempty"` // of the entry that the hash is of
}

type faultJSON struct {
	Line     uint64 `json:"line,omitempty"`
	Text     string `json:"text"`
	Stored   string `json:"stored,omitempty"`
	Computed string `json:"computed,omitempty"`
}

// FillAudit puts the check of an audit log into the record.
func (rec *Record) FillAudit(a Audit) {
	row := &auditJSON{Month: a.Month}
	rec.Audit = row
	if f := a.Fault; f != nil {
		row.Fault = &faultJSON{f.Line, f.Text, f.Stored, f.Computed}
		return
	}
	c, l := a.Compared, a.Compared.Log
	row.Log = &logJSON{l.ServerID, l.Count, l.First, l.Last, l.RawRoot, l.TextRoot, l.Ambiguous, l.Further, l.Unended}
	row.Rule, row.Since, row.Unknown = c.Rule, c.Since, a.Month != "" && !c.Known
	for _, f := range c.Faults {
		row.Differs = append(row.Differs, differJSON{f.Member, f.Want, f.Have, f.Line})
	}
}

// FillEntryProof puts a proof of an entry into the record.
func (rec *Record) FillEntryProof(p *registry.EntryProof) {
	rec.Audit = &auditJSON{Proof: p.Bytes(), Hash: p.Entry.ThisLogHash, Line: p.Index + 1, Rule: p.Rule}
}

// FillEntryCheck puts the check of such a proof into the record.
func (rec *Record) FillEntryCheck(c EntryCheck) {
	rec.FillEntryProof(c.Proof)
	rec.Audit.Month = c.Month
	if f := c.Verdict.Fault; !c.Verdict.Good {
		rec.Audit.Fault = &faultJSON{Text: f.Text, Stored: f.Stored, Computed: f.Computed}
	}
}
