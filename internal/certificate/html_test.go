package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
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

// The policy allows exactly the script and the style that are in the page, and
// the page holds no other.
func TestPolicyNamesWhatIsInThePage(t *testing.T) {
	pages := map[string]string{}
	for _, state := range states() {
		pages[string(state)] = pageOf(t, sample(t, state), "uk")
	}
	for name, online := range map[string]bool{"verifier": false, "online": true} {
		page, err := Verifier("de", online)
		if err != nil {
			t.Fatal(err)
		}
		pages[name] = string(page)
	}
	one := func(page, pattern string) string {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(page, -1)
		if len(found) != 1 {
			t.Fatalf("%d of %s", len(found), pattern)
		}
		return found[0][1]
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			named := func(text string) string {
				sum := sha256.Sum256([]byte(text))
				return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
			}
			want := "default-src 'none'; script-src " + named(one(page, `(?s)<script>(.*?)</script>`)) +
				"; style-src " + named(one(page, `(?s)<style>(.*?)</style>`)) + "; base-uri 'none'; form-action 'none'"
			if name == "online" {
				want += "; connect-src https://blockstream.info https://mempool.space"
			}
			got := html.UnescapeString(one(page, `Content-Security-Policy" content="([^"]*)"`))
			if got != want {
				t.Errorf("policy\n%s\nwant\n%s", got, want)
			}
			if m := regexp.MustCompile(`(?i)<[^>]*\s(style|on[a-z]+|src|href)=`).FindString(page[:strings.Index(page, "<script")]); m != "" {
				t.Errorf("the page has %s", m)
			}
		})
	}
}

// A page stays below 40 KB, of a proof as large as four calendars make it, all of
// whose claims were looked up.
func TestPageIsSmall(t *testing.T) {
	for _, lang := range Langs() {
		c := sample(t, Confirmed)
		c.Document, c.Custody, c.Attachments, c.Title, c.URL, c.Path = nil, nil, nil, "", "", ""
		c.Blob, c.Commit, c.Committed = "", "", time.Time{}
		fourCalendars(t, c)
		size := len(pageOf(t, c, lang))
		limit := 40_000
		if lang == "uk" { // two bytes a letter
			limit = 42_500
		}
		if t.Logf("%s: %d bytes, the proof %d", lang, size, len(c.Proof)); size >= limit || len(c.Proof) < 4400 {
			t.Errorf("%s: %d bytes, not below %d; the proof has %d", lang, size, limit, len(c.Proof))
		}
	}
}

// The page has to stay small with the core in it.
func TestCoreIsSmall(t *testing.T) {
	raw, err := pageFiles.ReadFile("js/core.js")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(strip(string(raw), looseScript)); n == 0 || n > 11<<10 {
		t.Errorf("%d bytes, more than %d", n, 11<<10)
	}
}

