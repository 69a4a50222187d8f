package registry_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/registry"
)

// A file is one month's as it lies in a directory.
type file struct {
	name string
	raw  []byte
}

// chain makes files of n months, each with some maintainers of its own.
func chain(t testing.TB, rng *rand.Rand, n int) []file {
	t.Helper()
	var files []file
	p, previous := period(t, "2025-11"), registry.Genesis
	for range n {
		members := values()
		list := "["
		for id := range 1 + rng.IntN(4) {
			list += fmt.Sprintf(`{"id":%d,"name":"m%d","npub":"n%d","added_at":"2025-12-01T00:00:00Z","status":"active"},`, id, rng.IntN(10), rng.IntN(10))
		}
		members["maintainers"] = registry.Value(list[:len(list)-1] + "]")
		raw, _, err := registry.Write(p, p.Start(), previous, registry.NewContent(members))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file{p.File(), raw})
		previous, p = parse(t, p.String(), raw).Hash(), p.Next()
	}
	return files
}

// judge reads files as they are named, sorted. broken are the months with faults
// of their own.
func judge(t testing.TB, files []file) (months []*registry.Month, broken []string, links []registry.ChainFault) {
	t.Helper()
	for _, f := range files {
		p, ok := registry.ParsePeriodFile(f.name)
		if !ok {
			t.Fatalf("%s is not the name of a month", f.name)
		}
		m, err := registry.Parse(p, f.raw)
		if err != nil {
			broken = append(broken, p.String())
		}
		months = append(months, m)
	}
	return months, broken, registry.CheckChain(months)
}

