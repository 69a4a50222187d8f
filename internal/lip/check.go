package lip

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// CheckName judges where a LIP is kept and what its file is called, which can be
// said without its bytes. No findings means that the name is final.
func CheckName(p string) []Finding {
	_, found, _ := checkName(p)
	return found
}

// checkName is CheckName with the name; final says that there is nothing to
// gain from looking into the file.
func checkName(p string) (name Name, found []Finding, final bool) {
	if now, proof, ok := LegacyPath(p); ok {
		return Name{}, []Finding{{
			Text: fmt.Sprintf("LIPs are no longer kept at %s: this one is now %s, and the proof of the old file is %s", p, now, proof),
			Hint: "name " + now + " instead",
		}}, true
	}
	name, err := ParseName(path.Base(p))
	var refused *NameError
	if errors.As(err, &refused) {
		found = []Finding{{Text: refused.Text, Hint: refused.Hint, NotYet: errors.Is(err, ErrPlaceholder)}}
	}
	return name, found, errors.Is(err, ErrPlaceholder)
}

// Check judges the committed bytes of a LIP at a path of the repository: its
// name, its front matter, that the two agree, its status and its text. No
// findings means that the document may be anchored. Findings are in the order
// of their lines.
//
// A placeholder and a path from before LIPs moved are refused by that alone.
func Check(p string, b []byte, r Rule) (Document, []Finding) {
	name, found, final := checkName(p)
	if final {
		return Document{}, found
	}
	named := len(found) == 0
	doc, at, bad := parse(b)
	found = append(found, bad...)
	if at.number > 0 && named && doc.Number != name.Number {
		found = append(found, Finding{
			Line: at.number,
			Text: fmt.Sprintf("lip is %d, but the file name says %d, and the file name decides", doc.Number, name.Number),
			Hint: fmt.Sprintf("write lip: %d", name.Number),
		})
	}
	if at.status > 0 {
		found = append(found, checkStatus(doc, at.status, r.Status)...)
	}
	found = append(found, Forbidden(b, r.Forbid)...)
	return doc, limit(found)
}

// checkStatus refuses every status but the wanted ones; none wanted means the
// accepted one of the document's type.
func checkStatus(doc Document, line int, wanted []string) []Finding {
	if len(wanted) == 0 {
		if doc.Type == "" && doc.Status != draft {
			return nil // the type has its own finding
		}
		wanted = []string{accepted(doc.Type)}
	}
	if slices.Contains(wanted, doc.Status) {
		return nil
	}
	names := make([]string, len(wanted)) // from the repository, like the document
	for i, w := range wanted {
		names[i] = quote(w)
	}
	either := strings.Join(names, " or ")
	f := Finding{Line: line, Text: fmt.Sprintf("status is %q, and only %s is anchored", doc.Status, either), NotYet: true}
	if doc.Status == draft {
		f.Text = "status is Draft: a Draft cannot be anchored, because the edit that accepts it would break the proof"
		f.Hint = "anchor it once its status is " + either
	}
	return []Finding{f}
}

// accepted is the status at which a LIP of a type is finished.
func accepted(kind string) string {
	if kind == process {
		return "Active"
	}
	return "Final"
}

// Forbidden finds every line on which a forbidden text begins, in any case. A
// text may span lines. An anchored text cannot be corrected afterwards, so what
// was left to be filled in must be found before.
func Forbidden(b []byte, patterns []string) []Finding {
	var found []Finding
	text := bytes.ToLower(b) // changes lengths, but no line ends
	for _, pattern := range patterns {
		found = append(found, occurrences(text, pattern)...)
	}
	return limit(found)
}

func occurrences(text []byte, pattern string) []Finding {
	lower := bytes.ToLower([]byte(pattern))
	if len(lower) == 0 {
		return nil // it would be everywhere
	}
	var found []Finding
	line, last := 1, 0
	for at := 0; ; {
		i := bytes.Index(text[at:], lower)
		if i < 0 {
			return found
		}
		line += bytes.Count(text[at:at+i], []byte("\n"))
		at += i
		if line != last {
			if len(found) > MaxFindings {
				return found // limit says that there are more
			}
			found = append(found, Finding{
				Line: line,
				Text: "the text holds " + quote(pattern) + ", which must not be anchored",
				Hint: "fill it in or remove it, and commit that",
			})
			last = line
		}
		line += bytes.Count(text[at:at+len(lower)], []byte("\n"))
		at += len(lower)
	}
}
