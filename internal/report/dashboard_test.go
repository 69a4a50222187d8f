package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/report"
	"github.com/openllmo/git-anchor/internal/verify"
)

var noon = time.Date(2026, 2, 3, 12, 0, 0, 0, time.UTC)

func stamped(n int) []byte { return bytes.Repeat([]byte{byte(n)}, 32) }

// everyState is a run with a result of every state and kind.
func everyState() anchor.Run {
	outcome := func(s verify.Status, reason string) verify.Outcome {
		return verify.Outcome{Status: s, Reason: reason, Hash: ots.SHA256, Stamped: stamped(int(s)), Digest: stamped(int(s))}
	}
	good := outcome(verify.Confirmed, "")
	good.Height, good.Rung, good.ClaimDate = 912095, bitcoin.RungQuorum, time.Date(2025, 8, 28, 0, 0, 0, 0, time.UTC)
	old := good
	old.Height, old.ClaimDate = 700000, time.Date(2021, 9, 11, 0, 0, 0, 0, time.UTC)
	return anchor.Run{Results: []anchor.Result{
		{Path: "lips/lip-0001.md", Kind: "lip", Proof: "lips/lip-0001.md.ots", Outcome: good, Anchored: 2, Of: 4},
		{Path: "lips/lip-0002.md", Kind: "lip", Outcome: outcome(verify.Pending, "calendars promise"), Of: 2, Since: noon.Add(-3 * time.Hour)},
		{Path: "lips/lip-0003.md", Kind: "lip", Outcome: outcome(verify.Changed, "not the bytes that were stamped"), Hint: "git log -p"},
		{Path: "registries/2026-01.json", Kind: "registry", Outcome: outcome(verify.Failed, "the proof leads to no block")},
		{Path: "registries/2026-02.json", Kind: "registry", Outcome: outcome(verify.Missing, "there is no proof")},
		{Path: "evidence/a.json", Kind: "evidence", Outcome: outcome(verify.Undecided, "no source could be asked")},
		{Path: "evidence/b.json", Kind: "evidence", Outcome: outcome(verify.Disputed, "sources contradict each other")},
		{Path: "evidence/c.json", Kind: "evidence", Err: errors.New("the disk does not answer")},
		{Path: "evidence/d.json", Kind: "evidence", Refusal: &anchor.Refusal{Text: "a symbolic link", Hint: "name the file"}},
		{Path: "evidence/e.json", Kind: "evidence", Unknown: true},
		{Path: "data.anchor", Kind: "file", Outcome: good},
		{Path: "lips/lip-0003.md", Kind: "lip", Proof: "lips/lip-0003.md.superseded-00.ots", Superseded: true, Outcome: old},
		{Path: "v1", Kind: "tag", Object: strings.Repeat("c0", 20), Proof: anchor.NotesRef, Outcome: good},
	}}
}

// A dashboard has what it is about beside it.
type dashboard struct {
	report.Dashboard
	run     anchor.Run
	entries []report.Entry
	part    int // documents handed over at a time
}

func dashboardOf(run anchor.Run) *dashboard {
	return &dashboard{report.Dashboard{Title: "Anchors", Tool: "git-anchor test", Now: noon}, run, make([]report.Entry, len(run.Results)), len(run.Results) + 1}
}

func (d *dashboard) parts(take func(anchor.Run, []report.Entry) error) error {
	if len(d.run.Results) == 0 {
		return take(d.run, nil)
	}
	for at := 0; at < len(d.run.Results); at += d.part {
		end := min(at+d.part, len(d.run.Results))
		part := d.run
		part.Results = d.run.Results[at:end]
		if err := take(part, d.entries[at:end]); err != nil {
			return err
		}
	}
	return nil
}

func written(t testing.TB, d *dashboard) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := d.Write(func(name string, content func(io.Writer) error) error {
		var b strings.Builder
		err := content(&b)
		if files[name] != "" {
			t.Errorf("%s is written twice", name)
		}
		files[name] = b.String()
		return err
	}, d.parts)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var rowForm = regexp.MustCompile(`<li class="row (\w+)"><details><summary><span class="how"><span class="is"><span class="sign" aria-hidden="true">(.+?)</span>(\w+)</span>(?: <span class="mark">[^<]*</span>)*</span><span class="what"><bdi class="title">(.*?)</bdi> .*?</span><span class="when">(.*?)</span></summary>`)

