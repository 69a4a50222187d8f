package certificate

import (
	"encoding/hex"
	"strconv"

	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/verify"
)

// claims lists what the proof claims and what is known of it.
func (v *view) claims(c *Certificate) {
	w, all := v.words, c.Outcome.Claims
	if len(all) == 0 {
		return // nobody was asked
	}
	v.ClaimsTitle = w.say("claims", "n", strconv.Itoa(len(all)))
	if len(all) > MaxClaims {
		v.ClaimsLeft, all = w.say("claims.more", "n", strconv.Itoa(len(all)-MaxClaims)), all[:MaxClaims]
	}
	for _, one := range all {
		a, state, text := one.Attestation, one.Status.String(), ""
		switch a.Kind() {
		case ots.KindBitcoin:
			text = w.claimed(a, c.Regtest)
		case ots.KindPending:
			text = w.say("claim.pending", "uri", printable.Text(a.URI(), longestName))
		default:
			text = w.say("claim.other", "tag", hex.EncodeToString(a.Tag[:]))
		}
		reason := one.Reason
		if one.Status == verify.Pending {
			reason = "" // the word says it
		}
		v.Claims = append(v.Claims, claim{text, w.say("st." + state), printable.Text(reason, longestLine)})
	}
}

// claimed says which block an attestation names.
func (w words) claimed(a ots.Attestation, regtest bool) string {
	key := "claim.bitcoin"
	if regtest {
		key = "claim.regtest"
	}
	return w.say(key, "height", strconv.FormatUint(a.Height(), 10))
}

// noted lists what else the program noticed.
func (v *view) noted(c *Certificate) {
	w, all := v.words, c.Outcome.Findings
	if len(all) == 0 {
		return
	}
	shown, left := listed(w, all)
	v.Notes = &notes{Title: w.say("notes", "n", strconv.Itoa(len(all))), Left: left}
	for _, text := range shown {
		v.Notes.Texts = append(v.Notes.Texts, printable.Text(text, longestLine))
	}
}

// listed are those of all that are listed, and what is said of the others.
func listed[T any](w words, all []T) (shown []T, left string) {
	if len(all) <= MaxListed {
		return all, ""
	}
	return all[:MaxListed], w.say("more", "n", strconv.Itoa(len(all)-MaxListed))
}

// A custodyLog is the custody log. What is claimed is in English.
type custodyLog struct {
	Title, Left string
	Entries     []custodyEntry
}

type custodyEntry struct {
	At, Kind, Claim, By string
	Signature           string // "" where the entry is about none
	Commit, Hash        string
}

func (v *view) custody(c *Certificate) {
	w := v.words
	if len(c.Custody) == 0 {
		return
	}
	shown, left := listed(w, c.Custody)
	v.Custody = &custodyLog{Title: w.say("custody", "n", strconv.Itoa(len(c.Custody))), Left: left}
	for _, e := range shown {
		one := custodyEntry{
			At: moment(e.At), Kind: w.kind(e.Kind), Claim: printable.Text(e.Claim, longestLine), By: printable.Text(e.By, longestName),
			Commit: e.Commit, Hash: e.Hash,
		}
		if said := e.SignatureText(); said != "" {
			one.Signature = w.say("custody.signature", "signature", printable.Text(said, longestName))
		}
		v.Custody.Entries = append(v.Custody.Entries, one)
	}
}

// kind is the word for a kind of custody entries.
func (w words) kind(kind string) string {
	switch kind {
	case evidence.KindCommit, evidence.KindStamp, evidence.KindUpgrade, evidence.KindLost, evidence.KindMerge:
		return w.say("custody." + kind)
	}
	return printable.Text(kind, longestName)
}