// fourCalendars gives a certificate such a proof, with a promise and a block of
// each.
func fourCalendars(t testing.TB, c *Certificate) {
	t.Helper()
	headline := c.Outcome.Claims[0]
	p, err := ots.Parse(c.Proof)
	if err != nil {
		t.Fatal(err)
	}
	uris := []string{"https://bob.btc.calendar.opentimestamps.org", "https://finney.calendar.eternitywall.com", "https://btc.calendar.catallaxy.com", "https://alice.btc.calendar.opentimestamps.org"}
	for i, uri := range uris {
		ops := append([]ots.Op{{Tag: ots.Append, Arg: []byte{1: byte(i)}}}, climb(28)...)
		one, end, err := ots.Chain(ots.SHA256, p.Digest, ops)
		if err != nil {
			t.Fatal(err)
		}
		at := ots.BitcoinAt(headline.Attestation.Height() + uint64(i) + 1)
		end.Attestations = []ots.Attestation{at}
		if i > 0 {
			p.Tree.Branches = append(p.Tree.Branches, one.Tree.Branches...)
			c.Outcome.Claims = append(c.Outcome.Claims, verify.Claim{Attestation: at, Msg: end.Msg, Status: verify.Confirmed})
		}
		one.Tree.Branches[0].Tree.Attestations = []ots.Attestation{promise(t, uri)}
		c.Outcome.Claims = append(c.Outcome.Claims, verify.Claim{Attestation: promise(t, uri), Status: verify.Pending, Reason: "the proof holds only its calendars' promises"})
	}
	c.Proof = p.Bytes()
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
		c.Name, c.Title, c.URL, c.Path, c.Tool = evil, evil, "javascript:alert(1)//"+evil, evil, "git-anchor"
		c.Attachments[0].Name, c.Custody[0].Who, c.Custody[0].What = evil, evil, evil
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

// A certificate whose parts contradict each other is not made.
func TestCheckRefuses(t *testing.T) {
	other := sha256.Sum256([]byte("other"))
	tests := []struct {
		name   string
		state  State
		change func(*Certificate)
		want   error
	}{
		{"failed", Pending, func(c *Certificate) { c.Outcome.Status = verify.Failed }, ErrState},
		{"unjudged", Pending, func(c *Certificate) { c.Outcome = verify.Outcome{} }, ErrState},
		{"undecided", Confirmed, func(c *Certificate) { c.Outcome.Status = verify.Undecided }, ErrState},
		{"no proof", Confirmed, func(c *Certificate) { c.Proof = nil }, ots.ErrNotProof},
		{"bytes after the proof", Confirmed, func(c *Certificate) { c.Proof = append(c.Proof, 0) }, ots.ErrTrailing},
		{"another proof", Confirmed, func(c *Certificate) { c.Outcome.Stamped, c.Outcome.Digest = other[:], other[:] }, ErrDisagree},
		{"another digest", Confirmed, func(c *Certificate) { c.Outcome.Digest = other[:] }, ErrDisagree},
		{"another document", Confirmed, func(c *Certificate) { c.SHA256 = other; c.Document = nil }, ErrDisagree},
		{"another document embedded", Pending, func(c *Certificate) { c.Document[0] ^= 1 }, ErrDisagree},
		{"changed and the same", Changed, func(c *Certificate) { c.Outcome.Digest = c.Outcome.Stamped }, ErrDisagree},
		{"another height", Confirmed, func(c *Certificate) { c.Outcome.Height++ }, ErrDisagree},
		{"another root", Confirmed, func(c *Certificate) { c.Outcome.Header = mined(t, other[:]) }, ErrDisagree},
		{"no work", Confirmed, func(c *Certificate) { c.Outcome.Header[75] = 0x1d }, ErrDisagree},
		{"confirmed without a block", Pending, func(c *Certificate) { c.Outcome.Status = verify.Confirmed }, ErrDisagree},
		{"document too large", Confirmed, func(c *Certificate) { c.Document = make([]byte, MaxDocument+1) }, ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sample(t, tt.state)
			tt.change(c)
			if _, err := c.HTML("en"); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	c := sample(t, Confirmed)
	c.Document = make([]byte, MaxDocument)
	c.Size, c.SHA256 = MaxDocument, sha256.Sum256(c.Document)
	c.Outcome.Hash = ots.SHA256
	c.Proof, c.Outcome = atLimit(t, c)
	if _, err := c.HTML("en"); err != nil {
		t.Errorf("at the limits: %v", err)
	}
}

// atLimit is a pending proof of the certificate's document.
func atLimit(t *testing.T, c *Certificate) ([]byte, verify.Outcome) {
	proof, _ := written(t, c.Document, climb(2), promise(t, "https://alice.btc.calendar.opentimestamps.org"))
	return proof, verify.Outcome{Status: verify.Pending, Hash: ots.SHA256, Stamped: c.SHA256[:], Digest: c.SHA256[:]}
}

// The operations lead from the digest to the merkle root, and each result is
// what the operation makes of the one before.
func TestOperations(t *testing.T) {
	c := sample(t, Confirmed)
	p, err := ots.Parse(c.Proof)
	if err != nil {
		t.Fatal(err)
	}
	headline, err := c.Headline(p)
	if err != nil {
		t.Fatal(err)
	}
	list, err := Operations(p, headline)
	if err != nil {
		t.Fatal(err)
	}
	msg := p.Digest
	for i, op := range list {
		switch op.Name {
		case "sha256":
			sum := sha256.Sum256(msg)
			msg = sum[:]
		case "append":
			msg = append(bytes.Clone(msg), op.Arg...)
		case "prepend":
			msg = append(bytes.Clone(op.Arg), msg...)
		default:
			t.Fatalf("%d: %s", i, op.Name)
		}
		if !bytes.Equal(msg, op.Result) {
			t.Fatalf("%d: %s gives %x, want %x", i, op.Name, op.Result, msg)
		}
	}
	if root := c.Outcome.Header.MerkleRoot(); !bytes.Equal(msg, root[:]) {
		t.Errorf("the path ends in %x", msg)
	}
	stranger := ots.Claim{Attestation: ots.BitcoinAt(1), Msg: msg}
	if _, err := Operations(p, stranger); !errors.Is(err, ErrDisagree) {
		t.Errorf("a claim of another proof: %v", err)
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
		if state == Confirmed {
			want = append(want, `<h1>regtest, beweist nichts.</h1>`, "<h2>regtest</h2>", "bitcoin-cli -regtest getblockheader", `<p class="answer">regtest, beweist nichts: `, "Bitcoin-Block 911842 (regtest): ")
		}
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: does not say %s", state, text)
			}
		}
		for _, text := range []string{"Genau diese Bytes gab es", "Der Digest dieser Bytes ist im Bitcoin-Block", "<h2>Der Block</h2>", "bitcoin-cli getblockheader"} {
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
	if page := pageOf(t, c, "en"); !strings.Contains(page, `data-is="after">2025-08-29 00:00:05 UTC<`) {
		t.Error("the median time is not shown")
	}
}

// A page's script has the rare hash functions where its proof needs them.
func TestRareHashes(t *testing.T) {
	c := sample(t, Pending)
	for _, tag := range []ots.Tag{ots.SHA256, ots.SHA1, ots.RIPEMD160, ots.Keccak256} {
		c.Proof, _ = written(t, c.Document, []ots.Op{{Tag: ots.Append, Arg: []byte{7}}, {Tag: tag}}, promise(t, "https://calendar.example"))
		if got := strings.Contains(pageOf(t, c, "en"), "const ripemd160"); got != (tag != ots.SHA256) {
			t.Errorf("%s: has the rare ones: %v", tag, got)
		}
	}
	for _, online := range []bool{false, true} {
		page, err := Verifier("en", online)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(page, []byte("const ripemd160")) {
			t.Error("the verifier lacks hash functions")
		}
	}
}

func TestStrip(t *testing.T) {
	for _, tt := range []struct{ loose, text, want string }{
		{looseScript, "// a comment\n\n  const a = (b) => { // kept\n", "const a=(b)=>{//kept\n"},
		{looseScript, "x = a + +b - -c + 1;", "x=a+ +b- -c+1;\n"},
		{looseScript, `say("a  b { c", 'd = \' e', ` + "`f = ${g}`);", `say("a  b { c",'d = \' e',` + "`f = ${g}`);\n"},
		{looseScript, "return x in y ? typeof z : void 0;\n", "return x in y?typeof z:void 0;\n"},
		{looseScript, "{\n  a();\n}\nb = \"; };}\";\n}", "{a()}\nb=\"; };}\"}\n"},
		{looseStyle, "a:b .c > .d { margin: 0 -1px; grid: 1fr / 2fr; }\n", "a:b .c>.d{margin:0 -1px;grid:1fr / 2fr}\n"},
		{looseStyle, "@media screen and (a: b) {\n.c :d, e { f: calc(1 + 2); }\n}\n", "@media screen and (a:b){.c :d,e{f:calc(1 + 2)}}\n"},
	} {
		if got := strip(tt.text, tt.loose); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.text, got, tt.want)
		}
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