// Terminal, porcelain, Markdown, JSON and dashboard say the same of each document.
func TestNoListingDisagrees(t *testing.T) {
	run := everyState()
	files := written(t, dashboardOf(run))
	var text, porcelain bytes.Buffer
	report.Text{Out: &text, Err: io.Discard}.Status(run, true, noon)
	report.Text{Out: &porcelain}.Porcelain(run, false)
	markdown := string(report.Markdown{Now: noon}.Summary(report.Summary{Run: run}))
	table := report.Markdown{}.StatusTable(run)
	var data struct {
		Documents []struct {
			Path, State, Status string
			Height              *uint64
			Date                string `json:"claim_date"`
			Superseded          bool
		}
	}
	if err := json.Unmarshal([]byte(files["data.json"]), &data); err != nil {
		t.Fatal(err)
	}
	rows := rowForm.FindAllStringSubmatch(files["index.html"], -1)
	if len(rows) != len(run.Results)-1 || len(data.Documents) != len(run.Results) {
		t.Fatalf("%d rows and %d documents of %d results:\n%s", len(rows), len(data.Documents), len(run.Results), files["index.html"])
	}
	lines := strings.Split(strings.TrimSpace(porcelain.String()), "\n")
	for i, r := range run.Results {
		fields := strings.Split(lines[i], "\t")
		word := strings.ReplaceAll(strings.TrimPrefix(fields[0], "superseded-"), "-", " ")
		if !strings.Contains(text.String(), fmt.Sprintf(" %-12s %s", word, r.Name())) {
			t.Errorf("%s: the terminal does not say %q:\n%s", r.Name(), word, text.String())
		}
		block, date := strings.Trim(fields[1], "-"), strings.Trim(fields[2], "-")
		if got := data.Documents[i]; got.Date != date || got.Height != nil && fmt.Sprint(*got.Height) != block {
			t.Errorf("%s: JSON has %+v, porcelain %q", r.Name(), got, fields)
		}
		if !strings.Contains(table, "`"+r.Name()+"` | "+map[bool]string{true: "superseded, "}[r.Superseded]+word+" | "+block+" | "+date+" |") {
			t.Errorf("%s: the table has no %q %q %q:\n%s", r.Name(), word, block, date, table)
		}
		if !strings.Contains(markdown, word) || date != "" && !strings.Contains(markdown, "| "+block+" | "+date+" |") {
			t.Errorf("%s: Markdown has no %q %q:\n%s", r.Name(), word, date, markdown)
		}
		found := r.Unknown
		for _, row := range rows {
			same := row[1] == data.Documents[i].State && row[3] == word && (row[4] == r.Name() || row[4] == r.Path)
			found = found || same && (date == "" && !strings.Contains(row[5], "<time") || date != "" && strings.Contains(row[5], `<time datetime="`+date+`">`) && strings.Contains(row[5], "block "+block))
		}
		if !found {
			t.Errorf("%s: no row is %q %q %q:\n%q", r.Name(), word, date, block, rows)
		}
	}
}

func TestDashboardCounts(t *testing.T) {
	files := written(t, dashboardOf(everyState()))
	var counts []string
	for _, m := range regexp.MustCompile(`<li class="tile (\w+)[^>]*>.*?<span class="n">(\d+)</span>`).FindAllStringSubmatch(files["index.html"], -1) {
		counts = append(counts, m[2]+" "+m[1])
	}
	if diff := cmp.Diff([]string{"4 confirmed", "1 pending", "4 unchecked", "1 changed", "2 failed"}, counts); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{`aria-label="4 confirmed, 1 pending, 4 unchecked, 1 changed, 2 failed"`, "1 disputed: sources contradict each other", "1 document without a proof", "waiting for a Bitcoin block, stamped 3 h ago", `href="failed.html"`, "as of <time datetime=\"2026-02-03 12:00:00Z\">", `id="kind-directory"`, `id="kind-object"`, `id="kind-superseded"`} {
		if !strings.Contains(files["index.html"], want) {
			t.Errorf("index.html has no %q", want)
		}
	}
	if badge := files["badge.svg"]; !strings.Contains(badge, `aria-label="anchored: 2 failed, 1 changed, 4 unchecked, 1 pending, 4 confirmed"`) || !strings.Contains(badge, `fill="#a3171f"`) {
		t.Errorf("the badge is\n%s", badge)
	}
	months := regexp.MustCompile(`<h2>([^<]*)`).FindAllStringSubmatch(files["date.html"], -1)
	if len(months) != 4 || months[0][1] != "2025-08" || months[1][1] != "2021-09" || months[2][1] != "No date" {
		t.Errorf("by date: %q", months)
	}
}

