package certificate

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
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
// keys and sentences, in which {name} stands for a value and {name:one|many} for
// a word that goes with one. Every language has every key with the same names; a
// test sees to it.
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
	for _, key := range []string{"regtest", "integrity.unchecked", "integrity.changed"} {
		w["js."+key] = w[key] // the script says these, too
	}
	w["js.headline.regtest"] = w["regtest"] + "."
	return w, nil
}

// forms are the words in a text that go with a number: {n:byte|bytes} with n.
var forms = regexp.MustCompile(`\{(\w+):([^{}]+)\}`)

// say returns the text of a key, with pairs of a name and its value put in, and
// the words that go with a number. A key that is not there is a fault of ours.
func (w words) say(key string, pairs ...string) string {
	text, ok := w[key]
	if !ok {
		panic("certificate: no text " + key)
	}
	text = forms.ReplaceAllStringFunc(text, func(whole string) string {
		m := forms.FindStringSubmatch(whole)
		if i := slices.Index(pairs, m[1]); i >= 0 {
			return form(pairs[i+1], strings.Split(m[2], "|"))
		}
		return whole
	})
	names := slices.Clone(pairs)
	for i := 0; i < len(names); i += 2 {
		names[i] = "{" + names[i] + "}"
	}
	return strings.NewReplacer(names...).Replace(text)
}

// form picks the word that goes with a number in decimal digits: of two the
// first goes with 1; of three, as Ukrainian has them, the first with 1, 21, 31,
// the second with 2 to 4, 22 to 24, and the third with all others, as 11 to 14.
func form(digits string, words []string) string {
	last, many := digits[len(digits)-1], words[len(words)-1]
	switch {
	case len(words) == 2 && digits != "1", len(digits) > 1 && digits[len(digits)-2] == '1':
		return many
	case last == '1':
		return words[0]
	case last >= '2' && last <= '4':
		return words[1]
	}
	return many
}
