package certificate

import (
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

func pageOf(t testing.TB, c *Certificate, lang Lang) string {
	t.Helper()
	page, err := c.HTML(lang)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

func TestSameBytesTwice(t *testing.T) {
	for _, state := range states() {
		first, again := pageOf(t, sample(t, state), "fr"), pageOf(t, sample(t, state), "fr")
		if first != again {
			t.Errorf("%s: another page the second time", state)
		}
	}
}

// Nothing that is not ours becomes markup, ends a script, or turns the line.
func TestHostileText(t *testing.T) {
	evil := "</script><script>alert(1)</script>\u202e\u0000\"'><img src=x onerror=alert(1)>{{.}}\n\x1b[31m" + strings.Repeat("ü😀", 2000)
	for _, state := range states() {
		c := sample(t, state)
		clean := pageOf(t, c, "en")
		c.Name, c.Path, c.Tool = evil, evil, "git-anchor"
		c.Evidence.Title, c.Evidence.URL, c.Evidence.Attachments[0].Name = evil, "javascript:alert(1)//"+evil, evil
		c.Evidence.By, c.Evidence.Note, c.Evidence.Matches[0] = evil, evil, evidence.Match{Quote: evil, Where: evil}
		c.Custody[0].By, c.Custody[0].Claim = evil, evil
		c.Outcome.Findings = []string{evil}
		for i := range c.Outcome.Claims {
			c.Outcome.Claims[i].Reason = evil
			c.Outcome.Claims[i].Evidence.Answers[0].Source = evil
		}
		page := pageOf(t, c, "en")
		for _, tag := range []string{"<script", "</script", "<img", "<style", "<meta"} {
			if got, want := strings.Count(page, tag), strings.Count(clean, tag); got != want {
				t.Errorf("%s: %d of %s, %d without hostile text", state, got, tag, want)
			}
		}
		if strings.ContainsAny(page, "\u202e\x00\x1b") {
			t.Errorf("%s: a control character is in the page", state)
		}
		if len(page) > 80_000 {
			t.Errorf("%s: %d bytes", state, len(page))
		}
	}
}

// Operations are left to the script, which has all of them in the proof; claims
// are listed up to a limit, and the rest is counted.
func TestManyOperations(t *testing.T) {
	for _, extra := range []int{0, 1} {
		c := sample(t, Pending)
		ops := make([]ots.Op, 0, ots.MaxDepth)
		for range ots.MaxDepth {
			ops = append(ops, ots.Op{Tag: ots.SHA256})
		}
		proof, root := written(t, c.Document, ops, ots.BitcoinAt(7))
		h := mined(t, root)
		c.Proof = proof
		c.Outcome.Status, c.Outcome.Height, c.Outcome.Header, c.Outcome.Rung = verify.Confirmed, 7, h, bitcoin.RungChain
		c.Outcome.ClaimDate = bitcoin.ClaimDate(h, time.Time{})
		c.Outcome.Claims = claimsOf(MaxClaims + extra)
		page := pageOf(t, c, "en")
		if !strings.Contains(page, "from the digest to the block ("+strconv.Itoa(ots.MaxDepth)+")</summary>") || strings.Contains(page, "<tr><td>") {
			t.Error("the operations are not counted, or are in the page twice")
		}
		if got := strings.Contains(page, "1 further claim is in the proof."); got != (extra == 1) {
			t.Errorf("%d claims: further ones are counted: %v", MaxClaims+extra, got)
		}
	}
}

func claimsOf(n int) []verify.Claim {
	list := make([]verify.Claim, n)
	for i := range list {
		list[i] = verify.Claim{Attestation: ots.BitcoinAt(uint64(i)), Msg: make([]byte, 32), Status: verify.Undecided}
	}
	return list
}

// What a state must say, and must not.
func TestStatesCannotBeTakenForEachOther(t *testing.T) {
	for _, state := range states() {
		c := sample(t, state)
		page := pageOf(t, c, "en")
		body := page[strings.Index(page, "<body"):strings.Index(page, `<script type="application/json" id="data"`)]
		has := map[string]bool{
			"These exact bytes existed no later than":           state == Confirmed,
			"proves nothing to a third party":                   state == Pending,
			"No Bitcoin block stands behind":                    state == Pending,
			"For those that were stamped the proof may be good": state == Changed,
			"no block is confirmed":                             false,
			`data-is="height"`:                                  state == Confirmed,
			`data-is="stamped"`:                                 state == Changed,
			"✔":                                                 false, // that is for the script to say
			hex.EncodeToString(c.Outcome.Stamped):               true,
			hex.EncodeToString(c.Outcome.Digest):                true,
			"An edited page cannot detect itself":               true,
			"regtest":                                           false,
		}
		for text, want := range has {
			if strings.Contains(body, text) != want {
				t.Errorf("%s: contains %q is %v", state, text, !want)
			}
		}
	}
}

// On regtest nothing of a page reads as if it were about Bitcoin's chain.
func TestRegtestIsSaidEverywhere(t *testing.T) {
	for _, state := range states() {
		c := sample(t, state)
		c.Regtest = true
		page := pageOf(t, c, "de")
		want := []string{
			`<p class="regtest"><strong>regtest, beweist nichts</strong>. Hier geht es um eine private Testkette`,
			"<title>regtest, beweist nichts: ", "</span> (regtest)</p>", "<li>regtest, beweist nichts. Hier geht es",
		}
		if state != Changed {
			want = append(want, `<h1>regtest, beweist nichts.</h1>`, "Wer sagt, dass der Block zur Kette gehört?")
		}
		if state == Confirmed {
			want = append(want, "<h2>regtest</h2>", "bitcoin-cli -regtest getblockheader", `<p class="answer">regtest, beweist nichts: `, "Block 911842 von regtest: ")
		}
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: does not say %s", state, text)
			}
		}
		for _, text := range []string{"Genau diese Bytes gab es", "Der Digest dieser Bytes ist im Bitcoin-Block", "<h2>Der Block</h2>", "bitcoin-cli getblockheader", "kein Bitcoin-Block", "gehört zu Bitcoin", "zu Bitcoin gehört"} {
			if body := page[:strings.Index(page, `id="data"`)]; strings.Contains(body, text) {
				t.Errorf("%s: says %s", state, text)
			}
		}
	}
}

