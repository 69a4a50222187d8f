package report

import (
	"encoding/base64"
	"encoding/hex"
	"time"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

func document(r anchor.Result) documentJSON {
	o, row := r.Outcome, verdictRow(r)
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
	d.Version, d.Month = versionRow(r), monthMadeRow(r.Snapshot)
	if r.Recorded != nil {
		item := evidenceRow(itemOf(r))
		d.Evidence = &item
	}
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
