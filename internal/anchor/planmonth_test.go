package anchor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// monthOf is the file of a month with one maintainer; previous is the file
// before it, "" for none.
func monthOf(t testing.TB, period, name, previous string) string {
	t.Helper()
	p, err := registry.ParsePeriod(period)
	if err != nil {
		t.Fatal(err)
	}
	c, err := registry.ReadContent([]byte(contentOf(name, 1)))
	if err != nil {
		t.Fatal(err)
	}
	link := registry.Genesis
	if previous != "" {
		m, err := registry.Parse(p.Prev(), []byte(previous))
		if err != nil {
			t.Fatal(err)
		}
		link = m.Hash()
	}
	raw, _, err := registry.Write(p, p.Start(), link, c)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// contentOf is the content of a registry with so many maintainers.
func contentOf(name string, n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"id": %d, "name": "%s %d", "npub": "npub1%058d", "added_at": "2025-01-01T00:00:00Z", "status": "active"}`, i+1, name, i, i))
	}
	return `{"maintainers": [` + strings.Join(list, ",\n") + `], "multisig_config": {"required_signatures": 1, "total_maintainers": 1}}`
}

// planMonths is a plan of months, each with a proof for its bytes.
func planMonths(t testing.TB, repo *gitrepo.Repo, months ...string) Plan {
	t.Helper()
	p := Plan{Registries: "registries", RegistryProofs: "proofs"}
	for _, raw := range months {
		_, rest, _ := strings.Cut(raw, `"version": "`)
		name := rest[:len("2026-01")] + ".json"
		id, err := repo.BlobID([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		p.Months = append(p.Months, PlannedMonth{"registries/" + name, []byte(raw)})
		p.Proofs = append(p.Proofs, PlannedProof{Path: "proofs/" + name + ".ots", Document: "registries/" + name, Blob: id, Proof: promised(t, raw, "a").Bytes()})
	}
	return p
}

// Months go onto a branch with their proofs, each upon the one before, or not at
// all.
func TestPlantMonths(t *testing.T) {
	jan := monthOf(t, "2026-01", "Ada", "")
	feb := monthOf(t, "2026-02", "Ada", jan)
	other := monthOf(t, "2026-01", "Eve", "")
	const january, february = "registries/2026-01.json", "registries/2026-02.json"
	for _, tt := range []struct {
		name    string
		tip     files
		after   func(s *site)
		change  func(p *Plan)
		want    []string
		reasons []string
	}{
		{name: "both", tip: files{"x": "1"}, want: []string{"proofs/2026-01.json.ots", "proofs/2026-02.json.ots", january, february}},
		{name: "the first is there", tip: files{january: jan}, want: []string{"proofs/2026-01.json.ots", "proofs/2026-02.json.ots", february}},
		{name: "another is there", tip: files{january: other}, reasons: []string{january + ": the branch has another one there by now", february + ": it does not follow the branch's months"}},
		{name: "a later one is there", tip: files{"registries/2026-07.json": monthOf(t, "2026-07", "Ada", "")}, reasons: []string{january + ": it does not follow", february + ": it does not follow"}},
		{name: "garbage is there", tip: files{january: "{"}, reasons: []string{january + ": the branch has another one", february + ": the month before it, 2026-01, is no registry"}},
		{name: "a proof for others is there", tip: files{"proofs/2026-01.json.ots": proofOf(t, "2", "x")}, reasons: []string{january + ": the branch has a proof for other bytes there", february + ": it does not follow"}},
		{name: "a proof too many", tip: files{"x": "1"}, change: func(p *Plan) { p.Proofs = p.Proofs[1:] }, reasons: []string{january + ": the plan has no proof of it", february + ": it does not follow"}},
		{name: "not its proof", tip: files{"x": "1"}, change: func(p *Plan) { p.Proofs[0].Proof = promised(t, "2", "a").Bytes() }, reasons: []string{january + ": it is not for the bytes of its document", "proofs/2026-01.json.ots: ", february + ": it does not follow"}},
		{name: "not its blob", tip: files{"x": "1"}, change: func(p *Plan) { p.Proofs[1].Blob = someID }, want: []string{"proofs/2026-01.json.ots", january}, reasons: []string{february + ": its document changed meanwhile"}},
		{name: "elsewhere by the branch", tip: files{".git-anchor.toml": "[ots]\nregistry_path = \"r\"\n"}, reasons: []string{january + `: the branch's configuration has months in "r" and their proofs in "proofs"`, february + ": the branch's", "proofs/2026-02.json.ots: the branch's"}},
		{name: "proofs elsewhere by the branch", tip: files{".git-anchor.toml": "[ots]\nproofs_path = \"p\"\n"}, reasons: []string{january + `: the branch's configuration has months in "registries" and their proofs in "p"`}},
		{name: "a file in place of the directory", tip: files{"registries": "1"}, reasons: []string{january + `: "registries" is a file in the branch`}},
		{name: "a link in place of the directory", tip: files{"x": "1"}, after: func(s *site) { s.symlink("registries", "x") }, reasons: []string{january + ": "}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, tt.tip)
			if tt.after != nil {
				tt.after(s)
			}
			plan := planMonths(t, s.open(), jan, feb)
			if tt.change != nil {
				tt.change(&plan)
			}
			p := plantedOn(t, s, plan, Extra{})
			_, paths := p.list()
			if !slices.Equal(paths, tt.want) {
				t.Errorf("planted %q, want %q", paths, tt.want)
			}
			for _, want := range tt.reasons {
				if !strings.Contains(p.reasons(), want) {
					t.Errorf("dropped\n%s\nwant %s", p.reasons(), want)
				}
			}
			if len(tt.reasons) == 0 && len(p.dropped) > 0 {
				t.Errorf("dropped\n%s", p.reasons())
			}
		})
	}
}

