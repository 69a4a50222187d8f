package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A Judge decides about proofs by the headers of one chain. It may be used
// concurrently.
type Judge struct {
	Chain   *bitcoin.Chain
	Require bitcoin.Rung // a claim below it is Undecided; zero means explorer
}

// Proof judges a proof for the document with the given digest under the
// proof's file hash. The digests are compared before anything else: bytes that
// are not those stamped are Changed and cost no request.
func (j Judge) Proof(ctx context.Context, p *ots.Proof, digest []byte) Outcome {
	if !bytes.Equal(digest, p.Digest) {
		return NotStamped(p, digest, "not the bytes that were stamped")
	}
	o := j.Claims(ctx, p)
	o.Digest = digest
	return o
}

// NotStamped is the outcome Changed for a document that the proof is not for;
// digest is nil where there are no bytes to hash.
func NotStamped(p *ots.Proof, digest []byte, reason string) Outcome {
	o := describe(p)
	o.Status, o.Digest, o.Reason = Changed, digest, reason
	return o
}

// Claims judges what a proof says of its digest, whatever the document.
func (j Judge) Claims(ctx context.Context, p *ots.Proof) Outcome {
	o := describe(p)
	if o.Status == Unsupported {
		return o
	}
	for i := range o.Claims {
		j.judge(ctx, &o.Claims[i])
	}
	o.conclude()
	return o
}

// Unreadable is the outcome for a proof that does not parse.
func Unreadable(err error) Outcome {
	o := Outcome{Status: Failed, Reason: "the proof cannot be read: " + err.Error()}
	for _, known := range []error{ots.ErrVersion, ots.ErrFileHash, ots.ErrUnknownOp, ots.ErrTooLarge} {
		if errors.Is(err, known) {
			o.Status = Unsupported
		}
	}
	return o
}

// describe fills in what a proof says of itself, nothing judged; a proof with
// too many claims is Unsupported already. The outcome owns its bytes: it may
// outlive thousands of proofs.
func describe(p *ots.Proof) Outcome {
	o := Outcome{Hash: p.Hash, Stamped: bytes.Clone(p.Digest), WeakHash: p.Hash != ots.SHA256}
	if o.WeakHash {
		o.Findings = append(o.Findings, "weak file hash: another document may share it")
	}
	if p.HasDuplicates() {
		text := "the proof holds two identical operations in one node: other clients read only the last"
		if n := len(p.Hidden()); n > 0 {
			text += fmt.Sprintf(", %d of its claims are hidden from them and not judged", n)
		}
		o.Findings = append(o.Findings, text)
	}
	claims := p.Claims()
	if o.Reason = tooMany(claims); o.Reason != "" {
		o.Status = Unsupported
		return o
	}
	for _, c := range claims {
		a := ots.Attestation{Tag: c.Attestation.Tag, Payload: bytes.Clone(c.Attestation.Payload)}
		o.Claims = append(o.Claims, Claim{Attestation: a, Msg: bytes.Clone(c.Msg)})
	}
	return o
}

// OverLimit says which limit on claims a proof exceeds, "" if none: such a proof
// is Unsupported, and must not be written.
func OverLimit(p *ots.Proof) string { return tooMany(p.Claims()) }

// tooMany says which limit on claims a proof exceeds, "" if none.
func tooMany(claims []ots.Claim) string {
	var blocks, pending, others int
	for _, c := range claims {
		switch c.Attestation.Kind() {
		case ots.KindBitcoin:
			blocks++
		case ots.KindPending:
			pending++
		default:
			others++
		}
	}
	for _, k := range []struct {
		n, most int
		kind    string
	}{{blocks, MaxBitcoinClaims, "Bitcoin"}, {pending, MaxPendingClaims, "pending"}, {others, MaxOtherClaims, "other"}} {
		if k.n > k.most {
			return fmt.Sprintf("the proof has %d %s claims, more than the %d that are judged", k.n, k.kind, k.most)
		}
	}
	return ""
}

// Claim judges one claim by itself, for example one that a calendar sent.
func (j Judge) Claim(ctx context.Context, claim ots.Claim) Claim {
	c := Claim{Attestation: claim.Attestation, Msg: claim.Msg}
	j.judge(ctx, &c)
	return c
}

