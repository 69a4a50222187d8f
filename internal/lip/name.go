package lip

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Where LIPs live, and where they lived before 2026-04-26.
const (
	dirNow       = "content/spec/lips"
	dirBefore    = "spec/lips"
	legacyProofs = "static/spec/lips/legacy"
)

// Rules of names.
const (
	numberDigits = 4
	minSlug      = 3  // bytes of a placeholder's slug
	maxSlug      = 40 // bytes
)

// Conditions of ParseName, to be matched with errors.Is.
var (
	ErrPlaceholder = errors.New("not final: the LIP has no number yet")
	ErrName        = errors.New("not a LIP name")
)

// A NameError says why a file name is not that of a LIP that may be anchored.
type NameError struct {
	Err  error // ErrPlaceholder or ErrName
	Text string
	Hint string
}

func (e *NameError) Error() string { return e.Text }

func (e *NameError) Unwrap() error { return e.Err }

// A Name is what a LIP's file name says.
type Name struct {
	Number int
	Draft  bool   // lip-NEW-<slug>.md, which has no number
	Slug   string // of a placeholder
}

// ParseName reads a file name without its directory. Every error is a
// *NameError that says what to do. For a well-formed placeholder it is
// ErrPlaceholder, and the Name is filled in nevertheless.
func ParseName(base string) (Name, error) {
	if strings.HasPrefix(base, "lip-NEW-") {
		return parsePlaceholder(base)
	}
	number, isLIP := strings.CutPrefix(base, "lip-")
	number, isMarkdown := strings.CutSuffix(number, ".md")
	if isLIP && isMarkdown && len(number) == numberDigits && allDigits(number) {
		n, _ := strconv.Atoi(number) // four digits always fit
		return Name{Number: n}, nil
	}
	return Name{}, refuseName(base)
}

func parsePlaceholder(base string) (Name, error) {
	slug, ok := strings.CutSuffix(strings.TrimPrefix(base, "lip-NEW-"), ".md")
	if !ok || len(slug) < minSlug || len(slug) > maxSlug || strings.Trim(slug, slugBytes) != "" {
		return Name{}, &NameError{
			Err:  ErrName,
			Text: fmt.Sprintf("%s is not a placeholder's name: lip-NEW-<slug>.md has a slug of %d to %d of a-z, 0-9 and -", quote(base), minSlug, maxSlug),
			Hint: "a placeholder is never anchored: rename the file to lip-NNNN.md once the editor has given it a number",
		}
	}
	return Name{Draft: true, Slug: slug}, &NameError{
		Err:  ErrPlaceholder,
		Text: quote(base) + " is not final: it is a placeholder, whatever number its front matter holds",
		Hint: "rename the file to lip-NNNN.md once the editor has given it a number",
	}
}

const slugBytes = "abcdefghijklmnopqrstuvwxyz0123456789-"

// refuseName says what is wrong with a name that is none, and names the right
// one where it can be told.
func refuseName(base string) error {
	lower := strings.ToLower(base)
	stem, isLIP := strings.CutPrefix(lower, "lip-")
	number := strings.TrimSuffix(strings.TrimSuffix(stem, ".mdx"), ".md")
	counted := isLIP && number != "" && allDigits(number)
	refusal := &NameError{Err: ErrName, Hint: "name the file lip-NNNN.md"}
	if counted && len(number) <= numberDigits {
		refusal.Hint = fmt.Sprintf("name the file lip-%s%s.md", strings.Repeat("0", numberDigits-len(number)), number)
	}
	switch {
	case counted && lower != base:
		refusal.Text = quote(base) + " is not a LIP name: LIP names are lower case"
	case counted && strings.HasSuffix(lower, ".mdx"):
		refusal.Text = quote(base) + " is not a LIP name: LIPs are .md files since they moved to " + dirNow
	case counted && strings.HasSuffix(lower, ".md"):
		refusal.Text = fmt.Sprintf("%s is not a LIP name: LIP names have exactly %d digits, not %d", quote(base), numberDigits, len(number))
	default:
		refusal.Text = quote(base) + " is not a LIP name, which is lip-NNNN.md with exactly four digits"
	}
	return refusal
}

// LegacyPath tells, for the path a LIP had before LIPs moved (.mdx in spec/lips),
// where the document is now and where the proof of the old file was kept.
func LegacyPath(p string) (now, proof string, ok bool) {
	dir, base := path.Split(p)
	stem, isMDX := strings.CutSuffix(base, ".mdx")
	if !isMDX || dir != dirBefore+"/" {
		return "", "", false
	}
	if _, err := ParseName(stem + ".md"); err != nil {
		return "", "", false
	}
	return path.Join(dirNow, stem+".md"), path.Join(legacyProofs, base+".ots"), true
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
