// Package certificate renders what is known of one document and its proof as
// something to hand over: an HTML page that checks itself, a PDF, and the empty
// verifier page.
//
// Start with Certificate: fill it, then call HTML or PDF. Both call Check first
// and refuse a certificate whose parts do not agree with each other. Verifier
// is the page for a reader who has a document and a proof and no certificate.
//
// A page is one file without references to others. It carries the proof, the
// block header and a verifier in JavaScript under a Content-Security-Policy that
// names the hashes of its own script and style and allows no request, so that
// what is dropped on it cannot leave the browser. It can be edited like any
// file: it finds damage, and edits of what it carries, but not of itself, and
// says so.
//
// The package judges nothing: it is handed an Outcome. It uses no network,
// files, clock or randomness, so that the same certificate gives the same bytes.
package certificate

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Limits on what a certificate carries.
const (
	MaxDocument   = 20 << 20     // bytes of a document that is embedded
	MaxOperations = ots.MaxDepth // operations of the headline's path: all that a path can have
	MaxClaims     = 64           // claims that are listed; others are counted
	MaxListed     = 200          // custody entries, and files of a record, that are listed; others are counted
)

// A State is what a certificate is about; the word is that of JSON output.
type State string

// The states a certificate can be in.
const (
	Confirmed State = "confirmed" // a Bitcoin claim was checked against a header
	Pending   State = "pending"   // no block yet: proves nothing to a third party
	Changed   State = "changed"   // the bytes are not those that were stamped
)

// A Certificate is what is known of one document and its proof at one moment.
type Certificate struct {
	Name   string // of the file, without directories
	Title  string // from its front matter, "" if none; that of a record of evidence is in Evidence
	Size   int64  // bytes of the document
	SHA256 [sha256.Size]byte

	// Where it stands in a repository: for information, "" outside one.
	Path, Blob, Commit string
	Committed          time.Time // by the committer's clock

	Proof   []byte         // the .ots file, whole
	Outcome verify.Outcome // Confirmed, Pending or Changed
	Regtest bool           // it proves nothing, and every page says so

	Made time.Time // when, in UTC; shown to the second; zero for a certificate that does not say
	Tool string    // the version that made it, as "git-anchor 1.2.3"

	Document []byte           // embedded where it is not nil; its size is Size
	Evidence *evidence.Record // what it is a record of, nil for other documents: claims of whoever made it
	Custody  []evidence.Entry // what git's history says of the document: claims
}

// Errors that Check wraps.
var (
	ErrState    = errors.New("there is a certificate only of what is confirmed, pending or changed")
	ErrDisagree = errors.New("the parts of the certificate do not agree")
	ErrTooLarge = errors.New("too large for a certificate")
)

// State returns what the certificate is about, "" for an outcome that has none.
func (c *Certificate) State() State {
	switch c.Outcome.Status {
	case verify.Confirmed:
		return Confirmed
	case verify.Pending:
		return Pending
	case verify.Changed:
		return Changed
	}
	return ""
}

// Check reports whether the parts agree: the proof parses and is for the digest
// that the outcome names; the digest is the document's where the state says so,
// and another where it is Changed; the header of a confirmed one meets its own
// difficulty, and a claim of the proof at its height has its merkle root. The
// error wraps ErrState, ErrDisagree, ErrTooLarge or a condition of package ots.
func (c *Certificate) Check() error {
	if c.State() == "" {
		return fmt.Errorf("%w, not %s", ErrState, c.Outcome.Status)
	}
	if len(c.Document) > MaxDocument {
		return fmt.Errorf("%w: a document of %d bytes is not embedded, at most %d", ErrTooLarge, len(c.Document), MaxDocument)
	}
	p, err := ots.Parse(c.Proof)
	if err != nil {
		return fmt.Errorf("read the certificate's proof: %w", err)
	}
	if err := c.checkDigests(p); err != nil {
		return err
	}
	if c.State() == Confirmed {
		_, err = c.Headline(p)
	}
	return err
}

func (c *Certificate) checkDigests(p *ots.Proof) error {
	o := c.Outcome
	same := bytes.Equal(o.Digest, o.Stamped)
	switch {
	case p.Hash != o.Hash || !bytes.Equal(p.Digest, o.Stamped):
		return fmt.Errorf("%w: the outcome is about another proof", ErrDisagree)
	case c.State() == Changed && same:
		return fmt.Errorf("%w: changed, with the digest that was stamped", ErrDisagree)
	case c.State() != Changed && !same:
		return fmt.Errorf("%w: %s, with another digest than was stamped", ErrDisagree, c.State())
	case p.Hash == ots.SHA256 && len(o.Digest) > 0 && !bytes.Equal(o.Digest, c.SHA256[:]):
		return fmt.Errorf("%w: the document's digest is not that of the outcome", ErrDisagree)
	case c.Document != nil && (int64(len(c.Document)) != c.Size || sha256.Sum256(c.Document) != c.SHA256):
		return fmt.Errorf("%w: the embedded document is not the one described", ErrDisagree)
	case c.Evidence != nil && c.Evidence.Digest != c.SHA256:
		return fmt.Errorf("%w: the record of evidence is not the document", ErrDisagree)
	}
	return nil
}

// Headline returns the claim of a confirmed certificate's proof that its header
// bears out. The error wraps ErrDisagree.
func (c *Certificate) Headline(p *ots.Proof) (ots.Claim, error) {
	if c.State() != Confirmed {
		return ots.Claim{}, fmt.Errorf("%w: %s, so it rests on no block", ErrDisagree, c.Outcome.Status)
	}
	if err := c.Outcome.Header.CheckWork(); err != nil {
		return ots.Claim{}, fmt.Errorf("%w: %w", ErrDisagree, err)
	}
	root := c.Outcome.Header.MerkleRoot()
	for _, claim := range p.Claims() {
		a := claim.Attestation
		if a.Kind() == ots.KindBitcoin && a.Height() == c.Outcome.Height && bytes.Equal(claim.Msg, root[:]) {
			return claim, nil
		}
	}
	return ots.Claim{}, fmt.Errorf("%w: no claim of the proof leads to the header at height %d", ErrDisagree, c.Outcome.Height)
}

// An Operation is one step from the document's digest to a claim's message.
type Operation struct {
	Name   string // as the reference client prints it, without the argument
	Arg    []byte // of append and prepend, else nil
	Result []byte
}

// Operations returns every operation of the path to a claim of the proof, in
// order. The last result is the claim's message.
func Operations(p *ots.Proof, claim ots.Claim) ([]Operation, error) {
	msg := p.Digest
	var list []Operation
	for _, op := range claim.Path() {
		result, err := op.Apply(msg)
		if err != nil {
			return nil, fmt.Errorf("compute the path: %w", err)
		}
		list = append(list, Operation{op.Tag.String(), op.Arg, result})
		msg = result
	}
	if !bytes.Equal(msg, claim.Msg) {
		return nil, fmt.Errorf("%w: the claim is not one of this proof", ErrDisagree)
	}
	return list, nil
}

// Sources returns who bore out the header of a confirmed certificate: names of
// sources, none where it is in the program's own table.
func (c *Certificate) Sources() []string { return c.Outcome.Sources() }
