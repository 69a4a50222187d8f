package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
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
	First                  bool   // the page with the counts
	Now, Commit, Committed string
	Asked, Tool            string
	Tiles                  []tile
	Label                  string // what the bar shows, in words
	Disputed               string
	Proofs                 string
	Linked                 bool // some document has files beside it
	Orders                 []link
	Jumps                  []link
	Shown                  []shown // the filter; nil where all is of one state
	Groups                 []group
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
	X, Width string // in the bar of 1000
	Explains string
}

type link struct {
	Text, Href string
	Count      int
	Here       bool
}

type shown struct {
	State state
	Sign  string
	Count int
}

type group struct {
	ID, Title string
	Continued bool
	Rows      []template.HTML
}

// page writes one page of an order.
func (s *site) page(w io.Writer, at, page int) error {
	o := s.orders[at]
	v, err := s.frame()
	if err != nil {
		return err
	}
	v.First = page == 0
	if page > 0 {
		v.Title = fmt.Sprintf("%s, page %d", v.Title, page+1)
	}
	for i, other := range s.orders {
		v.Orders = append(v.Orders, link{Text: other.Name, Href: other.File, Here: i == at})
	}
	if page < len(o.pages) {
		v.Groups, v.Shown = s.groups(o, page)
	}
	v.Jumps = s.jumps(o)
	v.Pages, v.Place = s.pages(o, page)
	if page == 0 && at == 0 {
		v.Loose = s.loose[:min(len(s.loose), looseListed)]
		v.LooseTitle = count(len(s.loose), "document") + " without a proof"
		if more := len(s.loose) - len(v.Loose); more > 0 {
			v.LooseMore = fmt.Sprintf("and %d more", more)
		}
	}
	return s.templates.ExecuteTemplate(w, "page", v)
}

// frame fills what all pages have.
func (s *site) frame() (*view, error) {
	style, err := dashboardStyle()
	if err != nil {
		return nil, err
	}
	v := &view{
		Title: headline(s.Title), Policy: stylePolicy(style), Style: template.CSS(style),
		Now: s.Now.UTC().Format("2006-01-02 15:04:05"), Commit: s.Run.Commit.ID, Tool: show(s.Tool),
		Asked:  "No source was asked: blocks were compared with headers that were at hand.",
		Proofs: count(len(s.items), "proof"), Verifier: DashboardVerifier, Data: dashboardData, Badge: dashboardBadge,
	}
	if s.Online {
		v.Asked = "Sources were asked for block headers."
	}
	v.Linked = slices.ContainsFunc(s.Entries, func(e Entry) bool { return e.Certificate != "" || e.Document != "" })
	if v.Commit != "" {
		v.Committed = day(s.Run.Commit.When)
	}
	if s.Regtest {
		v.Regtest = regtestBanner
	}
	if s.disputed > 0 {
		v.Disputed = fmt.Sprintf("%d disputed: sources contradict each other about a block.", s.disputed)
	}
	v.Tiles, v.Label = s.tiles()
	return v, nil
}

func headline(title string) string { return cmp.Or(short(title, longestHead), "Anchored documents") }

// dashboardStyle is the style of every page, without what indents it.
func dashboardStyle() (string, error) {
	raw, err := dashboardFiles.ReadFile("dashboard/style.css")
	if err != nil {
		return "", fmt.Errorf("read the style: %w", err)
	}
	return string(raw), nil
}