// A plan's months survive its file, and a forged one is refused.
func TestPlanMonthsFile(t *testing.T) {
	s := newSite(t, files{"x": "1"})
	jan := monthOf(t, "2026-01", "Ada", "")
	good := planMonths(t, s.open(), jan, monthOf(t, "2026-02", "Ada", jan))
	raw, err := good.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParsePlan(raw)
	if d := diff(good, again); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	for _, tt := range []struct {
		name, want string
		change     func(m []PlannedMonth)
	}{
		{"elsewhere", `"x/2026-01.json" is not the path of a month in "registries"`, func(m []PlannedMonth) { m[0].Path = "x/2026-01.json" }},
		{"climbing", `is not the path of a month`, func(m []PlannedMonth) { m[0].Path = "registries/../registries/2026-01.json" }},
		{"no month", `"registries/2026-13.json" is not the path of a month`, func(m []PlannedMonth) { m[0].Path = "registries/2026-13.json" }},
		{"not its name", `"registries/2026-01.json": line `, func(m []PlannedMonth) { m[0].Data = m[1].Data }},
		{"order", `"registries/2026-01.json" is out of order`, func(m []PlannedMonth) { m[0], m[1] = m[1], m[0] }},
		{"twice", `is out of order`, func(m []PlannedMonth) { m[1] = m[0] }},
	} {
		bad := good
		bad.Months = slices.Clone(good.Months)
		tt.change(bad.Months)
		raw, err := bad.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParsePlan(raw); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// BenchmarkSnapshot makes a month of 10,000 maintainers, calendars left out: what
// Snapshot does before it asks them.
func BenchmarkSnapshot(b *testing.B) {
	const layout = "[registry]\nmaintainers = \"all.json\"\nmultisig = \"all.json\"\n"
	s := newSite(b, files{"all.json": contentOf("Ada", 10_000), config.File: layout})
	conf, err := config.Parse([]byte(layout))
	if err != nil {
		b.Fatal(err)
	}
	jan, err := registry.ParsePeriod("2026-01")
	if err != nil {
		b.Fatal(err)
	}
	o := SnapshotOptions{StampOptions: StampOptions{DryRun: true}, Month: &jan, Timestamp: jan.Start(), Clock: jan.Start().Add(time.Hour)}
	for b.Loop() {
		repo, err := gitrepo.Open(b.Context(), gitrepo.Options{Dir: filepath.Clean(s.work)})
		if err != nil {
			b.Fatal(err)
		}
		session := &Session{Repo: repo, Config: conf}
		run, err := session.Snapshot(b.Context(), o)
		if err != nil || run.Results[0].Action != Would || run.Results[0].Snapshot.Maintainers != 10_000 {
			b.Fatalf("%+v, %v", run, err)
		}
		if err := repo.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
