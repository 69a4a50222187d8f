package strictjson_test

import (
	"fmt"
	"testing"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// The largest integers that every reader reads as they are written, and the next.
func TestIntegerLimits(t *testing.T) {
	for number, want := range map[string]bool{
		"9007199254740991": true, "9007199254740992": false, "-9007199254740991": true, "-9007199254740992": false,
	} {
		if got := strictjson.IsInteger(number); got != want {
			t.Errorf("%s is one: %v", number, got)
		}
		if _, faults := read(fmt.Sprintf(`{"name":"n","other":%s}`, number), 1000); (len(faults) == 0) != want {
			t.Errorf("%s: faults %q", number, faults)
		}
	}
}
