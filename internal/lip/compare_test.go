package lip

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	const transition = "\n  - date: 2026-05-20"
	one := valid(t)
	tests := []struct {
		name, before, after string
		fields              []string
		text, ok            bool
	}{
		{"nothing", one, one, nil, false, true},
		{"a value", one, with(t, "status: Final", "status: Obsolete"), []string{`status: "Final" → "Obsolete"`}, false, true},
		{"quotes only", one, with(t, "status: Final", "status: \"Final\""), nil, false, true},
		{"a kind of value", one, with(t, "lip: 7", "lip: \"7\""), []string{`lip: changed`}, false, true},
		{"a key gone", one, with(t, "\nstatus: Final", ""), []string{`status: "Final" → nothing`}, false, true},
		{"a key new, whose name is odd", one, with(t, "\nstatus: Final", "\nstatus: Final\n\"a b\": c"), []string{`"a b": nothing → "c"`}, false, true},
		{"a list longer", one, with(t, transition, "\n  - x: y"+transition), []string{"transitions: 2 entries → 3 entries"}, false, true},
		{"within a list", one, with(t, transition, "\n  - date: 2026-05-21"), []string{"transitions: changed"}, false, true},
		{"the text", one, one + "\nMore.\n", nil, true, true},
		{"both", one, with(t, "status: Final", "status: Draft") + "\n", []string{`status: "Final" → "Draft"`}, true, true},
		{"line ends of the text", one, one[:strings.Index(one, "\n---\n")] + strings.ReplaceAll(one[strings.Index(one, "\n---\n"):], "\n", "\r\n"), nil, true, true},
		{"no front matter", one, "text", nil, false, false},
		{"none before", "", one, nil, false, false},
		{"a key twice", one, with(t, "status: Final", "status: Final\nStatus: Draft"), nil, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fields, text, ok := Differences([]byte(tt.before), []byte(tt.after))
			if diff := cmp.Diff(tt.fields, fields); diff != "" || text != tt.text || ok != tt.ok {
				t.Errorf("fields (-want +got):\n%stext %t, want %t; ok %t, want %t", diff, text, tt.text, ok, tt.ok)
			}
		})
	}
}

// A version differs from itself in nothing, and from another one the same way
// round or the other.
func FuzzDifferences(f *testing.F) {
	f.Add([]byte(valid(f)), []byte(draftOf(f)))
	f.Add([]byte("---\na: {b: [c]}\n---\n"), []byte("---\na:\n---\ntext"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if fields, text, _ := Differences(a, a); len(fields) > 0 || text {
			t.Errorf("%q differs from itself: %q, %t", a, fields, text)
		}
		there, text1, ok1 := Differences(a, b)
		back, text2, ok2 := Differences(b, a)
		if len(there) != len(back) || text1 != text2 || ok1 != ok2 {
			t.Errorf("%q and %q: %q %t %t, the other way round %q %t %t", a, b, there, text1, ok1, back, text2, ok2)
		}
	})
}
