package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/registry"
)

func TestParsePeriod(t *testing.T) {
	for _, s := range []string{"2026-01", "2026-12", "0000-01", "9999-12"} {
		p, err := registry.ParsePeriod(s)
		if err != nil || p.String() != s || p.File() != s+".json" {
			t.Errorf("%s: %v, %v", s, p, err)
		}
		if again, ok := registry.ParsePeriodFile(p.File()); !ok || again != p {
			t.Errorf("%s: read back as %v, %v", p.File(), again, ok)
		}
	}
	for _, s := range []string{"", "2026", "2026-1", "2026-00", "2026-13", "2026/01", "26-01", "2026-01 ", "+026-01", "2026-+1", "２026-01", "2026-01-01", "2026-01\n"} {
		if p, err := registry.ParsePeriod(s); err == nil || !strings.HasSuffix(err.Error(), " is not a month: write it as YYYY-MM, like 2026-01") {
			t.Errorf("%q: %v, %v", s, p, err)
		}
	}
	for _, name := range []string{"2026-01", "2026-01.JSON", "2026-13.json", "2026-1.json", "2026-01.json.ots", "a/2026-01.json", ".json"} {
		if p, ok := registry.ParsePeriodFile(name); ok {
			t.Errorf("%q is the file of %s", name, p)
		}
	}
}

func TestPeriodNeighbours(t *testing.T) {
	dec, jan, feb := period(t, "2025-12"), period(t, "2026-01"), period(t, "2026-02")
	if dec.Next() != jan || jan.Prev() != dec || jan.Next() != feb || feb.Prev() != jan {
		t.Error("neighbours do not agree")
	}
	if !dec.Before(jan) || !jan.Before(feb) || jan.Before(jan) || feb.Before(dec) {
		t.Error("the order is wrong")
	}
	if !jan.Start().Equal(at(t, "2026-01-01T00:00:00Z")) {
		t.Errorf("January starts at %s", jan.Start())
	}
	// In UTC, wherever the clock stands.
	if p := registry.PeriodOf(at(t, "2026-02-01T01:00:00+02:00")); p != jan {
		t.Errorf("an hour before February is in %s", p)
	}
}

func TestDueAndWindow(t *testing.T) {
	for _, tt := range []struct {
		month            string
		day              int
		due, from, until string
	}{
		{"2026-01", 1, "2026-01-01", "2026-01-01", "2026-02-08"},
		{"2026-01", 31, "2026-01-31", "2026-01-01", "2026-03-07"},
		{"2026-02", 29, "2026-02-28", "2026-02-01", "2026-04-05"},
		{"2028-02", 30, "2028-02-29", "2028-02-01", "2028-04-06"},
		{"2026-04", 31, "2026-04-30", "2026-04-01", "2026-06-07"},
		{"2026-12", 1, "2026-12-01", "2026-12-01", "2027-01-08"},
	} {
		p := period(t, tt.month)
		from, until := p.Window(tt.day)
		got := []string{p.Due(tt.day).Format(time.RFC3339), from.Format(time.RFC3339), until.Format(time.RFC3339)}
		const midnight = "T00:00:00Z"
		if diff := cmp.Diff([]string{tt.due + midnight, tt.from + midnight, tt.until + midnight}, got); diff != "" {
			t.Errorf("%s, day %d (-want +got):\n%s", tt.month, tt.day, diff)
		}
	}
}

func TestDuePeriods(t *testing.T) {
	for _, tt := range []struct {
		name, newest string
		day          int
		now, want    string
	}{
		{"first, before the day", "", 2, "2026-03-01T23:59:59Z", ""},
		{"first, on the day", "", 2, "2026-03-02T00:00:00Z", "2026-03"},
		{"the day before", "2026-02", 2, "2026-03-01T23:59:59Z", ""},
		{"on the day", "2026-02", 2, "2026-03-02T00:00:00Z", "2026-03"},
		{"on the day, by another clock", "2026-02", 2, "2026-03-02T01:00:00+02:00", ""},
		{"days late", "2026-02", 2, "2026-03-31T00:00:00Z", "2026-03"},
		{"again on that day", "2026-03", 2, "2026-03-02T00:00:00Z", ""},
		{"months late", "2025-11", 1, "2026-02-01T00:00:00Z", "2025-12 2026-01 2026-02"},
		{"months late, before the day", "2025-11", 15, "2026-02-14T00:00:00Z", "2025-12 2026-01"},
		{"day 31 in February", "2026-01", 31, "2026-02-28T00:00:00Z", "2026-02"},
		{"day 31 in February, too early", "2026-01", 31, "2026-02-27T23:59:59Z", ""},
		{"a clock behind the newest", "2026-05", 1, "2026-02-01T00:00:00Z", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var newest registry.Period
			if tt.newest != "" {
				newest = period(t, tt.newest)
			}
			var got []string
			due, more := registry.DuePeriods(newest, tt.newest != "", tt.day, at(t, tt.now))
			for _, p := range due {
				got = append(got, p.String())
			}
			if s := strings.Join(got, " "); s != tt.want || more {
				t.Errorf("due are %q, want %q", s, tt.want)
			}
		})
	}
}

func TestDuePeriodsLimit(t *testing.T) {
	for newest, more := range map[string]bool{"2016-01": false, "2015-12": true, "0001-01": true} {
		due, got := registry.DuePeriods(period(t, newest), true, 1, at(t, "2026-01-01T00:00:00Z"))
		if len(due) != registry.MaxDue || due[0] != period(t, newest).Next() || got != more {
			t.Errorf("after %s: %d are due, more: %v", newest, len(due), got)
		}
	}
}
