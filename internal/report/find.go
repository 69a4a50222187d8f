package report

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/anchor"
)

// Find writes, for each proof, where the bytes are that it is for.
func (t Text) Find(found []anchor.Found, stats anchor.FindStats) {
	for _, f := range found {
		fmt.Fprintln(t.Out, t.paintFound(f, show(f.Proof)+": "+foundLine(f)))
		if !t.Quiet {
			t.foundDetails(f)
		}
	}
	if t.Verbose {
		t.say("  (hashed %s in likely places; then scanned %d blobs of %d bytes, %d of them unreadable)",
			count(stats.Likely, "blob"), stats.Scanned, stats.Bytes, stats.Unreadable)
	}
}

func (t Text) paintFound(f anchor.Found, line string) string {
	switch {
	case f.Err != nil:
		return t.red(line)
	case f.Blob == "" || f.Elsewhere():
		return t.yellow(line)
	}
	return line
}

// foundLine is one line about one proof.
func foundLine(f anchor.Found) string {
	switch {
	case f.Err != nil:
		return show(f.Err.Error())
	case f.Blob == "" && f.Lacks != "":
		return "undecided: no blob that is here has its digest, and " + show(f.Lacks)
	case f.Blob == "":
		return "not found: no blob here has its digest"
	}
	if f.Elsewhere() {
		line := "not in " + show(f.Rev) + ": no commit of it brought blob " + f.Blob + ", which is here"
		if f.Lacks != "" {
			line = "undecided: no commit of " + show(f.Rev) + " that is here brought blob " + f.Blob + ", and " + show(f.Lacks)
		}
		return line
	}
	line := "found: " + where(f)
	if f.Variant != "" {
		line += ", with the line ends " + f.Variant
	}
	if f.Lacks != "" {
		line += "; where it was committed is not certain, as " + show(f.Lacks)
	}
	return line
}

// where is how git names the bytes: the commit that brought them and the path,
// or a blob that no commit brought.
func where(f anchor.Found) string {
	switch {
	case len(f.Sites) > 0:
		return brief12(f.Sites[0].First.ID) + ":" + show(f.Sites[0].Path)
	case len(f.Refs) > 0:
		return "blob " + f.Blob + ", which " + show(f.Refs[0]) + " leads to"
	}
	return "blob " + f.Blob + ", which nothing leads to any more"
}

func brief12(id string) string { return id[:min(len(id), 12)] }

func (t Text) foundDetails(f anchor.Found) {
	add := func(format string, args ...any) { fmt.Fprintf(t.Err, "    "+format+"\n", args...) }
	if f.Form.String() != "" && f.Form.String() != "binary" {
		add("note: the proof is in %s; git anchor legacy --convert takes it out", f.Form)
	}
	if f.Blob != "" {
		add("blob %s, %s %x", f.Blob, f.Hash, f.Digest)
	} else if f.Digest != nil {
		add("%s %x", f.Hash, f.Digest)
	}
	for _, s := range f.Sites {
		still := "last in " + commitLine(s.Last.ID, s.Last.When)
		if s.Now {
			still = "still at HEAD"
		}
		add("%s: since %s, %s", show(s.Path), commitLine(s.First.ID, s.First.When), still)
	}
	if len(f.Tags) > 0 {
		add("tags: %s", show(strings.Join(f.Tags, " ")))
	}
	if line := todayLine(f); line != "" {
		add("%s", line)
	}
	for _, n := range f.Notes {
		add("note: %s", show(n))
	}
	if f.Wrote != "" {
		add("wrote %s", show(f.Wrote))
	}
}

func commitLine(id string, when time.Time) string { return brief12(id) + " (" + day(when) + ")" }

// todayLine says what became of the file, "" where nothing is known.
func todayLine(f anchor.Found) string {
	switch {
	case f.Blob == "" || f.TodayPath == "":
		return ""
	case len(f.Today) == 0:
		return "today: " + show(f.TodayPath) + " is the same"
	}
	return "today: " + show(f.TodayPath) + " differs: " + show(strings.Join(f.Today, "; "))
}

type findJSON struct {
	Proofs     []foundJSON `json:"proofs"`
	Likely     int         `json:"likely"`
	Scanned    int64       `json:"scanned"`
	Bytes      int64       `json:"bytes"`
	Unreadable int64       `json:"unreadable"`
}

type foundJSON struct {
	Proof      string     `json:"proof"`
	Document   string     `json:"document,omitempty"`
	Form       string     `json:"form,omitempty"`
	HashOp     string     `json:"hash_op,omitempty"`
	Digest     string     `json:"digest,omitempty"`
	Found      bool       `json:"found"`
	Blob       string     `json:"blob,omitempty"`
	Size       int64      `json:"size,omitempty"`
	LineEnds   string     `json:"line_ends,omitempty"`
	Reachable  bool       `json:"reachable,omitempty"`
	Sites      []siteJSON `json:"sites,omitempty"`
	Refs       []string   `json:"refs,omitempty"`
	Tags       []string   `json:"tags,omitempty"`
	Today      string     `json:"today,omitempty"`
	Difference []string   `json:"difference,omitempty"`
	Lacks      string     `json:"lacks,omitempty"`
	Remedy     string     `json:"remedy,omitempty"`
	Wrote      string     `json:"wrote,omitempty"`
	Notes      []string   `json:"notes,omitempty"`
	Error      string     `json:"error,omitempty"`
}

type siteJSON struct {
	Path      string    `json:"path"`
	PathBytes string    `json:"path_base64,omitempty"`
	First     string    `json:"first"`
	FirstTime time.Time `json:"first_time"`
	Last      string    `json:"last"`
	LastTime  time.Time `json:"last_time"`
	Now       bool      `json:"at_head"`
}

// FillFind puts what Find found into the record.
func (rec *Record) FillFind(found []anchor.Found, stats anchor.FindStats) {
	row := &findJSON{Proofs: []foundJSON{}, Likely: stats.Likely, Scanned: stats.Scanned, Bytes: stats.Bytes, Unreadable: stats.Unreadable}
	for _, f := range found {
		row.Proofs = append(row.Proofs, foundRow(f))
	}
	rec.Find = row
}

func foundRow(f anchor.Found) foundJSON {
	row := foundJSON{
		Proof: f.Proof, Document: f.Document, Form: f.Form.String(), Digest: hex.EncodeToString(f.Digest),
		Found: f.Blob != "" && !f.Elsewhere(), Blob: f.Blob, Size: f.Size, LineEnds: f.Variant, Reachable: f.Reachable, Refs: f.Refs, Tags: f.Tags,
		Today: f.TodayPath, Difference: f.Today, Lacks: f.Lacks, Remedy: f.Remedy, Wrote: f.Wrote, Notes: f.Notes,
	}
	if f.Digest != nil {
		row.HashOp = f.Hash.String()
	}
	for _, s := range f.Sites {
		site := siteJSON{s.Path, "", s.First.ID, s.First.When.UTC(), s.Last.ID, s.Last.When.UTC(), s.Now}
		if !utf8.ValidString(s.Path) {
			site.PathBytes = base64.StdEncoding.EncodeToString([]byte(s.Path))
		}
		row.Sites = append(row.Sites, site)
	}
	if f.Err != nil {
		row.Error = f.Err.Error()
	}
	return row
}
