package certificate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

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
		c.Document, c.Custody, c.Evidence, c.Title = nil, nil, nil, ""
		fourCalendars(t, c)
		size := len(pageOf(t, c, lang))
		if t.Logf("%s: %d bytes, the proof %d", lang, size, len(c.Proof)); size >= 40_000 || len(c.Proof) < 4400 {
			t.Errorf("%s: %d bytes, not below 40,000; the proof has %d", lang, size, len(c.Proof))
		}
	}
}

// The page has to stay small with the core in it.
func TestCoreIsSmall(t *testing.T) {
	text, err := code(core(true)...)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(text); n == 0 || n > 11<<10 {
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

// What the empty verifier shows depends on a header, and it says so first.
func TestVerifierShows(t *testing.T) {
	for _, lang := range Langs() {
		page, err := Verifier(lang, false)
		if err != nil {
			t.Fatal(err)
		}
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		if want := "<ul><li>" + w.say("v.shows") + "<li>" + w.say("shows.anyone") + "</ul>"; !strings.Contains(string(page), want) {
			t.Errorf("%s: the verifier lacks %s", lang, want)
		}
	}
}

// In a release the page that may ask explorers has another file name in each
// language, so that the empty one names it without the ending.
func TestVerifierNamesTheOneBesideIt(t *testing.T) {
	for _, lang := range Langs() {
		for online, want := range map[bool]int{false: 1, true: 0} {
			page, err := Verifier(lang, online)
			if err != nil {
				t.Fatal(err)
			}
			if got := bytes.Count(page, []byte("verify-online")); got != want || bytes.Contains(page, []byte("verify-online.html")) {
				t.Errorf("%s, online %v: names it %d times, want %d, and without .html", lang, online, got, want)
			}
		}
	}
}