func (j Judge) judge(ctx context.Context, c *Claim) {
	switch c.Attestation.Kind() {
	case ots.KindPending:
		c.Status, c.Reason = Pending, "the proof holds only its calendars' promises"
	case ots.KindBitcoin:
		j.bitcoinClaim(ctx, c)
	default:
		c.Reason = "this kind of attestation is not judged"
	}
}

func (j Judge) bitcoinClaim(ctx context.Context, c *Claim) {
	height := c.Attestation.Height()
	if len(c.Msg) != len(bitcoin.Hash{}) {
		c.Status = Failed
		c.Reason = fmt.Sprintf("a merkle root has 32 bytes, this claim has %d", len(c.Msg))
		return
	}
	c.Evidence = j.Chain.Root(ctx, height, bitcoin.Hash(c.Msg))
	e := c.Evidence
	switch e.Verdict {
	case bitcoin.Match:
		if e.Rung < j.Require {
			c.Status = Undecided
			c.Reason = fmt.Sprintf("block %d was checked at rung %s, %s is required", height, e.Rung, j.Require)
			return
		}
		c.Status = Confirmed
	case bitcoin.Mismatch:
		c.Status = Failed
		c.Reason = fmt.Sprintf("the proof does not lead to block %d", height)
		if e.Reason != "" { // by more than the word of explorers
			c.Reason += ": " + e.Reason
		}
	case bitcoin.Disputed:
		c.Status = Disputed
		c.Reason = fmt.Sprintf("sources contradict each other about block %d", height)
	case bitcoin.Immature:
		c.Status = Pending
		c.Reason = fmt.Sprintf("block %d has %d of %d confirmations", height, e.Confirmations, j.Chain.MinConfirmations())
	default:
		c.Status = Undecided
		c.Reason = e.Reason
	}
}

// conclude sets the headline: Confirmed if any claim is (the earliest one that
// reaches the required rung), else Disputed, Failed, Undecided, Pending.
func (o *Outcome) conclude() {
	best := o.pick()
	if best == nil {
		o.Status, o.Reason = Unsupported, "the proof has neither a Bitcoin claim nor a calendar to ask"
		return
	}
	o.Status, o.Reason, o.Hints = best.Status, best.Reason, best.Evidence.Hints
	switch e := best.Evidence; best.Status {
	case Confirmed:
		o.Rung, o.Height, o.Header = e.Rung, e.Height, *e.Header
		o.ClaimDate, o.BlockTime, o.NotAfter = bitcoin.ClaimDate(*e.Header, e.NotAfter), e.Header.Time(), e.NotAfter
	case Pending:
		o.Confirmations = e.Confirmations
	}
	o.mention(best)
}

// pick returns the claim the headline rests on, nil when none was judged.
func (o *Outcome) pick() *Claim {
	rank := map[Status]int{Pending: 1, Undecided: 2, Failed: 3, Disputed: 4, Confirmed: 5}
	var best *Claim
	for i := range o.Claims {
		c := &o.Claims[i]
		if rank[c.Status] == 0 {
			continue
		}
		switch {
		case best == nil || rank[c.Status] > rank[best.Status]:
			best = c
		case c.Status == Confirmed && best.Status == Confirmed && c.Evidence.Height < best.Evidence.Height:
			best = c
		case c.Status == Pending && best.Status == Pending && c.Evidence.Confirmations > best.Evidence.Confirmations:
			best = c
		}
	}
	return best
}

// mention records what stands beside the headline: claims that failed, are
// disputed or could not be checked, and sources that were caught out.
func (o *Outcome) mention(headline *Claim) {
	seen := map[string]bool{o.Reason: true}
	add := func(text string) {
		if !seen[text] {
			seen[text] = true
			o.Findings = append(o.Findings, text)
		}
	}
	for i := range o.Claims {
		c := &o.Claims[i]
		if c != headline && (c.Status == Failed || c.Status == Disputed || c.Status == Undecided) {
			add(c.Reason)
		}
		for _, a := range c.Evidence.Answers {
			if errors.Is(a.Err, bitcoin.ErrInconsistent) {
				add("excluded " + a.Source + ": " + a.Err.Error())
			}
		}
	}
}
