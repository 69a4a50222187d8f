package anchor

import (
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/registry"
)

// The first months that are missing are looked for in history, up to a limit.
func TestLacks(t *testing.T) {
	month := func(n int) registry.Period {
		return registry.PeriodOf(time.Date(2026, time.Month(1+n), 1, 0, 0, 0, 0, time.UTC))
	}
	for _, tt := range []struct {
		name    string
		v       RegistryVerified
		first   registry.Period
		missing int
	}{
		{"nothing", RegistryVerified{Months: []MonthVerified{{Period: month(0)}, {Period: month(1)}}}, registry.Period{}, 0},
		{"before the first", RegistryVerified{Months: []MonthVerified{{Period: month(3), earlier: true}}}, month(2), 1},
		{"a proof is left", RegistryVerified{stray: []registry.Period{month(7)}}, month(7), 1},
		{"as many as are looked for", RegistryVerified{Months: []MonthVerified{{Period: month(0)}, {Period: month(maxSought + 1)}}}, month(1), maxSought},
		{"one more", RegistryVerified{Months: []MonthVerified{{Period: month(0)}, {Period: month(maxSought + 2)}}}, month(1), maxSought},
		{"more proofs", RegistryVerified{stray: make([]registry.Period, maxSought+1)}, registry.Period{}, maxSought},
	} {
		got := tt.v.lacks()
		if len(got) != tt.missing || tt.missing > 0 && got[0] != tt.first {
			t.Errorf("%s: %v, want %d from %v on", tt.name, got, tt.missing, tt.first)
		}
	}
}
