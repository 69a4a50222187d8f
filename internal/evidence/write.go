package evidence

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

type recordJSON struct {
	Schema         string               `json:"schema"`
	Subject        subjectJSON          `json:"subject"`
	Infrastructure map[string]*fileJSON `json:"infrastructure"`
	Matches        []matchJSON          `json:"matches"`
	Attachments    []fileJSON           `json:"attachments"`
	Claims         claimsJSON           `json:"claims"`
}

type subjectJSON struct {
	URL   string `json:"url"`
	Title string `json:"title,omitempty"`
}

type matchJSON struct {
	Quote string `json:"quote"`
	Where string `json:"where,omitempty"`
}

type fileJSON struct {
	Name   string `json:"name"`
	Media  string `json:"media,omitempty"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

type claimsJSON struct {
	By         string `json:"by,omitempty"`
	ObservedAt string `json:"observed_at,omitempty"`
	Note       string `json:"note,omitempty"`
}

// Write makes a record's file in canonical form, as package strictjson has it.
// Attachments are sorted, and those that are there twice are written once; the
// order of matches is theirs. The bytes are parsed again: the error is Faults where
// the record is no good, by their place in the file that was not made. With the
// bytes comes the record as Parse reads it.
func Write(r Record) ([]byte, *Record, error) {
	if err := r.checkText(); err != nil {
		return nil, nil, err
	}
	file := recordJSON{Schema: Schema, Subject: subjectJSON{r.URL, r.Title}, Infrastructure: map[string]*fileJSON{}, Matches: []matchJSON{}, Attachments: []fileJSON{}}
	for name, f := range map[string]*File{"whois": r.WHOIS, "dns": r.DNS, "hosting": r.Hosting} {
		if f != nil {
			row := f.row()
			file.Infrastructure[name] = &row
		}
	}
	for _, m := range r.Matches {
		file.Matches = append(file.Matches, matchJSON(m))
	}
	attachments := slices.Clone(r.Attachments)
	slices.SortFunc(attachments, func(a, b File) int { return cmp.Or(cmp.Compare(a.Name, b.Name), a.order(b)) })
	for _, f := range slices.CompactFunc(attachments, File.same) {
		file.Attachments = append(file.Attachments, f.row())
	}
	file.Claims = claimsJSON{By: r.By, Note: r.Note}
	if !r.ObservedAt.IsZero() {
		file.Claims.ObservedAt = r.ObservedAt.UTC().Format(time.RFC3339Nano)
	}
	raw, err := json.Marshal(file)
	if err != nil {
		return nil, nil, fmt.Errorf("write record: %w", err)
	}
	if raw, err = strictjson.Canonical(raw); err != nil {
		return nil, nil, fmt.Errorf("write record: %w", err)
	}
	made, err := Parse(raw)
	return raw, made, err
}

// checkText refuses what JSON would hold as something else.
func (r *Record) checkText() error {
	texts := map[string]string{"/subject/url": r.URL, "/subject/title": r.Title, "/claims/by": r.By, "/claims/note": r.Note}
	for i, m := range r.Matches {
		texts[fmt.Sprintf("/matches/%d/quote", i)], texts[fmt.Sprintf("/matches/%d/where", i)] = m.Quote, m.Where
	}
	var bad []string
	for pointer, s := range texts {
		if !utf8.ValidString(s) {
			bad = append(bad, pointer)
		}
	}
	slices.Sort(bad)
	var faults Faults
	for _, pointer := range bad[:min(len(bad), strictjson.MaxFaults)] {
		faults = append(faults, Fault{Pointer: pointer, Line: 1, Text: "it is not valid UTF-8: give it as a file"})
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

func (f File) row() fileJSON {
	return fileJSON{f.Name, f.Media, f.Size, hex.EncodeToString(f.SHA256[:])}
}