func TestDashboardOfNothing(t *testing.T) {
	files := written(t, dashboardOf(anchor.Run{}))
	if !strings.Contains(files["index.html"], "Nothing is anchored yet") || !strings.Contains(files["data.json"], `"documents": [`) || !strings.Contains(files["badge.svg"], "nothing yet") {
		t.Errorf("%q", files)
	}
	var v any
	if err := json.Unmarshal([]byte(files["data.json"]), &v); err != nil {
		t.Error(err)
	}
}

// Every page is held to its own style by its policy, and refers to nothing else.
func TestDashboardPolicy(t *testing.T) {
	d := dashboardOf(everyState())
	d.Regtest = true
	for name, page := range written(t, d) {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		if !strings.Contains(page, `content="default-src &#39;none&#39;; style-src &#39;sha256-`) || !strings.Contains(page, "regtest, proves nothing") {
			t.Errorf("%s has no policy, or no banner", name)
		}
		for _, m := range regexp.MustCompile(`(?i)(<script|<img|<iframe|<link|<object| style=| on\w+=|url\(|@import|https?:)`).FindAllString(page, -1) {
			t.Errorf("%s has %q", name, m)
		}
	}
}

// Whatever names and titles hold, it is text.
func TestDashboardHostile(t *testing.T) {
	evil := `</title></bdi></summary><script>x()</script>" onclick="x()` + "\u202e\u2066\u200b\x1b[31m\n`{{.}}" + strings.Repeat("🎉", 4000)
	run := anchor.Run{Results: []anchor.Result{{
		Path: evil, Kind: "lip", Proof: evil + ".ots", Hint: evil, Heading: anchor.Heading{Title: evil, Status: evil}, Notes: slices.Repeat([]string{evil}, 100),
		Outcome: verify.Outcome{Status: verify.Failed, Reason: evil, Findings: []string{evil}, Hash: ots.SHA256, Stamped: stamped(1)},
	}, {Path: evil, Kind: evil, Unknown: true}}}
	d := dashboardOf(run)
	d.Title, d.Tool = evil, evil
	for name, page := range written(t, d) {
		if strings.ContainsAny(page, "\u202e\u2066\u200b\x1b") {
			t.Errorf("%s holds what is not seen", name)
		}
		if strings.HasSuffix(name, ".html") && (strings.Contains(page, "<script") || strings.Contains(page, `" onclick`) || len(page) > 100_000) {
			t.Errorf("%s (%d bytes) lets it out", name, len(page))
		}
	}
}

// Each order lists everything once, and each state what is in it, on pages of at
// most 100, whose links lead to pages and places that there are; however many
// documents come at a time.
func TestDashboardPages(t *testing.T) {
	of := map[string]int{"confirmed": 0, "pending": 1, "changed": 2} // of each three
	for _, n := range []int{100, 101, 350} {
		var run anchor.Run
		for i := range n {
			r := everyState().Results[i%3]
			r.Path = fmt.Sprintf("lips/lip-%04d.md", i)
			run.Results = append(run.Results, r)
		}
		d := dashboardOf(run)
		files := written(t, d)
		few := dashboardOf(run)
		few.part = 33
		if diff := cmp.Diff(files, written(t, few)); diff != "" {
			t.Errorf("33 at a time: %s", diff)
		}
		pages := 0
		for _, list := range []string{"index", "date", "confirmed", "pending", "changed", "failed", "unchecked"} {
			want := n
			if _, order := map[string]bool{"index": true, "date": true}[list]; !order {
				want = 0
				if k, ok := of[list]; ok {
					want = (n - k + 2) / 3
				}
			}
			pages += max(1, (want+99)/100)
			seen := map[string]int{}
			for name, page := range files {
				if !strings.HasPrefix(name, list) {
					continue
				}
				rows := rowForm.FindAllStringSubmatch(page, -1)
				if len(rows) > 100 || len(rows) == 0 && want > 0 {
					t.Errorf("%s has %d rows", name, len(rows))
				}
				for _, row := range rows {
					seen[row[4]]++
					if want < n && row[1] != list {
						t.Errorf("%s lists what is %s", name, row[1])
					}
				}
				for _, m := range regexp.MustCompile(` href="([^"#]*)(?:#([^"]*))?"`).FindAllStringSubmatch(page, -1) {
					target, ok := files[m[1]]
					if !ok && m[1] != report.DashboardVerifier || m[2] != "" && !strings.Contains(target, ` id="`+m[2]+`"`) {
						t.Errorf("%s leads to %s, which is not there", name, m[0])
					}
				}
				if !strings.Contains(page, `<a href="pending.html" class="pending"`) || !strings.Contains(page, fmt.Sprintf("pending <small>%d</small>", (n+1)/3)) {
					t.Errorf("%s does not lead to all that is pending", name)
				}
			}
			if len(seen) != want || want > 0 && slices.Max(mapValues(seen)) != 1 {
				t.Errorf("%d documents in %s: saw %d, want %d", n, list, len(seen), want)
			}
		}
		if want := 2 + pages; len(files) != want {
			t.Errorf("%d documents: %d files, want %d", n, len(files), want)
		}
		if !strings.Contains(files["failed.html"], "None is failed.") {
			t.Error("failed.html does not say that none is")
		}
	}
}

