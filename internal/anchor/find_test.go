package anchor

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/verify"
)

// rehearsal is a session on the site's clone that stamps and judges on a devnet,
// by headers that are linked to a table of its chain.
func (s *site) rehearsal(n *devnet.Net) *Session {
	s.t.Helper()
	client := fetch.New(fetch.Config{LoopbackOnly: true, Getenv: func(string) string { return "" }})
	session := s.session()
	session.Calendars = &calendar.Client{Fetch: client, Policy: calendar.Policy{Exact: slices.Concat(n.CalendarURLs(), n.Pools()), Regtest: true}}
	session.Judge = verify.Judge{Require: bitcoin.RungChain, Chain: bitcoin.NewChain(n.Network(), bitcoin.Options{
		Require: bitcoin.RungChain, Carriers: []bitcoin.Named{{Carrier: bitcoin.NewMirror(n.Mirror(), client, true), ByPerson: true}},
	})}
	session.Random = rand.Reader
	return session
}

// stampedByHand gives proofs of documents, by their names, whose calendars have
// answered with nothing yet.
func stampedByHand(t *testing.T, n *devnet.Net, documents files) files {
	t.Helper()
	s := newSite(t, documents)
	session := s.rehearsal(n)
	proofs := files{}
	for name := range documents {
		run, err := session.Stamp(t.Context(), []string{filepath.Join(s.work, name)}, StampOptions{Calendars: n.Pools(), Min: 2, Timeout: time.Minute})
		if err != nil || run.Results[0].Action != Wrote {
			t.Fatalf("stamp %s: %v, %v", name, err, run.Posted)
		}
		raw, err := os.ReadFile(filepath.Join(s.work, name+".ots"))
		if err != nil {
			t.Fatal(err)
		}
		proofs[name+".ots"] = string(raw)
	}
	return proofs
}

// checkMigration replays the migration with two LIPs, as they were and as they
// are: both pending proofs are found and verified at rung chain where the bytes
// are, and today's files differ in the two lines of front matter.
func checkMigration(t *testing.T, before, after files, differ map[string][]string) {
	t.Helper()
	n, err := devnet.Start(devnet.Options{Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	old, moved := files{}, files{}
	proofs := stampedByHand(t, n, before)
	for name, text := range before {
		old["spec/lips/"+name] = text
		moved["spec/lips/"+name] = ""
		moved["static/spec/lips/legacy/"+name+".ots"] = proofs[name+".ots"]
	}
	for name, text := range after {
		moved["content/spec/lips/"+name] = text
	}
	s := newSite(t, old)
	published := s.git(s.work, "rev-parse", "HEAD")
	s.commit(moved)
	if err := n.Mine(2 * bitcoin.Period); err != nil {
		t.Fatal(err)
	}
	session := s.rehearsal(n)
	run, err := session.Verify(t.Context(), Selection{Operands: []string{filepath.Join(s.work, "static/spec/lips/legacy")}}, VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Results) != len(before) {
		t.Fatalf("%d results, want %d", len(run.Results), len(before))
	}
	for _, r := range run.Results {
		name := filepath.Base(r.Path)
		if r.Outcome.Status != verify.Changed || r.Version == nil || len(r.Version.Sites) != 1 {
			t.Fatalf("%s: %v, version %+v, notes %q", name, r.Outcome.Status, r.Version, r.Notes)
		}
		site, o := r.Version.Sites[0], r.VersionOutcome
		if site.Path != "spec/lips/"+name || site.First.ID != published || site.Last.ID != published || site.Now {
			t.Errorf("%s was found at %s:%s, last %s; want %s:spec/lips/%s", name, site.First.ID, site.Path, site.Last.ID, published, name)
		}
		if o.Status != verify.Confirmed || o.Rung != bitcoin.RungChain {
			t.Errorf("%s: %v at rung %v (%s), want confirmed at rung chain", name, o.Status, o.Rung, o.Reason)
		}
		if want := "content/spec/lips/" + strings.TrimSuffix(name, "x"); r.Version.TodayPath != want {
			t.Errorf("today's %s is %s, want %s", name, r.Version.TodayPath, want)
		}
		if d := cmp.Diff(append([]string{"2 lines added, 1 removed"}, differ[name]...), r.Version.Today); d != "" {
			t.Errorf("%s: differences (-want +got):\n%s", name, d)
		}
	}
}

func TestMigration(t *testing.T) {
	text := func(title, date string) string {
		return "---\nlip: 1\ntitle: A title\n" + title + ": Short\nauthor: Ann <ann@example.org>\nstatus: Active\ntype: Process\ncreated: 2026-01-05\n" + date +
			"transitions:\n  - date: 2026-01-05\n    from: null\n    to: Active\n    ref: \"x\"\n---\n\nText\n"
	}
	other := strings.NewReplacer("lip: 1", "lip: 2", "Short", "Brief")
	old, now := text("sidebarTitle", ""), text("linkTitle", "date: 2026-01-05\n")
	checkMigration(t, files{"lip-0001.mdx": old, "lip-0002.mdx": other.Replace(old)}, files{"lip-0001.md": now, "lip-0002.md": other.Replace(now)},
		map[string][]string{
			"lip-0001.mdx": {`date: nothing → "2026-01-05"`, `linkTitle: nothing → "Short"`, `sidebarTitle: "Short" → nothing`},
			"lip-0002.mdx": {`date: nothing → "2026-01-05"`, `linkTitle: nothing → "Brief"`, `sidebarTitle: "Brief" → nothing`},
		})
}

// The same with the real texts of two LIPs, before and after.
func TestCorpusMigration(t *testing.T) {
	dir := corpus.Dir(t)
	read := func(name string) string {
		t.Helper()
		raw, err := os.ReadFile(filepath.Join(dir, "llmo", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	checkMigration(t, files{"lip-0001.mdx": read("lip-0001.mdx@c18fb02"), "lip-0003.mdx": read("lip-0003.md@5c792ed")},
		files{"lip-0001.md": read("lip-0001.md@f991c92"), "lip-0003.md": read("lip-0003.md@0fbf0da")},
		map[string][]string{
			"lip-0001.mdx": {`date: nothing → "2026-04-21"`, `linkTitle: nothing → "LIP-1"`, `sidebarTitle: "LIP-1" → nothing`},
			"lip-0003.mdx": {`date: nothing → "2026-04-21"`, `linkTitle: nothing → "LIP-3"`, `sidebarTitle: "LIP-3" → nothing`},
		})
}
