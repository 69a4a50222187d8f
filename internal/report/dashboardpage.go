package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// Limits of a page.
const (
	looseListed = 200 // names of what is not anchored
	longestHead = 200 // runes of a heading
)

const regtestBanner = "regtest, proves nothing"

// A view is what the template of a page shows. Every string that is not ours
// went through package printable.
type view struct {
	Title, Policy          string
	Style                  template.CSS
	Regtest                string // banner, "" elsewhere
	First                  bool   // a page with the counts
	Now, Commit, Committed string
	Asked, Tool            string
	Tiles                  []tile
	Label                  string // what the bar shows, in words
	Disputed               string
	Listed                 string // how many documents, or what else has a proof
	Linked                 bool   // some document has files beside it
	Only                   state
	Orders                 []link
	Jumps                  []link
	Groups                 []group
	None                   string // where there are none
	Loose                  []string
	LooseTitle, LooseMore  string
	Pages                  []link
	Place                  string // which page of how many
	Verifier, Data, Badge  string
}

type tile struct {
	State    state
	Sign     string
	Count    int
	Href     string
	Here     bool
	X, Width string // in the bar of 1000
	Explains string
}

type link struct {
	Text, Href string
	Count      int
	Here       bool
}

type group struct {
	ID, Title string
	Continued bool
	Rows      []template.HTML
}

// page writes one page of a list.
func (d *Dashboard) page(w io.Writer, l *list, page int) error {
	v := d.frame()
	v.First, v.Only = page == 0, l.Only
	if l.Only != "" {
		v.Title += ": " + string(l.Only)
	}
	if page > 0 {
		v.Title = fmt.Sprintf("%s, page %d", v.Title, page+1)
	}
	v.Orders = []link{{Text: "kind", Href: "index.html", Here: l.File == "index.html"}, {Text: "date", Href: "date.html", Here: l.File == "date.html"}}
	v.Tiles, v.Label = d.tiles(l.Only)
	if page < len(l.pages) {
		v.Groups = d.groups(l, page)
	}
	if len(l.jumps) > 1 {
		v.Jumps = l.jumps
	}
	v.Pages, v.Place = l.around(page)
	switch {
	case len(d.items) == 0:
		v.None = "Nothing is anchored yet."
	case l.Only != "":
		v.None = "None is " + string(l.Only) + "."
	}
	if page == 0 && l.File == "index.html" {
		v.Loose, v.LooseTitle = d.loose, count(d.looseAll, "document")+" without a proof"
		if more := d.looseAll - len(d.loose); more > 0 {
			v.LooseMore = fmt.Sprintf("and %d more", more)
		}
	}
	return d.templates.ExecuteTemplate(w, "page", v)
}

// frame fills what all pages have.
func (d *Dashboard) frame() *view {
	v := &view{
		Title: headline(d.Title), Policy: stylePolicy(d.style), Style: template.CSS(d.style),
		Now: d.Now.UTC().Format("2006-01-02 15:04:05"), Commit: d.about.Commit.ID, Tool: show(d.Tool),
		Asked:  "No source was asked: blocks were compared with headers that were at hand.",
		Listed: count(len(d.items), "document"), Linked: d.linked, Verifier: DashboardVerifier, Data: dashboardData, Badge: dashboardBadge,
	}
	if d.Online {
		v.Asked = "Sources were asked for block headers."
	}
	if v.Commit != "" {
		v.Committed = day(d.about.Commit.When)
	}
	if d.Regtest {
		v.Regtest = regtestBanner
	}
	if n := d.words["disputed"]; n > 0 {
		v.Disputed = fmt.Sprintf("%d disputed: sources contradict each other about a block.", n)
	}
	return v
}

func headline(title string) string { return cmp.Or(short(title, longestHead), "Anchored documents") }

