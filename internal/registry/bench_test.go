package registry_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/registry"
)

// many is a content with that many maintainers.
func many(n int) registry.Content {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, `,{"id":%d,"name":"maintainer %d","npub":"npub1%058d","added_at":"2025-12-01T00:00:00Z","status":"active"}`, i, i, i)
	}
	members := values()
	members["maintainers"] = registry.Value("[" + list.String()[1:] + "]")
	return registry.NewContent(members)
}

const manyMaintainers = 10_000

func BenchmarkParse(b *testing.B) {
	p := period(b, "2026-01")
	raw, _, err := registry.Write(p, p.Start(), registry.Genesis, many(manyMaintainers))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := registry.Parse(p, raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWrite includes that the bytes are parsed again.
func BenchmarkWrite(b *testing.B) {
	p, content := period(b, "2026-01"), many(manyMaintainers)
	for b.Loop() {
		if _, _, err := registry.Write(p, p.Start(), registry.Genesis, content); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDiff(b *testing.B) {
	p := period(b, "2026-01")
	raw, _, err := registry.Write(p, p.Start(), registry.Genesis, many(manyMaintainers))
	if err != nil {
		b.Fatal(err)
	}
	was, is := parse(b, "2026-01", raw), parse(b, "2026-01", []byte(strings.ReplaceAll(string(raw), `"active"`, `"inactive"`)))
	for b.Loop() {
		if changes := registry.Diff(was, is); len(changes.Maintainers.Changed) != manyMaintainers {
			b.Fatalf("%d changed", len(changes.Maintainers.Changed))
		}
	}
}

// BenchmarkChain judges months that were read before; BenchmarkChainFiles reads
// them too.
func BenchmarkChain(b *testing.B) {
	months, _, _ := judge(b, chain(b, rand.New(rand.NewPCG(1, 1)), 240))
	for b.Loop() {
		if faults := registry.CheckChain(months); faults != nil {
			b.Fatal(faults)
		}
	}
}

func BenchmarkChainFiles(b *testing.B) {
	files := chain(b, rand.New(rand.NewPCG(1, 1)), 240)
	for b.Loop() {
		if _, broken, links := judge(b, files); broken != nil || links != nil {
			b.Fatal(broken, links)
		}
	}
}

func BenchmarkReadTOML(b *testing.B) {
	raw := []byte(strings.Repeat("[[maintainers]]\nid = 1\nname = 'm'\nnpub = 'npub1'\nadded_at = 2025-12-01T00:00:00Z\nstatus = 'active'\n", manyMaintainers))
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		if _, err := registry.ReadSource("m.toml", raw, "maintainers"); err != nil {
			b.Fatal(err)
		}
	}
}
