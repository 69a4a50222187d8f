package printable

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for _, test := range []struct {
		name, in string
		max      int
		want     string
	}{
		{"empty", "", 0, ""},
		{"plain", `a "b" <c> \d`, 0, `a "b" <c> \d`},
		{"letters of many scripts", "żółć 文字 עברית é", 0, "żółć 文字 עברית é"},
		{"spaces", "a\u00a0b\u3000c", 0, "a\u00a0b\u3000c"},
		{"emoji", "⚓🙂", 0, "⚓🙂"},
		{"replacement character", "\ufffd", 0, "\ufffd"},
		{"newlines and tab", "a\r\nb\tc", 0, `a\r\nb\tc`},
		{"terminal escape", "\x1b[31mred\x1b]0;t\x07", 0, `\x1b[31mred\x1b]0;t\x07`},
		{"NUL, backspace, DEL", "\x00\b\x7f", 0, `\x00\x08\x7f`},
		{"C1", "\u0080\u009b31m\u0085", 0, `\u0080\u009b31m\u0085`},
		{"bidi", "\u202a\u202e\u2066\u2069\u200e\u200f\u061c", 0, `\u202a\u202e\u2066\u2069\u200e\u200f\u061c`},
		{"separators", "\u2028\u2029", 0, `\u2028\u2029`},
		{"zero width", "\u200b\u200c\u200d\u2060\ufeff\u00ad", 0, `\u200b\u200c\u200d\u2060\ufeff\u00ad`},
		{"fillers", "\u3164\u115f\uffa0\u034f", 0, `\u3164\u115f\uffa0\u034f`},
		{"tags", "\U000e0041", 0, `\U000e0041`},
		{"private use, unassigned", "\ue000\u0378", 0, `\ue000\u0378`},
		{"invalid UTF-8", "a\xff\xc3(\xed\xa0\x80", 0, `a\xff\xc3(\xed\xa0\x80`},
		{"at the length", "abc", 3, "abc"},
		{"one past it", "abcd", 3, "ab…"},
		{"length in runes", "żółć", 4, "żółć"},
		{"cut in runes", "żółćż", 4, "żół…"},
		{"an escape is not cut", "ab\x1b", 4, "ab…"},
		{"an escape that fits", "ab\x1b", 6, `ab\x1b`},
		{"one", "ab", 1, "…"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Text(test.in, test.max); got != test.want {
				t.Errorf("Text(%q, %d) = %q, want %q", test.in, test.max, got, test.want)
			}
		})
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[2J", "\u202egnp.exe", "a\xffb", "\u2028", "\ufeff", strings.Repeat("\x00", 50)} {
		f.Add(s, 0)
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		if len(s) > 4096 {
			return // time goes into what long text repeats
		}
		got := Text(s, max)
		if !utf8.ValidString(got) {
			t.Errorf("invalid UTF-8: %q", got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) && !unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q has %U", got, r)
			}
		}
		if max > 0 && utf8.RuneCountInString(got) > max {
			t.Errorf("%q is longer than %d", got, max)
		}
		if again := Text(got, max); again != got {
			t.Errorf("%q becomes %q", got, again)
		}
	})
}

func BenchmarkText(b *testing.B) {
	s := strings.Repeat("Pending confirmation in Bitcoin blockchain\n", 100)
	for b.Loop() {
		Text(s, 160)
	}
}