func TestChain(t *testing.T) {
	files := chain(t, rand.New(rand.NewPCG(1, 1)), 5) // 2025-11 to 2026-03
	months, broken, links := judge(t, files)
	if broken != nil || links != nil {
		t.Fatalf("a good chain: %q, %+v", broken, links)
	}
	hash := func(i int) string { return months[i].Hash() }
	relinked := func(i int, previous, timestamp string) *registry.Month {
		m := *months[i]
		m.Previous = previous
		if timestamp != "" {
			m.Timestamp = at(t, timestamp)
		}
		return &m
	}
	fault := func(kind, month, text, want, have string) registry.ChainFault {
		return registry.ChainFault{Kind: kind, Period: period(t, month), Text: text, Want: want, Have: have}
	}
	tests := []struct {
		name   string
		months []*registry.Month
		want   []registry.ChainFault
	}{
		{"no months", nil, nil},
		{"the first is missing", months[1:], []registry.ChainFault{
			fault(registry.FaultGenesis, "2025-12", "earlier months are missing: 2025-12 is the first there is, and names a month before it", registry.Genesis, hash(0)),
		}},
		{"one is missing", slices.Concat(months[:2], months[3:]), []registry.ChainFault{
			fault(registry.FaultGap, "2026-02", "2026-01 is missing: 2026-02 names another month before it than 2025-12", hash(1), hash(2)),
		}},
		{"two are missing", slices.Concat(months[:1], months[3:]), []registry.ChainFault{
			fault(registry.FaultGap, "2026-02", "2025-12 to 2026-01 are missing: 2026-02 names another month before it than 2025-11", hash(0), hash(2)),
		}},
		// What the source does when it is not running on the anchor day.
		{"one was left out", []*registry.Month{months[0], relinked(2, hash(0), "")}, []registry.ChainFault{
			fault(registry.FaultGap, "2026-01", "2025-12 is left out, and 2026-01 was linked to 2025-11", hash(0), hash(0)),
		}},
		// What a restart of the source on the anchor day does.
		{"one was made again", []*registry.Month{months[0], months[1], relinked(2, registry.Genesis, "")}, []registry.ChainFault{
			fault(registry.FaultLink, "2026-01", "2026-01 does not name the bytes that 2025-12 has: one of the two was edited or replaced", hash(1), registry.Genesis),
		}},
		{"one has no link", []*registry.Month{months[0], relinked(1, "", "")}, []registry.ChainFault{
			fault(registry.FaultLink, "2025-12", "2025-12 does not name the bytes that 2025-11 has: one of the two was edited or replaced", hash(0), ""),
		}},
		{"one is twice", []*registry.Month{months[0], months[0]}, []registry.ChainFault{
			fault(registry.FaultTwice, "2025-11", "2025-11 comes after 2025-11: a month is there twice or out of order", "", ""),
		}},
		{"a clock that went back", []*registry.Month{months[0], relinked(1, hash(0), "2025-10-31T23:59:59Z")}, []registry.ChainFault{
			fault(registry.FaultBackwards, "2025-12", "the timestamp of 2025-12, 2025-10-31T23:59:59Z, is before that of 2025-11, 2025-11-01T00:00:00Z", "", ""),
		}},
		{"a clock that stood still", []*registry.Month{months[0], relinked(1, hash(0), "2025-11-01T00:00:00Z")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, registry.CheckChain(tt.months)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What detects what, in chains of two to eight months:
//
//   - one byte changed in any month but the last: the next month's link, always;
//     it names both hashes. That the month itself is broken may be told besides.
//   - one byte changed in the last month: its own faults if it has any, its link if
//     the byte is in that; for sure only a hash of it that was kept elsewhere.
//   - a month deleted: the first, that the chain does not begin with Genesis; one
//     between, a gap before the next month; the last, only that kept hash.
//   - the contents of two months swapped: both, because their version is not their
//     name's.
//   - a month inserted: before the first, the link of the first; after the last,
//     with the right link, it is a month like any other, and only its proof can say
//     that it came too late: the kept hash is no longer the last one's.
func TestChangesAreDetected(t *testing.T) {
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for round := range 400 {
		files := chain(t, rng, 2+rng.IntN(7))
		head := len(files) - 1
		kept := lastHash(t, files)
		check := func(what string, changed []file, detected bool) {
			t.Helper()
			months, broken, links := judge(t, changed)
			seen := broken != nil || links != nil
			if seen != detected || !seen && months[len(months)-1].Hash() == kept {
				t.Fatalf("seed %d, round %d: %s in %d months: broken %q, links %+v", seed, round, what, len(files), broken, links)
			}
		}
		i := rng.IntN(len(files))
		edited := slices.Clone(files)
		edited[i].raw = withByte(rng, files[i].raw)
		months, _, links := judge(t, edited)
		if i < head {
			next := period(t, edited[i+1].name[:7])
			found := slices.ContainsFunc(links, func(f registry.ChainFault) bool {
				return f.Kind == registry.FaultLink && f.Period == next && f.Want == months[i].Hash() && f.Have == months[i+1].Previous
			})
			if !found {
				t.Fatalf("seed %d, round %d: a byte of %s: links %+v", seed, round, edited[i].name, links)
			}
		} else if lastHash(t, edited) == kept {
			t.Fatalf("seed %d, round %d: a byte of the last month: its hash is the same", seed, round)
		}

		check("a deletion", slices.Delete(slices.Clone(files), i, i+1), i != head)
		j := (i + 1 + rng.IntN(head)) % len(files)
		swapped := slices.Clone(files)
		swapped[i].raw, swapped[j].raw = swapped[j].raw, swapped[i].raw
		check("a swap", swapped, true)

		first, after := period(t, files[0].name[:7]).Prev(), period(t, files[head].name[:7]).Next()
		before, _, err := registry.Write(first, first.Start(), registry.Genesis, registry.NewContent(values()))
		if err != nil {
			t.Fatal(err)
		}
		check("a month before the first", slices.Insert(slices.Clone(files), 0, file{first.File(), before}), true)
		forged, _, err := registry.Write(after, after.Start(), kept, registry.NewContent(values()))
		if err != nil {
			t.Fatal(err)
		}
		check("a month after the last", append(slices.Clone(files), file{after.File(), forged}), false)
	}
}

// lastHash is what --expect-head is given.
func lastHash(t testing.TB, files []file) string {
	t.Helper()
	months, _, _ := judge(t, files)
	return months[len(months)-1].Hash()
}

// withByte changes one byte, inserts one or takes one away.
func withByte(rng *rand.Rand, raw []byte) []byte {
	at, b := rng.IntN(len(raw)), byte(rng.IntN(256))
	switch rng.IntN(3) {
	case 0:
		return slices.Insert(slices.Clone(raw), at, b)
	case 1:
		return slices.Delete(slices.Clone(raw), at, at+1)
	}
	changed := slices.Clone(raw)
	changed[at] ^= b | 1
	return changed
}

// Every byte of a month, and not only some: none is out of the link's reach.
func TestEveryByteCounts(t *testing.T) {
	files := chain(t, rand.New(rand.NewPCG(2, 2)), 3)
	for i := range files[1].raw {
		changed := slices.Clone(files)
		changed[1].raw = slices.Clone(files[1].raw)
		changed[1].raw[i] ^= 1
		_, _, links := judge(t, changed)
		if !slices.ContainsFunc(links, func(f registry.ChainFault) bool {
			return f.Kind == registry.FaultLink && f.Period.File() == files[2].name
		}) {
			t.Fatalf("byte %d: links %+v", i, links)
		}
	}
}