// stylePolicy allows a page its own style and nothing else.
func stylePolicy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// tiles count the states, and place each in a bar of 1000.
func (s *site) tiles() (tiles []tile, label string) {
	explains := map[state]string{
		stateConfirmed: "A Bitcoin block commits to these exact bytes: they existed no later than its date.",
		statePending:   "No block yet. Proves nothing to a third party.",
		stateChanged:   "The bytes are not those that were stamped.",
		stateFailed:    "The proof is damaged, missing, or leads to no block.",
		stateUnchecked: "It was not found out. That says nothing against the proof.",
	}
	var words []string
	x := 0.0
	for i := len(states()) - 1; i >= 0; i-- {
		st := states()[i]
		n := s.counts[st]
		width := 0.0
		if n > 0 {
			width = 1000 * float64(n) / float64(len(s.items))
			words = append(words, fmt.Sprintf("%d %s", n, st))
		}
		t := tile{State: st, Sign: st.sign(), Count: n, X: fmt.Sprintf("%.1f", x), Width: fmt.Sprintf("%.1f", width), Explains: explains[st]}
		if n > 0 {
			t.Href = s.placeOf(s.orders[len(s.orders)-1], string(st))
		}
		x += width
		tiles = append(tiles, t)
	}
	return tiles, strings.Join(words, ", ")
}

// placeOf is where a group of an order begins.
func (s *site) placeOf(o order, id string) string {
	for page, rows := range o.pages {
		for _, i := range rows {
			if _, of, _ := o.group(s.items[i]); of == id {
				return pageName(o.File, page) + "#" + id
			}
		}
	}
	return o.File
}

// groups are what a page lists, and the states that it can be narrowed to.
func (s *site) groups(o order, page int) ([]group, []shown) {
	var list []group
	counts := map[state]int{}
	before := ""
	if page > 0 {
		last := o.pages[page-1]
		_, before, _ = o.group(s.items[last[len(last)-1]])
	}
	for _, i := range o.pages[page] {
		one := s.items[i]
		counts[one.state]++
		_, id, title := o.group(one)
		if len(list) == 0 || list[len(list)-1].ID != id {
			list = append(list, group{ID: id, Title: title, Continued: id == before})
		}
		last := &list[len(list)-1]
		last.Rows = append(last.Rows, template.HTML(one.html)) // rendered by the template "row"
	}
	if len(counts) < 2 {
		return list, nil
	}
	var filter []shown
	for i := len(states()) - 1; i >= 0; i-- {
		if st := states()[i]; counts[st] > 0 {
			filter = append(filter, shown{st, st.sign(), counts[st]})
		}
	}
	return list, filter
}

// jumps lead to where the groups of an order begin.
func (s *site) jumps(o order) []link {
	var list []link
	for page, rows := range o.pages {
		for _, i := range rows {
			_, id, title := o.group(s.items[i])
			if len(list) == 0 || list[len(list)-1].Text != title {
				list = append(list, link{Text: title, Href: pageName(o.File, page) + "#" + id})
			}
			list[len(list)-1].Count++
		}
	}
	if len(list) < 2 {
		return nil
	}
	return list
}

// pages lead to the other pages of an order: to the first, the last and those
// around the one that is shown.
func (s *site) pages(o order, page int) (list []link, place string) {
	const around = 3
	last := len(o.pages) - 1
	if last < 1 {
		return nil, ""
	}
	for i := range o.pages {
		switch {
		case i == 0 || i == last || i >= page-around && i <= page+around:
			list = append(list, link{Text: fmt.Sprint(i + 1), Href: pageName(o.File, i), Here: i == page})
		case list[len(list)-1].Text != "…":
			list = append(list, link{Text: "…"})
		}
	}
	return list, fmt.Sprintf("Page %d of %d", page+1, last+1)
}

// data writes what the pages show as JSON: a Record, with a line a document.
func (d *Dashboard) data(w io.Writer) error {
	rec := Record{Command: "report", Network: "mainnet", Commit: d.Run.Commit.ID}
	if d.Regtest {
		rec.Network = "regtest"
	}
	var b bytes.Buffer
	if err := rec.Write(&b); err != nil {
		return err
	}
	const empty = `"documents": []` // no string of JSON holds a bare quote
	head, tail, _ := strings.Cut(b.String(), empty)
	if _, err := io.WriteString(w, head+`"documents": [`); err != nil {
		return err
	}
	for i := range d.Run.Results {
		line, err := d.dataRow(i)
		if err != nil {
			return err
		}
		if i > 0 {
			line = append([]byte{','}, line...)
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "\n  ]"+tail)
	return err
}
