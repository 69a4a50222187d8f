package action

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// pieces keeps what was written at once apart.
type pieces []string

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, string(b))
	return len(b), nil
}

// A line comes in one piece however it was printed, so that what must not begin
// one can be seen.
func TestCopyLines(t *testing.T) {
	long := strings.Repeat("x", maxLogLine-2)
	for name, tt := range map[string]struct {
		in   string
		want pieces
	}{
		"lines":    {"a\n::error::b\n\nc", pieces{"a\n", "::error::b\n", "\n", "c\n"}},
		"longest":  {long + "x\n", pieces{long + "x\n"}},
		"too long": {long + "xx##[x]\n", pieces{long + "xx\n", "##[x]\n"}},
		"nothing":  {"", nil},
	} {
		var got pieces
		if err := copyLines(&got, iotest.OneByteReader(strings.NewReader(tt.in))); err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: %d pieces, %v", name, len(got), err)
		}
	}
}

func FuzzCopyLines(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb", "::error::x\r\n", strings.Repeat("x", maxLogLine) + "y"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var got pieces
		if err := copyLines(&got, io.MultiReader(iotest.HalfReader(bytes.NewReader(in)))); err != nil {
			t.Fatal(err)
		}
		for _, line := range got {
			if len(line) > maxLogLine+1 || strings.IndexByte(line, '\n') != len(line)-1 {
				t.Fatalf("a piece of %d bytes is no line", len(line))
			}
		}
		if strings.ReplaceAll(strings.Join(got, ""), "\n", "") != strings.ReplaceAll(string(in), "\n", "") {
			t.Fatal("bytes are lost")
		}
	})
}
