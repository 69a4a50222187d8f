package certificate

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

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
	text := w.say("claim.bitcoin", "height", strconv.FormatUint(a.Height(), 10))
	if regtest {
		text += " (regtest)"
	}
	return text
}

// lists adds what else there is to know.
func (v *view) lists(c *Certificate) {
	w := v.words
	var notes, attachments, custody list
	for _, text := range c.Outcome.Findings {
		notes.Items = append(notes.Items, item{printable.Text(text, longestLine), ""})
	}
	for _, f := range c.named() {
		text := w.say(f.role) + ": " + printable.Text(f.shown(), longestName) + ", " + w.say("bytes", "n", strconv.FormatInt(f.Size, 10))
		if !f.Kept() {
			text += ", " + w.say("away")
		}
		attachments.Items = append(attachments.Items, item{text, hex.EncodeToString(f.SHA256[:])})
	}
	for _, e := range c.Custody {
		text := fmt.Sprintf("%s UTC: %s, %s", e.At.UTC().Format(time.DateTime), printable.Text(e.Kind+": "+e.Claim, longestLine), printable.Text(e.By, longestName))
		if said := e.SignatureText(); said != "" {
			text += ", " + w.say("custody.signature", "signature", printable.Text(said, longestName))
		}
		custody.Items = append(custody.Items, item{text, strings.TrimSpace(e.Commit + " " + e.Hash)})
	}
	notes.English, custody.Note = true, w.say("custody.note")
	for _, l := range []struct {
		list
		key string
	}{{notes, "notes"}, {attachments, "attachments"}, {custody, "custody"}} {
		n := len(l.Items)
		if n == 0 {
			continue
		}
		l.Title = w.say(l.key, "n", strconv.Itoa(n))
		if n > MaxListed {
			l.Items, l.Left = l.Items[:MaxListed], w.say("more", "n", strconv.Itoa(n-MaxListed))
		}
		v.Lists = append(v.Lists, l.list)
	}
}
