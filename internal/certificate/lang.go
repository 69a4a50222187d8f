package certificate

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// A Lang is a language that certificates and verifiers are written in, by its
// ISO 639-1 code.
type Lang string

// Langs lists the languages, English first.
func Langs() []Lang { return []Lang{"en", "de", "fr", "es", "it", "uk"} }

// ParseLang reads the code of a language. The error lists those there are.
func ParseLang(code string) (Lang, error) {
	if slices.Contains(Langs(), Lang(code)) {
		return Lang(code), nil
	}
	names := make([]string, len(Langs()))
	for i, l := range Langs() {
		names[i] = string(l)
	}
	return "", fmt.Errorf("no language %q: there are %s", code, strings.Join(names, ", "))
}

// Texts lie in lang/<code>.json (pages) and lang/<code>.pdf.json: one object of
// keys and sentences, in which {name} stands for a value. Every language has
// every key with the same names; a test sees to it.
//
//go:embed lang/*.json
var langFiles embed.FS

// words are the texts of one language by their keys.
type words map[string]string

// words reads the texts of a language.
func (l Lang) words() (words, error) {
	if _, err := ParseLang(string(l)); err != nil {
		return nil, err
	}
	w := words{}
	for _, ending := range []string{".json", ".pdf.json"} {
		raw, err := langFiles.ReadFile("lang/" + string(l) + ending)
		if err != nil {
			return nil, fmt.Errorf("read texts: %w", err)
		}
		if err := json.Unmarshal(raw, &w); err != nil {
			return nil, fmt.Errorf("read texts of %s: %w", l, err)
		}
	}
	return w, nil
}

// say returns the text of a key, with pairs of a name and its value put in. A
// key that is not there is a fault of ours.
func (w words) say(key string, pairs ...string) string {
	text, ok := w[key]
	if !ok {
		panic("certificate: no text " + key)
	}
	names := slices.Clone(pairs)
	for i := 0; i < len(names); i += 2 {
		names[i] = "{" + names[i] + "}"
	}
	return strings.NewReplacer(names...).Replace(text)
}