// A proof of an earlier version, and everything on regtest, says so beside its
// state; nothing that regtest confirms looks as if it counted.
func TestDashboardMarks(t *testing.T) {
	const confirmed = `confirmed</span> <span class="mark">`
	page := written(t, dashboardOf(everyState()))["index.html"]
	if got := strings.Count(page, confirmed+"earlier version</span></span>"); got != 1 {
		t.Errorf("%d rows are of an earlier version", got)
	}
	d := dashboardOf(everyState())
	d.Regtest = true
	files := written(t, d)
	page = files["index.html"]
	if got := strings.Count(page, `<span class="mark">regtest, proves nothing</span></span><span class="what">`); got != 12 {
		t.Errorf("%d rows say regtest", got)
	}
	for _, want := range []string{`<body class="test">`, "Only on regtest, a test chain", "Timestamps in Bitcoin (regtest, proves nothing), as of"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(page, "A Bitcoin block commits") || strings.Contains(page, "Existed no later than") || !strings.Contains(page, ".test .confirmed { --state: var(--soft); }") {
		t.Error("regtest is shown as Bitcoin is")
	}
	raw, err := d.Document(d.run.Results[0], report.Entry{}, [32]byte{}, nil)
	if err != nil || !strings.Contains(string(raw), confirmed+regtest+"</span> no later than") || !strings.Contains(string(raw), `<body class="test">`) {
		t.Errorf("%v: a rendered document does not say regtest:\n%s", err, raw)
	}
}

const regtest = "regtest, proves nothing"

// A status that no LIP may have is shown as it is.
func TestDashboardStatus(t *testing.T) {
	run := everyState()
	run.Results[0].Heading = anchor.Heading{Title: "A title", Status: "Accepted by <nobody>"}
	files := written(t, dashboardOf(run))
	if !strings.Contains(files["index.html"], `<span class="tag">Accepted by &lt;nobody&gt;</span>`) || !strings.Contains(files["data.json"], `"lip_status":"Accepted by <nobody>"`) {
		t.Errorf("the status is not shown:\n%s", files["data.json"])
	}
}

func mapValues(m map[string]int) (list []int) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}

// The same values give the same bytes; another clock other ages.
func TestDashboardAgain(t *testing.T) {
	first, again := written(t, dashboardOf(everyState())), written(t, dashboardOf(everyState()))
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	later := dashboardOf(everyState())
	later.Now = noon.Add(time.Hour)
	if page := written(t, later)["index.html"]; !strings.Contains(page, "stamped 4 h ago") {
		t.Error("ages do not go by Now")
	}
}

// Pages of the dashboard and certificates have the same colours.
func TestDashboardLooksLikeCertificates(t *testing.T) {
	tokens := func(file string) map[string][]string {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]string{}
		for _, rule := range regexp.MustCompile(`:root \{[^}]*\}`).FindAllString(string(raw), -1) {
			for _, m := range regexp.MustCompile(`(--[a-z]+): ([^;]+);`).FindAllStringSubmatch(rule, -1) {
				found[m[1]] = append(found[m[1]], m[2])
			}
		}
		return found
	}
	ours, theirs := tokens("dashboard/style.css"), tokens("../certificate/page/style.css")
	for _, name := range []string{"--paper", "--ground", "--ink", "--soft", "--line", "--sunk", "--link", "--good", "--bad", "--badwash", "--wait", "--note"} {
		if len(ours[name]) != 2 || !slices.Equal(ours[name], theirs[name]) {
			t.Errorf("%s is %q here and %q there", name, ours[name], theirs[name])
		}
	}
}

// BenchmarkDashboard writes 10,000 documents.
func BenchmarkDashboard(b *testing.B) {
	var run anchor.Run
	for i := range 10_000 {
		r := everyState().Results[i%9]
		r.Path = fmt.Sprintf("lips/lip-%05d.md", i)
		run.Results = append(run.Results, r)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := dashboardOf(run).write(); err != nil {
			b.Fatal(err)
		}
	}
}

func (d *dashboard) write() error {
	return d.Write(func(_ string, content func(io.Writer) error) error { return content(io.Discard) }, d.parts)
}
