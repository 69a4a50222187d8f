package report

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// pageRows is how many documents one page of a dashboard lists at the most.
const pageRows = 100

//go:embed dashboard
var dashboardFiles embed.FS

// A Dashboard is a folder of static pages about all that is anchored: it needs
// no server, no script and no network. The same values give the same bytes.
// Fill in the fields and call Write, once.
type Dashboard struct {
	Title   string
	Tool    string    // the version that made it, as "git-anchor 1.2.3"
	Now     time.Time // what ages are counted by
	Regtest bool      // every page and every line says that it proves nothing
	Online  bool      // sources were asked for headers

	templates *template.Template
	style     string
	about     anchor.Run // but for its results
	items     []item
	loose     []string // names of what is not anchored, as many as are listed
	looseAll  int
	words     map[string]int // how many are how, in the terminal's words
	counts    map[state]int
	linked    bool // some document has files beside it
}

// An Entry is what a dashboard knows of a result beside it. Files are relative
// addresses, "" for what is not there.
type Entry struct {
	Certificate string
	Page        string // the document, rendered
	Document    string // its exact bytes
	Proof       string
}

// Dashboard's files. Further pages of a list are named by its first page and
// their number, as date-2.html.
const (
	dashboardData  = "data.json"
	dashboardBadge = "badge.svg"
	// DashboardVerifier is where every page looks for the empty verifier.
	DashboardVerifier = "verify.html"
)

// An item is a document on its way to the pages: what it is sorted by, and its
// line.
type item struct {
	state            state
	kind, name, date string
	html             template.HTML // rendered by the template "row"
}

