package report

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"

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
	Registry  *registryJSON  `json:"registry,omitempty"`        // registry verify, show, diff, log and bundle
	Due       *dueJSON       `json:"due,omitempty"`             // registry due
	Audit     *auditJSON     `json:"audit,omitempty"`           // audit verify, prove and check
	Evidence  *evidenceJSON  `json:"evidence,omitempty"`        // evidence add, list, show, verify and bundle
	Headers   any            `json:"headers,omitempty"`         // headers export: an anchor.Export
	Mirrored  *int           `json:"periods_written,omitempty"` // headers mirror
	Kept      bool           `json:"headers_kept,omitempty"`    // upgrade extended the headers beside the proofs
	Version   any            `json:"version,omitempty"`
}

type documentJSON struct {
	Path          string            `json:"path"`
	PathBytes     string            `json:"path_base64,omitempty"` // where the path is not UTF-8
	Kind          string            `json:"kind"`
	Proof         string            `json:"proof,omitempty"`
	Superseded    bool              `json:"superseded,omitempty"` // about the proof of an earlier version
	Blob          string            `json:"blob,omitempty"`
	Object        string            `json:"object,omitempty"` // id of the git object that this is about
	Status        string            `json:"status"`
	Reason        string            `json:"reason,omitempty"`
	Action        string            `json:"action,omitempty"`
	Rung          string            `json:"rung,omitempty"`
	Height        *uint64           `json:"height,omitempty"`
	ClaimDate     string            `json:"claim_date,omitempty"` // existed no later than
	BlockTime     string            `json:"block_time,omitempty"`
	NotAfter      string            `json:"not_after,omitempty"` // median time of the eleven blocks that follow
	BlockHash     string            `json:"block_hash,omitempty"`
	MerkleRoot    string            `json:"merkle_root,omitempty"`
	Header        string            `json:"header,omitempty"`
	Confirmations uint64            `json:"confirmations,omitempty"`
	Sources       []string          `json:"sources,omitempty"`
	HashOp        string            `json:"hash_op,omitempty"`
	Stamped       string            `json:"stamped,omitempty"`
	Digest        string            `json:"digest,omitempty"`
	WeakHash      bool              `json:"weak_file_hash,omitempty"`
	Anchored      int               `json:"calendars_anchored"`
	Of            int               `json:"calendars"`
	Since         string            `json:"since,omitempty"`
	Claims        []claimJSON       `json:"claims,omitempty"`
	Findings      []string          `json:"findings,omitempty"`
	Hints         []string          `json:"hints,omitempty"` // how a higher rung could be reached
	Notes         []string          `json:"notes,omitempty"`
	Hint          string            `json:"hint,omitempty"`            // what to type about a failure
	Version       *versionJSON      `json:"version_stamped,omitempty"` // the bytes that were stamped, where the document has others now
	Month         *monthMade        `json:"month,omitempty"`           // registry snapshot, registry due
	Evidence      *evidenceItemJSON `json:"evidence,omitempty"`
	Refused       *refusalJSON      `json:"refused,omitempty"`
	Error         string            `json:"error,omitempty"`
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
