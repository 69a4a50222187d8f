package certificate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// rows returns the lines of all pages, each with what stands beside each other, its
// white space made one space.
func rows(t *testing.T, pdf []byte) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(poppler(t, "pdftotext", "-layout", saved(t, pdf), "-")) {
		list = append(list, strings.Join(strings.Fields(line), " "))
	}
	return list
}

func TestPDFOfRecord(t *testing.T) {
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		c := sample(t, Pending)
		r := c.Evidence
		list := rows(t, rendered(t, c, lang, DeclarePlain))
		for _, want := range []string{
			w.say("pdf.record"),
			w.say("f.title") + " Anchors for everybody",
			w.say("f.url") + " https://shop.example/listing/4711",
			w.say("pdf.record.by") + " Alice Example",
			w.say("pdf.record.at") + " 2025-08-28 06:58:30 UTC",
			w.say("pdf.record.note") + " The listing had been taken down before.",
			w.say("pdf.record.quote") + " Every word of it counts.",
			"main > p:nth-child(2)",
			w.say("pdf.record.quote") + " Anchors for everybody",
			w.say("role.whois") + " " + r.WHOIS.Path(),
			w.say("role.dns") + " " + r.DNS.Path(),
			w.say("role.hosting") + " " + r.Hosting.Path(),
			w.say("role.attachment") + " " + r.Attachments[0].Path(),
			w.say("role.attachment") + " recording.mp4",
		} {
			if !slices.Contains(list, want) {
				t.Errorf("%s: no line %q", lang, want)
			}
		}
		claims, title := 0, w.say("pdf.claimed", "what", w.say("f.title"))+" Anchors for everybody"
		for _, line := range list {
			if line == title {
				claims++
			}
		}
		if claims != 2 {
			t.Errorf("%s: %q stands in %d places, want the head and the declaration", lang, title, claims)
		}
	}
}

// What a record does not say has no row, and other documents have no claims.
func TestPDFOfRecordThatSaysLittle(t *testing.T) {
	c := sample(t, Confirmed)
	c.Evidence = &evidence.Record{URL: "https://shop.example", Digest: c.SHA256}
	text := strings.Join(pages(t, c, "en", ""), " ")
	for _, never := range []string{"Title", "Recorded by", "Observed", "Note ", "Quote", "WHOIS", "Attachment", "0001-01-01"} {
		if strings.Contains(text, never) {
			t.Errorf("says %q of a record that does not", never)
		}
	}
	if want := "What was recorded (claims)"; !strings.Contains(text, want) {
		t.Errorf("no %q", want)
	}
	c.Evidence = nil
	text = strings.Join(pages(t, c, "en", DeclarePlain), " ")
	for _, never := range []string{"claim)", "What was recorded", "Recorded URL"} {
		if strings.Contains(text, never) {
			t.Errorf("says %q of another document", never)
		}
	}
	if want := "Title Anchors for everybody"; !strings.Contains(text, want) {
		t.Errorf("no %q", want)
	}
}

// A claim can be worded like anything, so no line of one begins where the
// certificate's own sentences and labels do.
func TestPDFClaimsHaveTheirColumn(t *testing.T) {
	c := sample(t, Pending)
	forged := strings.Repeat("MADE ", 20)
	c.Evidence.Title, c.Evidence.URL, c.Evidence.By, c.Evidence.Note = forged, strings.Repeat("MADE", 25), forged, forged
	c.Evidence.Matches = []evidence.Match{{Quote: forged, Where: forged}}
	c.Custody[0].Claim, c.Custody[0].By = forged, forged
	boxes := poppler(t, "pdftotext", "-bbox", saved(t, rendered(t, c, "uk", DeclarePlain)), "-")
	found := regexp.MustCompile(`<word xMin="([0-9.]+)" .*MADE.*</word>`).FindAllStringSubmatch(boxes, -1)
	if len(found) < 100 {
		t.Fatalf("%d words of claims", len(found))
	}
	for _, f := range found {
		x, err := strconv.ParseFloat(f[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		if x*point < left+column-0.1 {
			t.Errorf("a claim begins %.1f mm from the edge of the page, in %s", x*point, f[0])
		}
	}
}

// The detail of a row that goes on in another line does not look like another detail.
func TestPDFDetailsAreIndented(t *testing.T) {
	c := sample(t, Pending)
	c.Custody = c.Custody[:1]
	c.Custody[0].By = strings.Repeat("x", 70) + " " + strings.Repeat("FORGED", 5)
	boxes := poppler(t, "pdftotext", "-bbox", saved(t, rendered(t, c, "en", "")), "-")
	starts := func(word string) float64 {
		m := regexp.MustCompile(`<word xMin="([0-9.]+)" [^>]*>` + word).FindStringSubmatch(boxes)
		if m == nil {
			t.Fatalf("no %s", word)
		}
		x, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		return x * point
	}
	if own, further := starts("signature:"), starts("FORGED"); further < own+indent-0.1 {
		t.Errorf("a detail begins at %.1f mm, what goes on of another at %.1f mm", own, further)
	}
}

// The time of an observation is written in UTC wherever it was made.
func TestPDFObservedIsUTC(t *testing.T) {
	c := sample(t, Confirmed)
	c.Evidence.ObservedAt = c.Evidence.ObservedAt.In(time.FixedZone("elsewhere", 7200))
	if text, want := strings.Join(pages(t, c, "en", ""), " "), "Observed 2025-08-28 06:58:30 UTC"; !strings.Contains(text, want) {
		t.Errorf("no %q", want)
	}
}
