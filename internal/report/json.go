package report

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// schema is the version of the JSON that this package writes: fields are only
// ever added under one number.
const schema = "git-anchor/1"

// A Record is the one JSON object of a run. Times are RFC 3339 UTC, dates
// YYYY-MM-DD, digests and messages lower-case hex in their own byte order,
// block hashes and merkle roots in the order block explorers show.
type Record struct {
	Schema    string         `json:"schema"`
	Command   string         `json:"command"`
	Network   string         `json:"network"`
	Exit      int            `json:"exit"`
	Error     string         `json:"error,omitempty"`
	Hint      string         `json:"hint,omitempty"`
	Commit    string         `json:"commit,omitempty"` // whose documents were read
	Made      string         `json:"made,omitempty"`   // the commit that --commit made
	Documents []documentJSON `json:"documents"`
	Calendars []calendarJSON `json:"calendars,omitempty"`
	Check     *checkJSON     `json:"check,omitempty"`
	Proof     *proofJSON     `json:"proof,omitempty"`           // info
	Find      *findJSON      `json:"find,omitempty"`            // find
	Legacy    *legacyJSON    `json:"legacy,omitempty"`          // legacy
	Table     *tableJSON     `json:"table,omitempty"`           // status --write
	Report    *reportJSON    `json:"report,omitempty"`          // report
	Timestamp *timestampJSON `json:"timestamp,omitempty"`       // info about a commit or tag
	Tree      *treeJSON      `json:"tree,omitempty"`            // tree --verify
	Derived   *derivedJSON   `json:"derived,omitempty"`         // tree --prove
	Headers   any            `json:"headers,omitempty"`         // headers export: an anchor.Export
	Mirrored  *int           `json:"periods_written,omitempty"` // headers mirror
	Kept      bool           `json:"headers_kept,omitempty"`    // upgrade extended the headers beside the proofs
	Version   any            `json:"version,omitempty"`
}

type documentJSON struct {
	Path          string       `json:"path"`
	PathBytes     string       `json:"path_base64,omitempty"` // where the path is not UTF-8
	Kind          string       `json:"kind"`
	Proof         string       `json:"proof,omitempty"`
	Superseded    bool         `json:"superseded,omitempty"` // about the proof of an earlier version
	Blob          string       `json:"blob,omitempty"`
	Object        string       `json:"object,omitempty"` // id of the git object that this is about
	Status        string       `json:"status"`
	Reason        string       `json:"reason,omitempty"`
	Action        string       `json:"action,omitempty"`
	Rung          string       `json:"rung,omitempty"`
	Height        *uint64      `json:"height,omitempty"`
	ClaimDate     string       `json:"claim_date,omitempty"` // existed no later than
	BlockTime     string       `json:"block_time,omitempty"`
	NotAfter      string       `json:"not_after,omitempty"` // median time of the eleven blocks that follow
	BlockHash     string       `json:"block_hash,omitempty"`
	MerkleRoot    string       `json:"merkle_root,omitempty"`
	Header        string       `json:"header,omitempty"`
	Confirmations uint64       `json:"confirmations,omitempty"`
	Sources       []string     `json:"sources,omitempty"`
	HashOp        string       `json:"hash_op,omitempty"`
	Stamped       string       `json:"stamped,omitempty"`
	Digest        string       `json:"digest,omitempty"`
	WeakHash      bool         `json:"weak_file_hash,omitempty"`
	Anchored      int          `json:"calendars_anchored"`
	Of            int          `json:"calendars"`
	Since         string       `json:"since,omitempty"`
	Claims        []claimJSON  `json:"claims,omitempty"`
	Findings      []string     `json:"findings,omitempty"`
	Hints         []string     `json:"hints,omitempty"` // how a higher rung could be reached
	Notes         []string     `json:"notes,omitempty"`
	Hint          string       `json:"hint,omitempty"`            // what to type about a failure
	Version       *versionJSON `json:"version_stamped,omitempty"` // the bytes that were stamped, where the document has others now
	Refused       *refusalJSON `json:"refused,omitempty"`
	Error         string       `json:"error,omitempty"`
}

type refusalJSON struct {
	Reason   string        `json:"reason"`
	Hint     string        `json:"hint,omitempty"`
	Findings []findingJSON `json:"findings,omitempty"`
}

type findingJSON struct {
	Line int    `json:"line,omitempty"`
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"`
}

