package anchor

import (
	"bytes"
	"testing"
)

// A digester that is used again knows nothing of what it took before.
func TestSwapperReset(t *testing.T) {
	for _, crlf := range []bool{false, true} {
		var out bytes.Buffer
		w := swapper{out: &out, crlf: crlf}
		if _, err := w.Write([]byte("left over\r")); err != nil {
			t.Fatal(err)
		}
		w.reset()
		out.Reset()
		if _, err := w.Write([]byte("x\r\ny\n")); err != nil {
			t.Fatal(err)
		}
		w.end()
		want := "x\ny\n"
		if crlf {
			want = "x\r\ny\r\n"
		}
		if got := out.String(); got != want {
			t.Errorf("crlf %t: %q, want %q", crlf, got, want)
		}
	}
}
