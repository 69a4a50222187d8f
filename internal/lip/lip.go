// Package lip judges LIPs (LLMO Improvement Proposals) before they are
// anchored: their names, their front matter and their text.
//
// Start at Check, which takes a path and the committed bytes and returns every
// Finding with its line; a document without findings may be anchored. ParseName
// and Parse are its two halves.
//
// A LIP is Markdown whose first line is exactly "---", followed by YAML, then by
// another line that is exactly "---", then the text. The file name
// (lip-NNNN.md) decides which LIP it is, and the front matter must agree.
//
// The package reads no files, asks no clock and renders nothing. It enforces no
// order of statuses: real histories skip some.
package lip

import (
	"cmp"
	"slices"
	"strconv"
)

// MaxFindings is how many findings one call returns at most; the last of them
// then says that there are more. A hostile document would otherwise print more
// than anybody reads.
const MaxFindings = 100

// A Finding is one reason not to anchor a document as it is.
type Finding struct {
	Line int    // from 1; 0 means the file as a whole
	Text string // what is true; foreign text in it is quoted and cut
	Hint string // the one thing to do about it, or empty

	NotYet bool // the document is in order and not to be anchored: a placeholder, or its status
}

// A Document is what a LIP's front matter says. Fields with a finding may be zero.
type Document struct {
	Number      int
	Title       string
	LinkTitle   string // linkTitle, or sidebarTitle as it was called before
	Author      string // "Name <email>", several joined by ", "
	Status      string
	Type        string
	Created     string // YYYY-MM-DD
	Transitions []Transition
}

// A Transition is one change of status.
type Transition struct {
	Date string // YYYY-MM-DD
	From string // empty in the first, which comes from null
	To   string
	Ref  string
}

// A Rule is what a repository's configuration asks of its LIPs.
type Rule struct {
	// Status lists the statuses that may be anchored, exactly these. Empty means
	// the accepted ones: Active for a Process LIP, Final for the others.
	Status []string
	// Forbid lists texts that must not occur, in any case, anywhere in the file.
	Forbid []string
}

// limit sorts findings by line and cuts them to MaxFindings.
func limit(found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	if len(found) <= MaxFindings {
		return found
	}
	return append(found[:MaxFindings-1:MaxFindings-1], Finding{
		Line: found[MaxFindings-1].Line,
		Text: "there are more findings from here on, which are not listed",
	})
}

// quote makes text of a document fit for a message.
func quote(s string) string {
	const most = 60 // bytes
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}
