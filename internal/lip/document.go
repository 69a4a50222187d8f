package lip

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// What front matter may say.
const (
	process      = "Process"
	draft        = "Draft"
	dateLayout   = "2006-01-02"
	dateExpected = "a date like 2026-04-21"
)

func types() []string { return []string{"Standards Track", process, "Informational"} }

func statuses() []string {
	return []string{draft, "Proposed", "Active", "Final", "Superseded", "Withdrawn", "Rejected", "Obsolete"}
}

var (
	authorForm = regexp.MustCompile(`^[^<>]*[^<> ] <[^<>@\s]+@[^<>@\s]+>(, [^<>]*[^<> ] <[^<>@\s]+@[^<>@\s]+>)*$`)
	numberForm = regexp.MustCompile(`^[0-9]{1,4}$`)
)

// Parse reads the front matter of a LIP. Without findings the document is
// complete and agrees with itself; whether it may be anchored is for Check.
func Parse(b []byte) (Document, []Finding) {
	doc, _, found := parse(b)
	return doc, limit(found)
}

// Heading reads title and status as they stand in a LIP's front matter, whatever
// else is wrong with it; "" for one that is no single value. Nothing of front
// matter that readers disagree about.
func Heading(b []byte) (title, status string) {
	body, bad := frontMatter(b)
	if bad != nil || checkText(body) != nil {
		return "", ""
	}
	root, found := decode(body)
	if len(found) > 0 {
		return "", ""
	}
	r := reader{entries: entries(root)}
	return r.text("title"), r.text("status")
}

// lines says where the values that Check judges further were read; 0 means that
// there was no readable one.
type lines struct{ number, status int }

func parse(b []byte) (Document, lines, []Finding) {
	body, bad := frontMatter(b)
	if bad == nil {
		bad = checkText(body)
	}
	if bad != nil {
		return Document{}, lines{}, []Finding{*bad}
	}
	root, found := decode(body)
	if len(found) > 0 {
		return Document{}, lines{}, found // which of two values counts is anybody's guess
	}
	r := reader{entries: entries(root), at: 1}
	doc := r.document()
	return doc, r.lines, r.found
}

// entries maps the keys of a mapping to their values.
func entries(n *yaml.Node) map[string]*yaml.Node {
	m := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		m[n.Content[i].Value] = n.Content[i+1]
	}
	return m
}

// A reader takes checked values out of one mapping and gathers findings.
type reader struct {
	entries map[string]*yaml.Node
	at      int    // line to report what is absent on
	within  string // empty, or where this mapping is, for messages
	lines   lines
	found   []Finding
}

func (r *reader) add(line int, format string, args ...any) {
	r.found = append(r.found, Finding{Line: line, Text: fmt.Sprintf(format, args...)})
}

func (r *reader) document() Document {
	d := Document{
		Number:  r.number(),
		Title:   r.text("title"),
		Author:  r.author(),
		Status:  r.oneOf("status", statuses()),
		Type:    r.oneOf("type", types()),
		Created: r.date("created"),
	}
	for _, key := range []string{"linkTitle", "sidebarTitle"} {
		if r.entries[key] != nil && d.LinkTitle == "" {
			d.LinkTitle = r.text(key)
		}
	}
	if d.Status != "" {
		r.lines.status = fileLine(r.entries["status"])
	}
	d.Transitions = r.transitions(d.Status)
	return d
}

// scalar returns the node of a required key, or nil and a finding.
func (r *reader) scalar(key string) *yaml.Node {
	n := r.entries[key]
	switch {
	case n == nil:
		r.add(r.at, "%s has no %s", r.place(), key)
	case n.Kind != yaml.ScalarNode:
		r.add(fileLine(n), "%s is a list or map, want a single value", r.name(key))
	case n.ShortTag() == "!!null" || strings.TrimSpace(n.Value) == "":
		r.add(fileLine(n), "%s is empty", r.name(key))
	default:
		return n
	}
	return nil
}