type claimJSON struct {
	Kind    string       `json:"kind"`
	Height  *uint64      `json:"height,omitempty"`
	URI     string       `json:"uri,omitempty"`
	Tag     string       `json:"tag,omitempty"`
	Payload string       `json:"payload,omitempty"`
	Message string       `json:"message"`
	Status  string       `json:"status,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Answers []answerJSON `json:"answers,omitempty"`
}

type answerJSON struct {
	Source string `json:"source"`
	Agrees bool   `json:"agrees"`
	Header string `json:"header,omitempty"`
	Error  string `json:"error,omitempty"`
}

type calendarJSON struct {
	URL   string   `json:"url"`
	Names []string `json:"names,omitempty"`
	Error string   `json:"error,omitempty"`
}

type proofJSON struct {
	HashOp     string      `json:"hash_op"`
	Digest     string      `json:"digest"`
	Claims     []claimJSON `json:"claims"`
	Hidden     []claimJSON `json:"hidden,omitempty"`
	Duplicates bool        `json:"duplicate_ops"`
	Canonical  bool        `json:"canonical"`
	Size       int         `json:"size"`
}

// Fill puts a run's results into the record.
func (rec *Record) Fill(run anchor.Run) {
	rec.Commit, rec.Made, rec.Kept = run.Commit.ID, run.Made, run.Kept
	for _, r := range run.Results {
		rec.Documents = append(rec.Documents, document(r))
	}
	for _, p := range run.Posted {
		rec.Calendars = append(rec.Calendars, calendarRow(p))
	}
}

// FillProof puts a proof by itself into the record; size is that of its file,
// and canonical says that the file is as we would write it.
func (rec *Record) FillProof(p *ots.Proof, size int, canonical bool) {
	row := &proofJSON{HashOp: p.Hash.String(), Digest: hex.EncodeToString(p.Digest), Duplicates: p.HasDuplicates(), Canonical: canonical, Size: size, Claims: []claimJSON{}}
	for _, c := range p.Claims() {
		row.Claims = append(row.Claims, claim(verify.Claim{Attestation: c.Attestation, Msg: c.Msg}))
	}
	for _, c := range p.Hidden() {
		row.Hidden = append(row.Hidden, claim(verify.Claim{Attestation: c.Attestation, Msg: c.Msg}))
	}
	rec.Proof = row
}

// Write writes the record and a newline.
func (rec Record) Write(w io.Writer) error {
	rec.Schema = schema
	if rec.Documents == nil {
		rec.Documents = []documentJSON{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(rec); err != nil {
		return err
	}
	_, err := w.Write(escapeInvisible(b.Bytes()))
	return err
}

// escapeInvisible writes what a terminal would not show, or would show in
// another order, as \u escapes. Such characters stand inside strings only, so
// the JSON means the same.
func escapeInvisible(raw []byte) []byte {
	if !bytes.ContainsFunc(raw, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
		return raw
	}
	var b bytes.Buffer
	for _, r := range string(raw) {
		switch {
		case r == '\n' || unicode.IsPrint(r) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

func document(r anchor.Result) documentJSON {
	o, row := r.Outcome, rowOf(r)
	d := documentJSON{
		ClaimDate: row.date,
		Path:      r.Path, PathBytes: pathBytes(r.Path), Kind: r.Kind, Proof: r.Proof, Superseded: r.Superseded, Blob: r.Blob, Object: r.Object,
		Status: o.Status.String(), Reason: o.Reason, Action: string(r.Action),
		Confirmations: o.Confirmations, Sources: o.Sources(),
		Stamped: row.digest, Digest: hex.EncodeToString(o.Digest), WeakHash: o.WeakHash,
		Anchored: r.Anchored, Of: r.Of, Findings: o.Findings, Hints: o.Hints, Notes: r.Notes, Hint: r.Hint,
	}
	if o.Hash != 0 {
		d.HashOp = o.Hash.String()
	}
	if !r.Since.IsZero() {
		d.Since = r.Since.Format(time.RFC3339)
	}
	if o.Status == verify.Confirmed {
		d.Rung, d.Height = o.Rung.String(), &o.Height
		d.BlockTime = o.BlockTime.Format(time.RFC3339)
		if !o.NotAfter.IsZero() {
			d.NotAfter = o.NotAfter.Format(time.RFC3339)
		}
		d.BlockHash, d.MerkleRoot = o.Header.Hash().String(), o.Header.MerkleRoot().String()
		d.Header = hex.EncodeToString(o.Header[:])
	}
	d.Version = versionRow(r)
	for _, c := range o.Claims {
		d.Claims = append(d.Claims, claim(c))
	}
	switch {
	case r.Refusal != nil:
		d.Status, d.Refused = "refused", refusalRow(r.Refusal)
	case r.Err != nil:
		d.Status, d.Error = "error", r.Err.Error()
	case r.Unknown:
		d.Status = "not anchored"
	case r.Action == anchor.Would && o.Status == verify.Unjudged:
		d.Status = "accepted"
	case r.Action == anchor.Moved:
		d.Status = string(r.Action)
	}
	return d
}

// pathBytes are the bytes of a path in base64 where it is not UTF-8, so that JSON
// cannot hold it; else "".
func pathBytes(p string) string {
	if utf8.ValidString(p) {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(p))
}

func refusalRow(r *anchor.Refusal) *refusalJSON {
	row := &refusalJSON{Reason: r.Text, Hint: r.Hint}
	for _, f := range r.Findings {
		row.Findings = append(row.Findings, findingJSON{f.Line, f.Text, f.Hint})
	}
	return row
}

func claim(c verify.Claim) claimJSON {
	a := c.Attestation
	row := claimJSON{Kind: kind(a), Message: hex.EncodeToString(c.Msg), Reason: c.Reason}
	if c.Status != verify.Unjudged {
		row.Status = c.Status.String()
	}
	switch a.Kind() {
	case ots.KindPending:
		row.URI = a.URI()
	case ots.KindUnknown:
		row.Tag, row.Payload = hex.EncodeToString(a.Tag[:]), hex.EncodeToString(a.Payload)
	default:
		h := a.Height()
		row.Height = &h
	}
	for _, e := range c.Evidence.Answers {
		said := answerJSON{Source: e.Source, Agrees: e.Agrees}
		if e.Header != nil {
			said.Header = hex.EncodeToString(e.Header[:])
		}
		if e.Err != nil {
			said.Error = e.Err.Error()
		}
		row.Answers = append(row.Answers, said)
	}
	return row
}

func calendarRow(p anchor.Posted) calendarJSON {
	row := calendarJSON{URL: p.URL, Names: p.Names}
	if p.Err != nil {
		row.Error = p.Err.Error()
	}
	return row
}

func kind(a ots.Attestation) string {
	switch a.Kind() {
	case ots.KindPending:
		return "pending"
	case ots.KindBitcoin:
		return "bitcoin"
	case ots.KindLitecoin:
		return "litecoin"
	case ots.KindEthereum:
		return "ethereum"
	}
	return "unknown"
}
