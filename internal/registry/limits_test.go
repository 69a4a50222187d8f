package registry

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Objects are compared member by member down to a length of pointer, and as a whole
// below it.
func TestComparedLimit(t *testing.T) {
	then, now := Value(`{"a":1,"b":2}`), Value(`{"a":1,"b":3}`)
	at := "/" + strings.Repeat("x", maxCompared-2)
	for pointer, want := range map[string]Change{
		at:       {at + "/b", "2", "3"},
		at + "x": {at + "x", string(then), string(now)},
	} {
		if got := compare(nil, pointer, then, now); !slices.Equal(got, []Change{want}) {
			t.Errorf("a pointer of %d bytes: %.80v", len(pointer), got)
		}
	}
}

// What is wrong with a proof's file is said in so many runes.
func TestProofFaultLimit(t *testing.T) {
	p, _ := proven(t, 1, 1, RuleRaw)
	const frame = `its format is "", not ` + EntryProofFormat
	for _, extra := range []int{0, 1} {
		format := strings.Repeat("x", maxReason+extra-len(frame))
		raw := strings.Replace(string(p.Bytes()), EntryProofFormat, format, 1)
		want := fmt.Sprintf("its format is %q, not %s", format, EntryProofFormat)
		if extra > 0 {
			want = want[:maxReason-1] + "…"
		}
		if _, err := ParseEntryProof([]byte(raw)); err == nil || err.Error() != "no proof of an entry: "+want {
			t.Errorf("%d runes: %v", maxReason+extra, err)
		}
	}
}