// Write hands every file to write, one after the other: its name, and what
// writes its content. The documents come from parts, which calls take with some
// at a time and the files beside them, at least once; of them no more is kept
// than their lines.
func (d *Dashboard) Write(write func(name string, content func(io.Writer) error) error, parts func(take func(anchor.Run, []Entry) error) error) error {
	if err := d.prepare(); err != nil {
		return err
	}
	if err := write(dashboardData, func(w io.Writer) error { return d.data(w, parts) }); err != nil {
		return err
	}
	if err := write(dashboardBadge, func(w io.Writer) error { _, err := w.Write(d.Badge()); return err }); err != nil {
		return err
	}
	for _, l := range d.lists() {
		for page := range max(1, len(l.pages)) {
			if err := write(pageName(l.File, page), func(w io.Writer) error { return d.page(w, l, page) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare reads templates and style, which every page needs.
func (d *Dashboard) prepare() (err error) {
	if d.templates != nil {
		return nil
	}
	if d.templates, err = template.ParseFS(dashboardFiles, "dashboard/*.html"); err != nil {
		return fmt.Errorf("read templates: %w", err)
	}
	style, err := dashboardFiles.ReadFile("dashboard/style.css")
	if err != nil {
		return fmt.Errorf("read the style: %w", err)
	}
	d.style, d.words, d.counts = string(style), map[string]int{}, map[state]int{}
	return nil
}

// add takes in some documents.
func (d *Dashboard) add(run anchor.Run, entries []Entry) error {
	d.about.Commit = run.Commit
	var rows []row
	var at []int
	for i, r := range run.Results {
		one := rowOf(r)
		d.words[one.word]++
		if one.state == "" {
			if d.looseAll++; len(d.loose) < looseListed {
				d.loose = append(d.loose, show(r.Name()))
			}
			continue
		}
		d.counts[one.state]++
		d.linked = d.linked || entries[i] != Entry{}
		rows, at = append(rows, one), append(at, i)
	}
	lines, err := d.render(len(rows), func(n int) line { return d.line(run.Results[at[n]], entries[at[n]], rows[n]) })
	if err != nil {
		return err
	}
	for n, i := range at {
		r := run.Results[i]
		d.items = append(d.items, item{rows[n].state, kindOf(r), r.Name(), rows[n].date, lines[n]})
	}
	return nil
}

// render makes the lines of n documents.
func (d *Dashboard) render(n int, of func(i int) line) ([]template.HTML, error) {
	row, lines := d.templates.Lookup("row"), make([]template.HTML, n)
	return lines, atOnce(n, func(i int) error {
		var b strings.Builder
		l := of(i)
		if err := row.Execute(&b, l); err != nil {
			return fmt.Errorf("render %s: %w", l.Name, err)
		}
		lines[i] = template.HTML(b.String()) // of our own template
		return nil
	})
}

// atOnce calls f for 0 to n-1, several at once; the error is that of all that failed.
func atOnce(n int, f func(i int) error) error {
	workers := runtime.GOMAXPROCS(0)
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += workers {
				errs[w] = f(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// A list is a sequence of documents on its pages.
type list struct {
	File  string
	Only  state                               // "" for all
	group func(item) (rank, id, title string) // listed by rank
	pages [][]int                             // of Dashboard.items
	jumps []link
}

// lists are all by kind and by date, and those of each state by kind.
func (d *Dashboard) lists() []*list {
	all := []*list{{File: "index.html", group: byKind}, {File: "date.html", group: byDate}}
	for _, s := range states() {
		all = append(all, &list{File: s.file(), Only: s, group: byKind})
	}
	for _, l := range all {
		l.arrange(d.items)
	}
	return all
}

// file is where the documents of a state are listed.
func (s state) file() string { return string(s) + ".html" }

func pageName(file string, page int) string {
	if page == 0 {
		return file
	}
	return fmt.Sprintf("%s-%d.html", strings.TrimSuffix(file, ".html"), page+1)
}

// arrange cuts the documents into pages, and notes where groups begin.
func (l *list) arrange(items []item) {
	type ranked struct {
		rank, title string
		at          int
	}
	var all []ranked
	for i, one := range items {
		if l.Only == "" || one.state == l.Only {
			rank, _, title := l.group(one)
			all = append(all, ranked{rank, title, i})
		}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(items[a.at].name, items[b.at].name), cmp.Compare(a.at, b.at))
	})
	for i, r := range all {
		if i%pageRows == 0 {
			l.pages = append(l.pages, nil)
		}
		page := len(l.pages) - 1
		l.pages[page] = append(l.pages[page], r.at)
		if len(l.jumps) == 0 || l.jumps[len(l.jumps)-1].Text != r.title {
			_, id, _ := l.group(items[r.at])
			l.jumps = append(l.jumps, link{Text: r.title, Href: pageName(l.File, page) + "#" + id})
		}
		l.jumps[len(l.jumps)-1].Count++
	}
}

// Kinds are what dashboards group documents by, in their order.
func kinds() []struct{ id, title string } {
	return []struct{ id, title string }{
		{"lip", "LIPs"}, {"registry", "Registries"}, {"evidence", "Evidence"}, {"directory", "Directories"},
		{"file", "Other files"}, {"object", "Git objects"}, {"superseded", "Earlier versions"},
	}
}

func kindOf(r anchor.Result) string {
	switch {
	case r.Superseded:
		return "superseded"
	case r.Object != "" || r.Proof == anchor.NotesRef:
		return "object"
	case r.Kind == "file" && strings.HasSuffix(r.Path, ".anchor"):
		return "directory"
	}
	return r.Kind
}

func byKind(one item) (rank, id, title string) {
	for i, k := range kinds() {
		if k.id == one.kind {
			return fmt.Sprint(i), "kind-" + k.id, k.title
		}
	}
	return "9", "kind-other", "Others"
}

// byDate puts the latest month first; what has no date comes last.
func byDate(one item) (rank, id, title string) {
	if one.date == "" {
		return "~", "month-none", "No date"
	}
	later := []byte(one.date)
	for i, c := range later {
		if c >= '0' && c <= '9' {
			later[i] = '0' + '9' - c
		}
	}
	return string(later), "month-" + one.date[:7], one.date[:7]
}
