// Package anchor holds what git-anchor does on a repository, one file a use
// case or a few: stamp, supersede, upgrade, verify and status of documents and
// their proofs; find, where the bytes of a proof are not at hand; check of a change;
// plan, publish and adopt of what a run in GitHub's Action made; headers beside the
// proofs; init of a repository; of a governance registry Snapshot and RegistryDue,
// which make its months, VerifyRegistry, which judges their chain, show, log, and the
// bundle to publish; of evidence AddEvidence, Evidence, which judges records, export,
// import and the bundle; and what certificates and dashboards are made of: Dossier,
// Overview and Dossiers.
//
// Start with Session, which binds a repository, its configuration, calendars
// and a judge. A use case on documents is a method that returns a Run with one
// Result a document. A Result carries a verdict or a refusal; the method's error
// means that the run as a whole could not go on. A Plan leaves the process as
// JSON: Publish and PublishBranch need no Session, only the server. Nothing here
// parses flags, prints or decides about exit codes.
package anchor

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// A Session is one run on one repository.
type Session struct {
	Repo      *gitrepo.Repo
	Config    config.Config
	Calendars *calendar.Client
	Judge     verify.Judge
	Random    io.Reader // 16 bytes a document stamped, 32 more for a directory's key
	Headers   *Headers  // those beside the proofs; nil outside a repository and on regtest
}

// A Run is what one use case did.
type Run struct {
	Commit  gitrepo.Commit // the commit whose documents were read
	Results []Result       // in the order of the operands, else by path
	Posted  []Posted       // stamp: what each calendar said
	Made    string         // id of the commit that was made, "" if none
	Written []string       // files that a commit is due for: what the run wrote, or found grown; with Commit or Collect
	NotDue  int            // StampDue: documents that are anchored already, or not yet to be
	Kept    bool           // upgrade: the headers beside the proofs were extended
	Others  int            // proofs in the tree that were left out: no rule names their documents
}

// Posted is what became of a submission at one calendar.
type Posted struct {
	URL   string   // it was posted to
	Names []string // the calendars that the answer names
	Err   error
}

// An Action is what was done to a document's proof.
type Action string

// Actions of stamp, upgrade and verify. The zero Action is nothing done.
const (
	Wrote    Action = "wrote"      // a new proof
	Upgraded Action = "upgraded"   // a proof grew, and was written
	Would    Action = "would"      // a dry run left it at that
	Grew     Action = "grew"       // a proof grew in memory only
	Complete Action = "complete"   // upgrade: no calendar is waited for
	Ahead    Action = "ahead"      // upgrade: an earlier run grew the proof, and it is not committed
	Moved    Action = "superseded" // supersede: the proof is now kept as that of an earlier version
	None     Action = ""
)

// A Result is what became of one document.
type Result struct {
	Path     string         // from the top of the work tree, raw bytes
	Kind     string         // kind of its rule, or "file"
	Proof    string         // path of its proof
	Blob     string         // id of the blob that was judged or stamped
	Object   string         // id of the git object that this is about, of the type Kind; "" for documents
	Outcome  verify.Outcome // Unjudged where Refusal or Err is set
	Action   Action
	Refusal  *Refusal  // the document was refused
	Err      error     // reading or writing failed
	Unknown  bool      // no rule asks for a proof, and there is none: "not anchored"
	NotYet   bool      // verify: Missing, as it was named; but policy has it wait, as a Draft
	Anchored int       // calendars of the proof whose claim reached a block,
	Of       int       // of so many
	Since    time.Time // when its first calendar received it, by that calendar's clock
	Notes    []string  // what a reader should know beside the verdict
	Hint     string    // one thing to type about a failure, "" if there is none
	Earlier  string    // stamp: where the proof of the earlier version is now, if it was superseded

	Heading  Heading   // Overview: what a LIP says of itself
	Recorded *Recorded // Status, Overview, Dossier: what a record of evidence says, nil where it is none

	Superseded bool // this is about the proof of an earlier version, and not about the document's bytes

	Version        *Found         // verify: the bytes that were stamped, where the document has others now, or none
	VersionOutcome verify.Outcome // of the proof for those bytes; where Superseded that is Outcome

	Tree     *Tree     // tree: the directory that this is the manifest of
	Snapshot *Snapshot // registry snapshot, registry due: the month that this is about

	stem        *ots.Proof // of a tree anchor: what its proof begins with
	old         []byte     // tree: the earlier manifest, which the new one takes the place of
	move        *move      // stamp: the proof that the new one takes the place of
	along       []string   // stamp: proofs of earlier versions that a commit must hold, too
	uncommitted bool       // upgrade: the proof on disk is another than HEAD's, and stays as it is
	doubt       string     // upgrade: why it should not be committed
	covered     bool       // Unknown, and a record of evidence that holds its digest covers it
	unheld      bool       // verify: pending, and all of its calendars said that they have no block for it
}

// A Refusal says why a document is not anchored, and what to do about it.
type Refusal struct {
	Text     string
	Hint     string // one thing to type or change, "" if there is none
	Findings []lip.Finding
	Absent   bool // what was named is not in the commit, or not in the repository at all

	deleted bool // a former proof of the document is gone
}

func (r *Refusal) Error() string { return r.Text }

func refuse(hint, format string, args ...any) *Refusal {
	return &Refusal{Text: fmt.Sprintf(format, args...), Hint: hint}
}

// absent refuses what there is no document of.
func absent(hint, format string, args ...any) *Refusal {
	r := refuse(hint, format, args...)
	r.Absent = true
	return r
}

// deleted refuses a document that once had a proof.
func deleted(hint, format string, args ...any) *Refusal {
	r := refuse(hint, format, args...)
	r.deleted = true
	return r
}

// A document is a path that may be anchored.
type document struct {
	path, kind, proof string
	rule              config.Rule
	named             bool // by an operand, not found by the configuration
	earlier           bool // its proof is that of an earlier version
}

func (s *Session) document(path string, named bool) document {
	d := document{path: path, kind: config.KindFile, proof: s.Config.ProofPath(path), named: named}
	if rule, ok := s.Config.Match(path); ok {
		d.kind, d.rule = rule.Kind, rule
	}
	return d
}

func (d document) result() Result {
	return Result{Path: d.path, Kind: d.kind, Proof: d.proof, Superseded: d.earlier}
}

// operand turns what a person typed into a path from the top: a proof stands
// for its document, but for one of an earlier version.
func (s *Session) operand(op string) (string, error) {
	path, err := s.Repo.Rel(op)
	if err != nil {
		return "", err
	}
	if strings.HasSuffix(path, ".ots") && !isEarlier(path) {
		if doc, ok := s.Config.DocumentPath(path); ok {
			return doc, nil
		}
	}
	return path, nil
}

// since reads the time a calendar put in front of its commitments (big endian
// seconds, 44 bytes in all); ok is false for messages of another shape.
func since(commitment []byte) (time.Time, bool) {
	const shape = 4 + 32 + 8 // time, digest, hmac
	if len(commitment) != shape {
		return time.Time{}, false
	}
	sec := int64(commitment[0])<<24 | int64(commitment[1])<<16 | int64(commitment[2])<<8 | int64(commitment[3])
	return time.Unix(sec, 0).UTC(), true
}

// tally records how far a proof's calendars have come.
func (r *Result) tally(p *ots.Proof) {
	r.Anchored, r.Of = verify.Calendars(p.Tree)
	for _, w := range verify.Waiting(p.Tree) {
		if t, ok := since(w.Commitment); ok && (r.Since.IsZero() || t.Before(r.Since)) {
			r.Since = t
		}
	}
}
