package certificate

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// The URL of a record of evidence is text before its title, and leads nowhere,
// whatever it is.
func TestRecordedURLIsNoLink(t *testing.T) {
	link := regexp.MustCompile(`(?i)<a\b|href=`)
	for url, shown := range map[string]string{
		"https://shop.example/listing/4711":       "https://shop.example/listing/4711",
		"javascript:alert(1)":                     "javascript:alert(1)",
		`https://x.example/"><img src=y>`:         "https://x.example/&#34;&gt;&lt;img src=y&gt;",
		"https://bank.example/\u202emoc.live//:p": `https://bank.example/\u202emoc.live//:p`,
	} {
		c := sample(t, Confirmed)
		c.Evidence.URL = url
		page := pageOf(t, c, "en")
		want := "<div><dt>Recorded URL<dd>" + shown + "</div>\n<div><dt>Title<dd>Anchors for everybody</div>"
		if !strings.Contains(page, want) {
			t.Errorf("%q: no %q in the page", url, want)
		}
		before, _, _ := strings.Cut(page, "<script")
		if m := link.FindString(before); m != "" {
			t.Errorf("%q: the page has %s", url, m)
		}
		for _, kind := range []string{"/URI", "/Link", "/JavaScript"} {
			if strings.Contains(string(rendered(t, c, "en", "")), kind) {
				t.Errorf("%q: the PDF has %s", url, kind)
			}
		}
	}
	c := sample(t, Confirmed)
	c.Evidence = nil
	if page := pageOf(t, c, "en"); strings.Contains(page, "Recorded URL") {
		t.Error("a URL where there is none")
	}
}

// A file that is kept elsewhere is said to be, and no other.
func TestFilesKeptElsewhere(t *testing.T) {
	page := pageOf(t, sample(t, Confirmed), "en")
	for _, want := range []string{"WHOIS answer: " + sample(t, Confirmed).Evidence.WHOIS.Path() + ", 2214 bytes<br>", "Attachment: recording.mp4, 104857601 bytes, kept elsewhere<br>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	text := strings.Join(pages(t, sample(t, Confirmed), "en", ""), " ")
	for _, want := range []string{"2214 bytes, not in this PDF SHA-256", "104857601 bytes, not in this PDF, kept elsewhere SHA-256"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the PDF", want)
		}
	}
}

// A page knows files by the record that it carries, and only then has what that takes.
func TestPagesThatNameFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		state State
		edit  func(*Certificate)
		want  bool
	}{
		"confirmed":      {Confirmed, func(*Certificate) {}, true},
		"pending":        {Pending, func(*Certificate) {}, true},
		"changed":        {Changed, func(*Certificate) {}, false},
		"not carried":    {Confirmed, func(c *Certificate) { c.Document = nil }, false},
		"names no files": {Confirmed, func(c *Certificate) { c.Evidence = nil }, false},
	} {
		c := sample(t, tt.state)
		tt.edit(c)
		page := pageOf(t, c, "en")
		for _, part := range []string{"const ofRecord=", "a file that the record names", "nor one of the files that it names", "alone or with files that it names"} {
			if strings.Contains(page, part) != tt.want {
				t.Errorf("%s: %q is there: %v", name, part, !tt.want)
			}
		}
	}
}

// What a record says stands in a section of its own, as claims, and what it is about
// in the head, where nothing but the proof's block has the size of a headline.
func TestWhatWasRecorded(t *testing.T) {
	c := sample(t, Confirmed)
	page := pageOf(t, c, "en")
	head, rest, _ := strings.Cut(page, "</header>")
	if want := `<p class="note">A record of evidence. Its title, a claim:<br><q>Anchors for everybody</q></p>`; !strings.Contains(head, want) {
		t.Errorf("the head lacks %s", want)
	}
	_, section, _ := strings.Cut(rest, "<h2>What was recorded (claims)</h2>")
	section, _, _ = strings.Cut(section, "</section>")
	wantInOrder(t, section, "claims of whoever made the record, names and times included. No timestamp makes them true.",
		"Recorded URL", "Recorded by<dd>Alice Example<", "Observed<dd><time>2025-08-28</time> 06:58:30 UTC<", "Note<dd>The listing had been taken down before.<",
		"Quotes (2)", "<q>Every word of it counts.</q><br><small>Where: main &gt; p:nth-child(2)</small>", "<q>Anchors for everybody</q>\n",
		"Files that the record names (5)", "WHOIS answer: ", "DNS answer: ", "Hosting: ", "Attachment: ", hex.EncodeToString(c.Evidence.Attachments[0].SHA256[:]), "kept elsewhere")
	c.Evidence.Title = ""
	if want := `A record of evidence. Its URL, a claim:<br><q>https://shop.example/listing/4711</q>`; !strings.Contains(pageOf(t, c, "en"), want) {
		t.Errorf("without a title the head lacks %s", want)
	}
	c.Evidence = nil
	if page := pageOf(t, c, "en"); strings.Contains(page, "What was recorded") || !strings.Contains(page, "<dt>Title<dd>Anchors for everybody</div>") {
		t.Error("a document that is no record has its section, or has no title")
	}
}

func wantInOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		_, rest, ok := strings.Cut(text, part)
		if !ok {
			t.Errorf("no %q behind what comes before it in %.3000s", part, text)
			return
		}
		text = rest
	}
}

// A custody entry says what each of its values is; what git holds of a signature, no
// signature included, is said of commits.
func TestCustodyLog(t *testing.T) {
	c := sample(t, Confirmed)
	c.Custody[0].Signature = evidence.Unsigned
	_, log, _ := strings.Cut(pageOf(t, c, "de"), "Verlauf aus der Git-Historie (2)</summary>")
	log, _, _ = strings.Cut(log, "</details>")
	wantInOrder(t, log, "Behauptung",
		`<time>2025-08-28</time> 07:01:02 UTC, Commit: <span lang="en">commit touched record.json</span>, Alice Example &lt;alice@example.org&gt;, Signatur: none`,
		`<small>Commit</small> <span class="mono">`+c.Custody[0].Commit, `<small>SHA-256 des Eintrags</small> <span class="mono">`+c.Custody[0].Hash,
		`<time>2025-08-28</time> 09:30:00 UTC, Ergänzung: <span lang="en">the proof gained 1 claim</span>, git-anchor &lt;bot@example.org&gt;`+"\n<br>")
}

// Every kind of custody entries has a word in every language.
func TestCustodyKinds(t *testing.T) {
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{evidence.KindCommit, evidence.KindStamp, evidence.KindUpgrade, evidence.KindLost} {
			if got, want := w.kind(kind), w.say("custody."+kind); got != want {
				t.Errorf("%s: %s is %q, want %q", lang, kind, got, want)
			}
		}
		if got := w.kind("note\u202e"); got != `note\u202e` {
			t.Errorf("%s: a kind that is not known: %q", lang, got)
		}
	}
}
