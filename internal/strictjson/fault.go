package strictjson

import (
	"fmt"

	"github.com/openllmo/git-anchor/internal/printable"
)

// A Fault is one thing that is wrong with a file.
type Fault struct {
	Pointer string // RFC 6901, "" for the whole file; foreign text, to be printed through printable; cut with "…" where it is long
	Line    int    // from 1; 0 where the text is none that a person wrote
	Text    string // what is wrong, and what is wanted; fit to be printed
}

func (f Fault) String() string {
	text := f.Text
	if f.Pointer != "" {
		text = printable.Text(f.Pointer, 2*MaxShown) + ": " + text
	}
	if f.Line > 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	return text
}

// Faults are what is wrong with one file, in the file's order where they have one:
// at least one, at most MaxFaults.
type Faults []Fault

// Error names the first fault and counts the rest.
func (f Faults) Error() string {
	switch n := len(f) - 1; {
	case n < 0:
		return "no faults"
	case n == 0:
		return f[0].String()
	case len(f) >= MaxFaults:
		return fmt.Sprintf("%s (and %d more, where listing them ended)", f[0], n)
	default:
		return fmt.Sprintf("%s (and %d more)", f[0], n)
	}
}

// Unplace takes the lines off faults with a text that we made ourselves.
func (f Faults) Unplace() {
	for i := range f {
		f[i].Line = 0
	}
}

// Quoted is a foreign text as a fault shows it.
func Quoted(s string) string { return `"` + printable.Text(s, MaxShown) + `"` }