// The steps of a page are about what it says.
func TestManualSteps(t *testing.T) {
	for state, want := range map[State][]string{
		Confirmed: {"It must be", "sha256sum FILE", "shasum -a 256 FILE", "certutil -hashfile FILE SHA256", "ots verify -f FILE", "bitcoin-cli getblockheader", "by hand"},
		Pending:   {"It must be", "sha256sum FILE", "ots upgrade", "ots verify -f FILE"},
		Changed:   {"and not the one that was stamped", "sha256sum FILE", "ots info", "git log --follow"},
	} {
		page := pageOf(t, sample(t, state), "en")
		_, steps, _ := strings.Cut(page, `<ol class="steps">`)
		steps, _, _ = strings.Cut(steps, "</ol>")
		for _, text := range want {
			before, rest, ok := strings.Cut(steps, text)
			if !ok {
				t.Errorf("%s: no %q behind what comes before it: %s", state, text, steps)
			}
			_, steps = before, rest
		}
	}
}

// The day of a block near midnight is explained, and so is the median time.
func TestDayIsExplained(t *testing.T) {
	c := sample(t, Confirmed)
	if page := pageOf(t, c, "en"); !strings.Contains(page, "that of two hours after the block time") || strings.Contains(page, `data-is="after"`) {
		t.Error("the day is not explained, or there is a median time")
	}
	c.Outcome.NotAfter = time.Date(2025, 8, 29, 0, 0, 5, 0, time.UTC)
	if page := pageOf(t, c, "en"); !strings.Contains(page, `data-is="after"><time>2025-08-29</time> 00:00:05 UTC<`) {
		t.Error("the median time is not shown")
	}
}

// On a test chain there is no day to explain.
func TestNoDayOnRegtest(t *testing.T) {
	c := sample(t, Confirmed)
	c.Regtest = true
	if page := pageOf(t, c, "en"); strings.Contains(page, "the headline names a day") {
		t.Error("a day is explained that the headline does not name")
	}
}

func BenchmarkHTML(b *testing.B) {
	c := sample(b, Confirmed)
	for b.Loop() {
		if _, err := c.HTML("en"); err != nil {
			b.Fatal(err)
		}
	}
}
