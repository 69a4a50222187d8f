package report

import (
	"bytes"
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
const pageRows = 500

//go:embed dashboard
var dashboardFiles embed.FS

// A Dashboard is a folder of static pages about all that is anchored: it needs
// no server, no script and no network. The same values give the same bytes.
type Dashboard struct {
	Title   string
	Tool    string    // the version that made it, as "git-anchor 1.2.3"
	Now     time.Time // what ages are counted by
	Regtest bool      // every page says that it proves nothing
	Online  bool      // sources were asked for headers
	Run     anchor.Run
	Entries []Entry // one a result of Run, in its order
}

// An Entry is what a dashboard knows of a result beside it. Files are relative
// addresses, "" for what is not there.
type Entry struct {
	Title, Status string // from front matter
	Certificate   string
	Page          string // the document, rendered
	Document      string // its exact bytes
	Proof         string
}

// Dashboard's files. Further pages of an order are named by its first page and
// their number, as date-2.html.
const (
	dashboardData  = "data.json"
	dashboardBadge = "badge.svg"
	// DashboardVerifier is where every page looks for the empty verifier.
	DashboardVerifier = "verify.html"
)

// An order is a sequence that documents are listed in.
type order struct {
	Name, File string
	group      func(item) (rank, id, title string) // listed by rank
	pages      [][]int
}

// An item is a document on its way to the pages.
type item struct {
	row
	kind, name string
	at         int    // in Run.Results
	html       []byte // its line
}

// Write hands every file to write, one after the other: its name, and what
// writes its content.
func (d *Dashboard) Write(write func(name string, content func(io.Writer) error) error) error {
	site, err := d.site()
	if err != nil {
		return err
	}
	if err := write(dashboardData, d.data); err != nil {
		return err
	}
	if err := write(dashboardBadge, func(w io.Writer) error { _, err := w.Write(d.Badge()); return err }); err != nil {
		return err
	}
	for o := range site.orders {
		for page := range max(1, len(site.orders[o].pages)) {
			name := pageName(site.orders[o].File, page)
			if err := write(name, func(w io.Writer) error { return site.page(w, o, page) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func pageName(file string, page int) string {
	if page == 0 {
		return file
	}
	return fmt.Sprintf("%s-%d.html", strings.TrimSuffix(file, ".html"), page+1)
}

// A site is a dashboard whose documents are rendered and in order.
type site struct {
	*Dashboard
	templates *template.Template
	items     []item
	loose     []string // names of what is not anchored
	counts    map[state]int
	disputed  int
	orders    []order
}

func (d *Dashboard) site() (*site, error) {
	templates, err := template.ParseFS(dashboardFiles, "dashboard/*.html")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	s := &site{Dashboard: d, templates: templates, counts: map[state]int{}}
	for i, r := range d.Run.Results {
		one := item{row: rowOf(r), kind: kindOf(r), name: r.Name(), at: i}
		if one.state == "" {
			s.loose = append(s.loose, show(r.Name()))
			continue
		}
		s.counts[one.state]++
		if one.word == "disputed" {
			s.disputed++
		}
		s.items = append(s.items, one)
	}
	if err := s.render(); err != nil {
		return nil, err
	}
	s.orders = []order{{Name: "Kind", File: "index.html", group: byKind}, {Name: "Date", File: "date.html", group: byDate}, {Name: "State", File: "state.html", group: byState}}
	for i := range s.orders {
		s.orders[i].pages = s.paged(s.orders[i].group)
	}
	return s, nil
}

// render makes the lines of all documents, several at once.
func (s *site) render() error {
	if len(s.items) == 0 {
		return nil
	}
	template := s.templates.Lookup("row")
	parts := slices.Collect(slices.Chunk(s.items, (len(s.items)-1)/runtime.GOMAXPROCS(0)+1))
	errs := make([]error, len(parts))
	var wg sync.WaitGroup
	for n, part := range parts {
		wg.Go(func() {
			var b bytes.Buffer
			for i := range part {
				one := &part[i]
				b.Reset()
				if err := template.Execute(&b, s.line(s.Run.Results[one.at], s.Entries[one.at], *one)); err != nil {
					errs[n] = fmt.Errorf("render %s: %w", show(one.name), err)
					return
				}
				one.html = bytes.Clone(b.Bytes())
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// paged cuts the documents into pages, in an order.
func (s *site) paged(group func(item) (rank, id, title string)) [][]int {
	ranks, all := make([]string, len(s.items)), make([]int, len(s.items))
	for i, one := range s.items {
		ranks[i], _, _ = group(one)
		all[i] = i
	}
	slices.SortFunc(all, func(a, b int) int {
		return cmp.Or(cmp.Compare(ranks[a], ranks[b]), cmp.Compare(s.items[a].name, s.items[b].name), cmp.Compare(a, b))
	})
	return slices.Collect(slices.Chunk(all, pageRows))
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

func byState(one item) (rank, id, title string) {
	return fmt.Sprint(slices.Index(states(), one.state)), string(one.state), string(one.state)
}
