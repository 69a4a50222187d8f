package certificate

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// The texts of all languages have the same keys and the same names in them.
func TestLanguages(t *testing.T) {
	english, err := Lang("en").words()
	if err != nil {
		t.Fatal(err)
	}
	names := func(text string) string {
		found := map[string]bool{}
		for _, m := range regexp.MustCompile(`\{\w+\}`).FindAllString(text, -1) {
			found[m] = true
		}
		return fmt.Sprint(found)
	}
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		for key, text := range english {
			for _, m := range forms.FindAllStringSubmatch(w[key], -1) {
				if n, want := strings.Count(m[2], "|")+1, map[bool]int{true: 3, false: 2}[lang == "uk"]; n != want || strings.HasPrefix(key, "js.") {
					t.Errorf("%s: %s has %d forms, want %d, and none in what the script says", lang, key, n, want)
				}
			}
			if w[key] == "" || names(w[key]) != names(text) {
				t.Errorf("%s: %s is %q, in English %q", lang, key, w[key], text)
			}
		}
		if len(w) != len(english) {
			t.Errorf("%s: %d texts, in English %d", lang, len(w), len(english))
		}
	}
	if _, err := ParseLang("xx"); err == nil || err.Error() != `no language "xx": there are en, de, fr, es, it, uk` {
		t.Errorf("%v", err)
	}
	if _, err := Verifier("../en", false); err == nil {
		t.Error("a path is no language")
	}
}

// A word goes with its number, and no value is taken for a form.
func TestForms(t *testing.T) {
	w := words{"two": "{n} {n:byte|bytes}", "three": "{n} {n:байт|байти|байтів}", "name": "{name} {n:a|b}"}
	for key, want := range map[string]map[string]string{
		"two":   {"0": "bytes", "1": "byte", "2": "bytes", "11": "bytes", "21": "bytes", "101": "bytes"},
		"three": {"0": "байтів", "1": "байт", "2": "байти", "4": "байти", "5": "байтів", "11": "байтів", "12": "байтів", "14": "байтів", "21": "байт", "22": "байти", "111": "байтів", "1001": "байт"},
	} {
		for n, form := range want {
			if got := w.say(key, "n", n); got != n+" "+form {
				t.Errorf("%s: %q, want %s", key, got, form)
			}
		}
	}
	if got := w.say("name", "name", "{n:x|y}", "n", "1"); got != "{n:x|y} a" {
		t.Errorf("%q", got)
	}
}