func (r *reader) place() string {
	if r.within != "" {
		return r.within
	}
	return "the front matter"
}

func (r *reader) name(key string) string {
	if r.within != "" {
		return key + " of " + r.within
	}
	return key
}

func (r *reader) text(key string) string {
	if n := r.scalar(key); n != nil {
		return n.Value
	}
	return ""
}

// number reads lip from its text. YAML readers take 0010 for eight.
func (r *reader) number() int {
	n := r.scalar("lip")
	if n == nil {
		return 0
	}
	if n.Style != 0 || !numberForm.MatchString(n.Value) {
		r.add(fileLine(n), "lip is %s, want a number of at most %d digits without quotes", quote(n.Value), numberDigits)
		return 0
	}
	r.lines.number = fileLine(n)
	number, _ := strconv.Atoi(n.Value) // four digits always fit
	return number
}

func (r *reader) author() string {
	n := r.scalar("author")
	if n == nil {
		return ""
	}
	if !authorForm.MatchString(n.Value) {
		r.add(fileLine(n), "author is %s, want \"Name <email>\"", quote(n.Value))
	}
	return n.Value
}

func (r *reader) oneOf(key string, known []string) string {
	n := r.scalar(key)
	if n == nil {
		return ""
	}
	if !slices.Contains(known, n.Value) {
		r.add(fileLine(n), "%s is %s, want one of %s", r.name(key), quote(n.Value), strings.Join(known, ", "))
		return ""
	}
	return n.Value
}

func (r *reader) date(key string) string {
	n := r.scalar(key)
	if n == nil {
		return ""
	}
	if _, err := time.Parse(dateLayout, n.Value); err != nil {
		r.add(fileLine(n), "%s is %s, want %s", r.name(key), quote(n.Value), dateExpected)
		return ""
	}
	return n.Value
}

// transitions reads the history of statuses. It checks each entry, that time
// runs forwards and that the history ends at status, and nothing else: real
// histories skip statuses.
func (r *reader) transitions(status string) []Transition {
	list := r.entries["transitions"]
	if list == nil {
		r.add(r.at, "the front matter has no transitions")
		return nil
	}
	if list.Kind != yaml.SequenceNode || len(list.Content) == 0 {
		r.add(fileLine(list), "transitions is not a list with at least one entry")
		return nil
	}
	var all []Transition
	before := ""
	for i, n := range list.Content {
		if n.Kind != yaml.MappingNode {
			r.add(fileLine(n), "transition %d is not a map of date, from, to and ref", i+1)
			continue
		}
		e := reader{entries: entries(n), at: fileLine(n), within: fmt.Sprintf("transition %d", i+1)}
		t := e.transition(i == 0)
		if t.Date != "" && t.Date < before { // fixed width, so text order is time order
			e.add(fileLine(e.entries["date"]), "date of transition %d is %s, before the one above it (%s)", i+1, t.Date, before)
		}
		if i == len(list.Content)-1 && t.To != "" && status != "" && t.To != status {
			e.add(fileLine(e.entries["to"]), "the last transition leads to %s, but status is %s", t.To, status)
		}
		if t.Date != "" {
			before = t.Date
		}
		all = append(all, t)
		r.found = append(r.found, e.found...)
	}
	return all
}

func (r *reader) transition(first bool) Transition {
	t := Transition{Date: r.date("date"), To: r.oneOf("to", statuses()), Ref: r.text("ref")}
	from := r.entries["from"]
	switch {
	case !first:
		t.From = r.oneOf("from", statuses())
	case from == nil:
		r.add(r.at, "%s has no from", r.within)
	case from.Kind != yaml.ScalarNode || from.ShortTag() != "!!null":
		r.add(fileLine(from), "%s is not null, but the first transition comes from nothing", r.name("from"))
	}
	return t
}