// stylePolicy allows a page its own style and nothing else.
func stylePolicy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// tiles count the states, and place each in a bar of 1000.
func (d *Dashboard) tiles(here state) (tiles []tile, label string) {
	explains := map[state]string{
		stateConfirmed: "A Bitcoin block commits to these exact bytes: they existed no later than its date.",
		statePending:   "No block yet. Proves nothing to a third party.",
		stateChanged:   "The bytes are not those that were stamped.",
		stateFailed:    "The proof is damaged, missing or leads to no block, could not be had, or a file that a record names is another one.",
		stateUnchecked: "It was not found out. That says nothing against the proof.",
	}
	if d.Regtest {
		explains[stateConfirmed] = "Only on regtest, a test chain whose blocks anybody makes in a second: proves nothing."
	}
	var words []string
	x := 0.0
	for i := len(states()) - 1; i >= 0; i-- {
		st := states()[i]
		n := d.counts[st]
		width := 0.0
		if n > 0 {
			width = 1000 * float64(n) / float64(len(d.items))
			words = append(words, fmt.Sprintf("%d %s", n, st))
		}
		t := tile{State: st, Sign: st.sign(), Count: n, Here: st == here, X: fmt.Sprintf("%.1f", x), Width: fmt.Sprintf("%.1f", width), Explains: explains[st]}
		if n > 0 {
			t.Href = st.file()
		}
		x += width
		tiles = append(tiles, t)
	}
	return tiles, strings.Join(words, ", ")
}

// groups are what a page lists.
func (d *Dashboard) groups(l *list, page int) (groups []group) {
	before := ""
	if page > 0 {
		last := l.pages[page-1]
		_, before, _ = l.group(d.items[last[len(last)-1]])
	}
	for _, i := range l.pages[page] {
		_, id, title := l.group(d.items[i])
		if len(groups) == 0 || groups[len(groups)-1].ID != id {
			groups = append(groups, group{ID: id, Title: title, Continued: id == before})
		}
		last := &groups[len(groups)-1]
		last.Rows = append(last.Rows, d.items[i].html)
	}
	return groups
}

// around leads to the other pages of a list: to the first, the last and those
// around the one that is shown.
func (l *list) around(page int) (links []link, place string) {
	const near = 3
	last := len(l.pages) - 1
	if last < 1 {
		return nil, ""
	}
	for i := range l.pages {
		switch {
		case i == 0 || i == last || i >= page-near && i <= page+near:
			links = append(links, link{Text: fmt.Sprint(i + 1), Href: pageName(l.File, i), Here: i == page})
		case links[len(links)-1].Text != "…":
			links = append(links, link{Text: "…"})
		}
	}
	return links, fmt.Sprintf("Page %d of %d", page+1, last+1)
}

// data writes what the pages show as JSON while it is taken in: a Record, with
// a line a document.
func (d *Dashboard) data(w io.Writer, parts func(take func(anchor.Run, []Entry) error) error) error {
	tail, separator := "", ""
	take := func(run anchor.Run, entries []Entry) error {
		if tail == "" {
			var head string
			var err error
			if head, tail, err = d.record(run.Commit.ID); err != nil {
				return err
			}
			if _, err := io.WriteString(w, head); err != nil {
				return err
			}
		}
		lines := make([][]byte, len(run.Results))
		err := atOnce(len(lines), func(i int) (err error) {
			lines[i], err = dataLine(run.Results[i], entries[i])
			return err
		})
		if err != nil {
			return err
		}
		for _, line := range lines {
			if _, err := io.WriteString(w, separator+"\n    "+string(line)); err != nil {
				return err
			}
			separator = ","
		}
		return d.add(run, entries)
	}
	if err := parts(take); err != nil {
		return err
	}
	if tail == "" {
		if err := take(anchor.Run{}, nil); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n  ]"+tail)
	return err
}

// record is a Record around its documents.
func (d *Dashboard) record(commit string) (head, tail string, err error) {
	rec := Record{Command: "report", Network: "mainnet", Commit: commit}
	if d.Regtest {
		rec.Network = "regtest"
	}
	var b bytes.Buffer
	err = rec.Write(&b)
	const empty = `"documents": [` // no string of JSON holds a bare quote
	head, tail, _ = strings.Cut(b.String(), empty+"]")
	return head + empty, tail, err
}
