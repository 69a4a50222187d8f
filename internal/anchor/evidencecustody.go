package anchor

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
)

// Custody is the log of a record from a commit's history: the commits that touched
// it, oldest first, and what each did to its proof. Signatures are seen and not
// judged: that takes programs which the repository's configuration may name. Errors
// are those of Repo.Touches.
func (s *Session) Custody(ctx context.Context, c gitrepo.Commit, id string) ([]evidence.Entry, error) {
	touches, err := s.Repo.Touches(ctx, c, path.Join(evidenceDir, id))
	if err != nil {
		return nil, err
	}
	return s.custody(ctx, id, touches)
}

// custody is Custody where it is known who touched the record.
func (s *Session) custody(ctx context.Context, id string, touches []gitrepo.Touch) ([]evidence.Entry, error) {
	d := s.evidenceDocument(id)
	t := &tracing{s: s, proof: d.proof, dir: path.Dir(d.path) + "/"}
	for len(touches) > 0 {
		n := 1
		for n < len(touches) && touches[n].Commit == touches[0].Commit {
			n++
		}
		if err := t.commit(ctx, touches[:n]); err != nil {
			return nil, err
		}
		touches = touches[n:]
	}
	evidence.Chain(t.entries)
	return t.entries, nil
}

// A tracing is one run of Custody.
type tracing struct {
	s       *Session
	proof   string
	dir     string
	now     *ots.Proof // the proof after the last commit, nil for none
	lost    bool       // there was one, and then none
	entries []evidence.Entry
}

// maxTouched is how many files of one commit an entry names.
const maxTouched = 8

// commit adds what one commit did.
func (t *tracing) commit(ctx context.Context, touches []gitrepo.Touch) error {
	o, err := t.s.Repo.Object(ctx, touches[0].Commit)
	if err != nil {
		return err
	}
	who := signedBy(o.Data)
	entry := evidence.Entry{Kind: evidence.KindCommit, Commit: o.ID, At: who.committed, By: who.committer, Signature: who.signature}
	var files []string
	for _, touch := range touches {
		verb := ""
		if touch.Blob == "" {
			verb = " (removed)"
		}
		files = append(files, printable.Text(strings.TrimPrefix(touch.Path, t.dir), 200)+verb)
	}
	if more := len(files) - maxTouched; more > 0 {
		files = append(files[:maxTouched], fmt.Sprintf("%d more", more))
	}
	entry.Claim = fmt.Sprintf("%q touched %s; author %s at %s",
		who.subject, strings.Join(files, ", "), who.author, who.authored.Format(time.RFC3339))
	t.entries = append(t.entries, entry)
	entry.Signature = ""
	for _, touch := range touches {
		if touch.Path == t.proof {
			return t.proofNow(ctx, entry, touch.Blob)
		}
	}
	return nil
}

// proofNow adds what became of the proof.
func (t *tracing) proofNow(ctx context.Context, e evidence.Entry, blob string) error {
	next, err := t.read(ctx, blob)
	if err != nil {
		return err
	}
	before := t.now
	t.now = next
	switch {
	case next == nil && before == nil:
		return nil
	case next == nil:
		t.lost = true
		e.Kind, e.Claim = evidence.KindLost, "the proof is gone, or cannot be read"
	case before == nil && t.lost:
		e.Kind, e.Claim = evidence.KindStamp, "there is a proof again: "+claimsText(next.Claims())
	case before == nil:
		e.Kind, e.Claim = evidence.KindStamp, "the proof is there: "+claimsText(next.Claims())
	case !twins(before, next):
		e.Kind, e.Claim = evidence.KindLost, "the proof is another, for another digest"
	default:
		gained, lost := before.Missing(next), next.Missing(before)
		if len(gained) > 0 {
			e.Kind, e.Claim = evidence.KindUpgrade, "the proof gained "+claimsText(gained)
			t.entries = append(t.entries, e)
		}
		if len(lost) == 0 {
			return nil
		}
		e.Kind, e.Claim = evidence.KindLost, "the proof lost "+claimsText(lost)
	}
	t.entries = append(t.entries, e)
	return nil
}

// read reads a proof of history, nil where it is none.
func (t *tracing) read(ctx context.Context, blob string) (*ots.Proof, error) {
	if blob == "" {
		return nil, nil
	}
	b, err := t.s.Repo.BlobOf(ctx, gitrepo.Entry{Path: t.proof, Mode: 0o100644, ID: blob})
	if err != nil {
		return nil, err
	}
	if b.Size > ots.MaxProof {
		return nil, nil
	}
	raw, err := b.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	p, err := ots.Parse(raw)
	if err != nil {
		return nil, nil
	}
	return p, nil
}

// claimsText says what claims a proof has, the heights of blocks with it.
func claimsText(claims []ots.Claim) string {
	var blocks []string
	pending, others, more := 0, 0, 0
	for _, c := range claims {
		switch c.Attestation.Kind() {
		case ots.KindBitcoin:
			if len(blocks) == maxTouched {
				more++
				continue
			}
			blocks = append(blocks, strconv.FormatUint(c.Attestation.Height(), 10))
		case ots.KindPending:
			pending++
		default:
			others++
		}
	}
	if more > 0 {
		blocks = append(blocks, fmt.Sprintf("%d more", more))
	}
	var parts []string
	if len(blocks) > 0 {
		parts = append(parts, "Bitcoin block "+strings.Join(blocks, ", "))
	}
	if pending > 0 {
		parts = append(parts, fmt.Sprintf("pending claims: %d", pending))
	}
	if others > 0 {
		parts = append(parts, fmt.Sprintf("other claims: %d", others))
	}
	return strings.Join(parts, ", ")
}

// A signatory is what a commit's object says of its making.
type signatory struct {
	author, committer   string
	authored, committed time.Time
	subject, signature  string // the latter one of package evidence
}

// signedBy reads the header of a commit's object. What is not there stays empty.
func signedBy(raw []byte) signatory {
	who := signatory{signature: evidence.Unsigned}
	head, message, _ := strings.Cut(string(raw), "\n\n")
	for line := range strings.SplitSeq(head, "\n") {
		name, value, _ := strings.Cut(line, " ")
		switch name {
		case "author":
			who.author, who.authored = person(value)
		case "committer":
			who.committer, who.committed = person(value)
		case "gpgsig", "gpgsig-sha256":
			who.signature = signatureKind(value)
		}
	}
	subject, _, _ := strings.Cut(message, "\n")
	who.subject = printable.Text(subject, 200)
	return who
}

// signatureKind is which program's a signature looks like, by its first line.
func signatureKind(first string) string {
	switch first {
	case "-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----":
		return evidence.SignedPGP
	case "-----BEGIN SSH SIGNATURE-----":
		return evidence.SignedSSH
	case "-----BEGIN SIGNED MESSAGE-----":
		return evidence.SignedX509
	}
	return evidence.SignedOther
}

// person takes "Name <mail> seconds zone" apart.
func person(value string) (name string, at time.Time) {
	end := strings.LastIndexByte(value, '>') + 1
	seconds, _, _ := strings.Cut(strings.TrimSpace(value[end:]), " ")
	if n, err := strconv.ParseInt(seconds, 10, 64); err == nil && n >= 0 && n < 1<<37 {
		at = time.Unix(n, 0).UTC()
	}
	return printable.Text(value[:end], 200), at.UTC()
}
