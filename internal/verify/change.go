package verify

import (
	"context"
	"fmt"
	"slices"

	"github.com/openllmo/git-anchor/internal/ots"
)

// A Rule is the word for what a change must not do to anchored documents, or
// for what its reviewer should know.
type Rule string

// Rules that a change may break.
const (
	RuleEdited      Rule = "edited"             // an anchored document changed, and its proof was not superseded
	RuleMoved       Rule = "moved"              // it was renamed, and its proof was not
	RuleDeleted     Rule = "deleted"            // a proof, or the document of one, is gone
	RuleDropped     Rule = "superseded-dropped" // a proof of an earlier version is gone
	RuleReplaced    Rule = "replaced"           // a proof is for another digest than before
	RuleWeakened    Rule = "weakened"           // claims of a proof are gone
	RuleUnconfirmed Rule = "unconfirmed"        // a new Bitcoin claim is not confirmed
	RuleForeign     Rule = "foreign-claim"      // a new claim at a calendar that may not be asked, or of an unknown kind
	RuleOtherBytes  Rule = "other-bytes"        // a new proof is not for the document beside it
	RuleMalformed   Rule = "malformed"          // a new proof cannot be read
	RuleDuplicates  Rule = "duplicate-ops"      // other clients read only a part of it
	RuleTooLarge    Rule = "too-large"          // it is past a limit of ours
	RuleWeakHash    Rule = "weak-hash"          // a new proof whose file hash is not SHA-256
	RuleNotAnchored Rule = "not-anchored"       // an accepted document without the proof that the configuration requires
	RuleRegistry    Rule = "registry"           // a month of the registry is none, or does not follow the one before it
)

// What breaks no rule, and a reviewer should know.
const (
	NoticeUncovered Rule = "uncovered"      // the configuration no longer speaks about anchored documents
	NoticeRegistry  Rule = "registry-rules" // where months lie, when they are due or what they are made from changed
	NoticeWorkflow  Rule = "workflow"       // a workflow that runs git-anchor changed
	NoticeOrphan    Rule = "orphan"         // a new proof without a document beside it
)

// A Fault is a rule that a proof at the head of a change breaks: Failed, or
// Undecided or Disputed where a header could not be had.
type Fault struct {
	Rule   Rule
	Text   string // one sentence without a full stop
	Hint   string // one thing to do about it
	Status Status
}

func fault(rule Rule, hint, format string, args ...any) Fault {
	return Fault{Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint, Status: Failed}
}

// Added judges what a proof of size bytes brings that none of the base's proofs
// for the same digest, which are given, held: Bitcoin claims must be Confirmed
// now, pending ones be at a calendar for which mayWrite returns true, and
// nothing else may be new. Without a base all of it is new.
func (j Judge) Added(ctx context.Context, head *ots.Proof, size int, base []*ots.Proof, mayWrite func(uri string) bool) []Fault {
	var faults []Fault
	if head.HasDuplicates() {
		faults = append(faults, fault(RuleDuplicates, "git anchor upgrade writes it in a form that everybody reads whole",
			"the proof holds two identical operations in one node: other clients read only the last"))
	}
	if size > ots.MaxWritten {
		faults = append(faults, fault(RuleTooLarge, "", "the proof has %d bytes, more than the %d that may be written", size, ots.MaxWritten))
	}
	if head.Hash != ots.SHA256 && len(base) == 0 {
		faults = append(faults, fault(RuleWeakHash, "anchor it with git anchor, which uses SHA-256",
			"the file hash of the proof is %s: another document may share it", head.Hash))
	}
	if why := OverLimit(head); why != "" {
		return append(faults, fault(RuleTooLarge, "", "%s", why))
	}
	for _, c := range NewClaims(head, base) {
		if f, bad := j.added(ctx, c, mayWrite); bad {
			faults = append(faults, f)
		}
	}
	return faults
}

// NewClaims lists the claims of a proof that none of the base's holds.
func NewClaims(head *ots.Proof, base []*ots.Proof) []ots.Claim {
	known := map[claimKey]bool{}
	for _, p := range base {
		for _, c := range append(p.Claims(), p.Hidden()...) {
			known[identity(c)] = true
		}
	}
	return slices.DeleteFunc(head.Claims(), func(c ots.Claim) bool { return known[identity(c)] })
}

// added judges one new claim.
func (j Judge) added(ctx context.Context, c ots.Claim, mayWrite func(string) bool) (Fault, bool) {
	switch c.Attestation.Kind() {
	case ots.KindPending:
		if uri := c.Attestation.URI(); !mayWrite(uri) {
			return fault(RuleForeign, "take it out, or name the calendar: --calendar URL, or the Action's input calendars",
				"the new promise is of %q, which is not a calendar that may be asked", uri), true
		}
		return Fault{}, false
	case ots.KindBitcoin:
		judged := j.Claim(ctx, c)
		f := Fault{Rule: RuleUnconfirmed, Status: judged.Status}
		f.Text = fmt.Sprintf("the new claim on block %d is not confirmed: %s", c.Attestation.Height(), judged.Reason)
		switch judged.Status {
		case Confirmed:
			return Fault{}, false
		case Undecided:
			f.Hint = "check again when a source of block headers can be reached"
		case Disputed:
			f.Hint = "ask a source you trust: --explorer URL"
		case Pending:
			f.Status, f.Hint = Failed, "wait for six confirmations, then check again"
		default:
			f.Status, f.Hint = Failed, "git anchor upgrade writes only claims that were checked"
		}
		return f, true
	}
	return fault(RuleForeign, "take it out", "the proof holds a new attestation that nobody here can judge"), true
}

// A claimKey tells claims apart: what is attested, by what, with which payload.
// Joined into one text, a byte could go over from the one to the other.
type claimKey struct {
	tag          [8]byte
	msg, payload string
}

func identity(c ots.Claim) claimKey {
	return claimKey{c.Attestation.Tag, string(c.Msg), string(c.Attestation.Payload)}
}
