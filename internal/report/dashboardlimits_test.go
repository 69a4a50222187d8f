package report_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// shows compares what a dashboard of one result says at a limit and one past it.
func shows(t *testing.T, what string, of func(extra int) anchor.Result, whole, cut string) {
	t.Helper()
	for extra, want := range []string{whole, cut} {
		page := written(t, dashboardOf(anchor.Run{Results: []anchor.Result{of(extra)}}))["index.html"]
		if !strings.Contains(page, want) {
			t.Errorf("%s, %d past the limit: no %q", what, extra, want)
		}
	}
}

func letters(n int) string { return strings.Repeat("é", n) }

// Each text has so many characters at the most; a reason that is cut beside a name
// stands whole among the facts.
func TestDashboardTextLimits(t *testing.T) {
	plain := func(edit func(*anchor.Result)) anchor.Result {
		r := anchor.Result{Path: "a.md", Kind: "lip", Outcome: verify.Outcome{Status: verify.Pending, Hash: ots.SHA256}}
		edit(&r)
		return r
	}
	shows(t, "name", func(n int) anchor.Result { return plain(func(r *anchor.Result) { r.Path = letters(160 + n) }) },
		`<bdi class="title">`+letters(160)+"</bdi>", `<bdi class="title">`+letters(159)+"…</bdi>")
	shows(t, "title", func(n int) anchor.Result { return plain(func(r *anchor.Result) { r.Heading.Title = letters(160 + n) }) },
		`<bdi class="title">`+letters(160)+"</bdi>", `<bdi class="title">`+letters(159)+"…</bdi>")
	shows(t, "status", func(n int) anchor.Result { return plain(func(r *anchor.Result) { r.Heading.Status = letters(40 + n) }) },
		`<span class="tag">`+letters(40)+"</span>", `<span class="tag">`+letters(39)+"…</span>")
	reason := func(n int) anchor.Result {
		return plain(func(r *anchor.Result) { r.Outcome.Status, r.Outcome.Reason = verify.Failed, letters(100+n) })
	}
	shows(t, "reason", reason, `<span class="more">`+letters(100)+"</span>", `<span class="more">`+letters(99)+"…</span>")
	shows(t, "reason among the facts", reason, "<dt>Reason</dt><dd>"+letters(100)+"</dd>", "<dt>Reason</dt><dd>"+letters(101)+"</dd>")
	refused := func(n int) anchor.Result {
		return plain(func(r *anchor.Result) { r.Refusal = &anchor.Refusal{Text: letters(100 + n)} })
	}
	shows(t, "refusal among the facts", refused, "<dt>Reason</dt><dd>"+letters(100)+"</dd>", "<dt>Reason</dt><dd>"+letters(101)+"</dd>")
	shows(t, "notes", func(n int) anchor.Result {
		return plain(func(r *anchor.Result) {
			for i := range 8 + n {
				r.Notes = append(r.Notes, fmt.Sprintf("note %d", i+1))
			}
		})
	}, "<li>note 8</li></ul>", "<li>note 8</li><li>and 1 more</li></ul>")
}

func TestDashboardHeadLimit(t *testing.T) {
	for extra, want := range []string{letters(200), letters(199) + "…"} {
		d := dashboardOf(everyState())
		d.Title = letters(200 + extra)
		if page := written(t, d)["index.html"]; !strings.Contains(page, "<h1>"+want+"</h1>") {
			t.Errorf("%d past the limit: no %q", extra, want)
		}
	}
}

func TestDashboardLooseLimit(t *testing.T) {
	for extra, want := range []string{"<li><bdi>d200</bdi></li></ul>", "<li><bdi>d200</bdi></li><li>and 1 more</li></ul>"} {
		var run anchor.Run
		for i := range 200 + extra {
			run.Results = append(run.Results, anchor.Result{Path: fmt.Sprintf("d%03d", i+1), Kind: "file", Unknown: true})
		}
		if page := written(t, dashboardOf(run))["index.html"]; !strings.Contains(page, want) {
			t.Errorf("%d past the limit: no %q", extra, want)
		}
	}
}

// recorded is a result about a confirmed record of evidence.
func recorded(edit func(*anchor.Recorded)) anchor.Result {
	r := everyState().Results[0]
	r.Path, r.Kind = "evidence/a/record.json", "evidence"
	r.Recorded = &anchor.Recorded{ID: "a", Record: &evidence.Record{URL: "https://a.example/"}}
	edit(r.Recorded)
	return r
}

func TestDashboardFactsOfRecord(t *testing.T) {
	shows(t, "facts", func(n int) anchor.Result {
		return recorded(func(rec *anchor.Recorded) {
			for i := range 15 + n { // behind the URL; who recorded it is not known
				rec.Broken = append(rec.Broken, fmt.Sprintf("file %d", i+1))
			}
		})
	}, "<dt>Not as recorded</dt><dd>file 15</dd></div><div><dt>Path</dt>", "<dd>file 15</dd></div><div><dt>Besides</dt><dd>and 1 more</dd></div><div><dt>Path</dt>")
}

// A record whose files are others is failed, one whose files cannot be read is
// unchecked, whatever its proof says; the date of the proof does not stand beside it.
func TestDashboardRecords(t *testing.T) {
	for want, edit := range map[string]func(*anchor.Recorded){
		"confirmed": func(*anchor.Recorded) {},
		"failed":    func(rec *anchor.Recorded) { rec.Broken = []string{"files/x: it is missing"} },
		"unchecked": func(rec *anchor.Recorded) { rec.Unread = []error{errors.New("files/x: it is not in this clone")} },
	} {
		files := written(t, dashboardOf(anchor.Run{Results: []anchor.Result{recorded(edit)}}))
		if page := files["index.html"]; !strings.Contains(page, `<li class="row `+want+`">`) || strings.Contains(page, "by <time") != (want == "confirmed") {
			t.Errorf("it is not %s:\n%s", want, page)
		}
		if data := files["data.json"]; !strings.Contains(data, `"state":"`+want+`"`) || !strings.Contains(data, `"status":"confirmed"`) {
			t.Errorf("%s: %s", want, data)
		}
	}
}
