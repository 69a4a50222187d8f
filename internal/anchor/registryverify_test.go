package anchor

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/verify"
)

// monthsOf are count months of a registry from first on, and their proofs, which
// name block 100 of a period of 2016 blocks a month.
func monthsOf(t testing.TB, first string, count int) (files, []bitcoin.Hash) {
	t.Helper()
	p, err := registry.ParsePeriod(first)
	if err != nil {
		t.Fatal(err)
	}
	f, previous := files{}, registry.Genesis
	var roots []bitcoin.Hash
	for i := range count {
		content, err := registry.ReadContent([]byte(contentOf(fmt.Sprintf("Ada %d", i), 3)))
		if err != nil {
			t.Fatal(err)
		}
		raw, _, err := registry.Write(p, p.Start(), previous, content)
		if err != nil {
			t.Fatal(err)
		}
		proof, root := proofAt(raw, uint64(i)*bitcoin.Period+anchorBlock)
		f["registries/"+p.File()], f["proofs/"+p.File()+".ots"] = string(raw), proof
		previous, p, roots = fmt.Sprintf("sha256:%x", sha256.Sum256(raw)), p.Next(), append(roots, root)
	}
	return f, roots
}

// anchorBlock is the block of each period that holds a month.
const anchorBlock = 100

// proofAt is a proof that these bytes are what the block at a height holds.
func proofAt(raw []byte, height uint64) (string, bitcoin.Hash) {
	digest := sha256.Sum256(raw)
	root := sha256.Sum256(digest[:])
	leaf := &ots.Tree{Msg: root[:], Attestations: []ots.Attestation{ots.BitcoinAt(height)}}
	p := &ots.Proof{Hash: ots.SHA256, Digest: digest[:], Tree: &ots.Tree{Msg: digest[:], Branches: []ots.Branch{{Op: ots.Op{Tag: ots.SHA256}, Tree: leaf}}}}
	return string(p.Bytes()), root
}

// monthlyChain mines a period of blocks in each month from start on, block 100 of
// which has the root given, and keeps the headers in a
// store: each run has a chain of its own.
func monthlyChain(t testing.TB, start time.Time, roots []bitcoin.Hash) func() *bitcoin.Chain {
	t.Helper()
	store, err := bitcoin.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	regtest := bitcoin.Regtest()
	before := regtest.Genesis()
	var rows []bitcoin.Hash
	var periods [][]bitcoin.Header
	for i, root := range roots {
		at := start.AddDate(0, i, 0)
		var run []bitcoin.Header
		for n := range bitcoin.Period {
			if i == 0 && n == 0 {
				run = append(run, before)
				continue
			}
			f := bitcoin.Fields{Version: 1, Prev: before.Hash(), Time: uint32(at.Add(time.Duration(n) * 10 * time.Minute).Unix()), Bits: before.Bits()}
			if n == anchorBlock {
				f.Root = root
			}
			for f.Header().CheckWork() != nil {
				f.Nonce++
			}
			before = f.Header()
			run = append(run, before)
		}
		periods, rows = append(periods, run), append(rows, before.Hash())
	}
	network := bitcoin.RegtestTo(before.Time(), rows...)
	for i, run := range periods {
		if err := store.Put(network, uint64(i), run); err != nil {
			t.Fatal(err)
		}
	}
	return func() *bitcoin.Chain { return bitcoin.NewChain(network, bitcoin.Options{Store: store}) }
}

func registrySession(t testing.TB, work string, chain func() *bitcoin.Chain) *Session {
	t.Helper()
	repo, err := gitrepo.Open(t.Context(), gitrepo.Options{Dir: filepath.Clean(work)})
	if err != nil {
		t.Fatal(err)
	}
	return &Session{Repo: repo, Config: config.Default(), Calendars: &calendar.Client{}, Judge: verify.Judge{Chain: chain()}}
}

// TestVerifyRegistryFaults breaks a chain of three months in every way, and asks
// for the month, the step and the words.
func TestVerifyRegistryFaults(t *testing.T) {
	good, roots := monthsOf(t, "2026-01", 3)
	chain := monthlyChain(t, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots)
	feb, proof := good["registries/2026-02.json"], good["proofs/2026-02.json.ots"]
	early, _ := proofAt([]byte(feb), anchorBlock)
	unknown := promised(t, feb, "a", "b")
	for _, tt := range []struct {
		name   string
		change files
		want   string // what one of the faults holds
	}{
		{"mock", files{"proofs/2026-02.json.ots": "MOCK_OTS_PROOF:00"}, "2026-02: proofs/2026-02.json.ots: the proof cannot be read: byte 0: not an OpenTimestamps proof: it is a mock proof of the kind"},
		{"no proof", files{"proofs/2026-02.json.ots": ""}, "2026-02: proofs/2026-02.json.ots: the proof was deleted"},
		{"gap", files{"registries/2026-02.json": "", "proofs/2026-02.json.ots": ""}, "2026-03: 2026-02 is missing"},
		{"proof left", files{"registries/2026-02.json": ""}, "proofs/2026-02.json.ots is the proof of a month that is not there"},
		{"edit", files{"registries/2026-02.json": strings.Replace(feb, "Ada 1", "Adb 1", 1)}, "2026-02: registries/2026-02.json has sha256:"},
		{"compact", files{"registries/2026-02.json": strings.TrimSuffix(feb, "\n")}, "2026-03: 2026-03 does not name the bytes that 2026-02 has"},
		{"version", files{"registries/2026-02.json": good["registries/2026-03.json"]}, "two files claim to be 2026-03: registries/2026-03.json, and by its version registries/2026-02.json"},
		{"no JSON", files{"registries/2026-02.json": "{"}, "2026-02: line 1: "},
		{"empty registry", files{"registries/2026-02.json": strings.Replace(feb, `"version": "2026-02"`, `"version": ""`, 1)}, "2026-02: line "},
		{"another's proof", files{"proofs/2026-02.json.ots": good["proofs/2026-03.json.ots"]}, ", and proofs/2026-02.json.ots is for sha256:"},
		{"unknown calendars", files{"proofs/2026-02.json.ots": string(unknown.Bytes())}, "2026-02: not known: https://a.example, https://b.example, and no block holds the proof"},
		{"no such block", files{"proofs/2026-02.json.ots": early}, "2026-02: the proof does not lead to block 100"},
		{"month 13", files{"registries/2026-13.json": feb}, "registries/2026-13.json looks like a month and is none"},
		{"proof of month 13", files{"proofs/2026-13.json.ots": proof}, "proofs/2026-13.json.ots is the proof of a month that is not there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, good)
			s.commit(tt.change)
			session := registrySession(t, s.work, chain)
			defer session.Repo.Close()
			_, v, err := session.VerifyRegistry(t.Context(), RegistryOptions{VerifyOptions: VerifyOptions{NoUpgrade: true}})
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(v.Faults(), "\n"); !strings.Contains(all, tt.want) {
				t.Errorf("want %q in\n%s", tt.want, all)
			}
		})
	}
}

// TestVerifyRegistryWindow moves the day on which months are due, and with it the
// last day on which their block may lie.
func TestVerifyRegistryWindow(t *testing.T) {
	months, roots := monthsOf(t, "2026-01", 2)
	for _, tt := range []struct {
		name  string
		start time.Time // of the chain; block 100 comes 16 h 40 min later, and two hours count
		day   int
		late  string // faults about dates; "" for none
	}{
		{"first day", time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC), 1, ""},
		{"last day", time.Date(2026, 2, 8, 0, 10, 0, 0, time.UTC), 1, ""},
		{"a day late", time.Date(2026, 2, 9, 0, 10, 0, 0, time.UTC), 1, "2026-01: anchored late: 2026-02-09 is after 2026-02-08, by when the month had to be anchored"},
		{"due on the 31st", time.Date(2026, 3, 7, 0, 10, 0, 0, time.UTC), 31, ""},
		{"a day after that", time.Date(2026, 3, 8, 0, 10, 0, 0, time.UTC), 31, "2026-01: anchored late: 2026-03-08 is after 2026-03-07, by when the month had to be anchored"},
		{"before the month", time.Date(2025, 12, 31, 0, 10, 0, 0, time.UTC), 1, "2026-01: anchored 2025-12-31, before the month began"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, files{"registries/2026-01.json": months["registries/2026-01.json"], "proofs/2026-01.json.ots": months["proofs/2026-01.json.ots"],
				".git-anchor.toml": fmt.Sprintf("[ots]\nmonthly_anchor_day = %d\n", tt.day)})
			session := registrySession(t, s.work, monthlyChain(t, tt.start, roots[:1]))
			defer session.Repo.Close()
			session.Config.OTS.MonthlyAnchorDay = 15 // as the work tree could say
			_, v, err := session.VerifyRegistry(t.Context(), RegistryOptions{VerifyOptions: VerifyOptions{NoUpgrade: true}})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(v.Faults(), "\n"); got != tt.late {
				t.Errorf("got %q, want %q", got, tt.late)
			}
			if tt.late == "" && v.Months[0].State() != StepOK {
				t.Errorf("%+v", v.Months[0])
			}
		})
	}
}

// A chain has at most so many months, in a directory that may hold other files.
func TestTooManyMonths(t *testing.T) {
	months := files{"registries/README.md": "x"}
	p, err := registry.ParsePeriod("1900-01")
	if err != nil {
		t.Fatal(err)
	}
	for range maxMonths {
		months["registries/"+p.File()] = "{}"
		p = p.Next()
	}
	s := newSite(t, months)
	session := registrySession(t, s.work, bitcoinless)
	defer session.Repo.Close()
	if _, _, list, err := session.monthsAt(t.Context(), ""); err != nil || len(list.files) != maxMonths || len(list.odd) > 0 {
		t.Errorf("%d months, %v, %v", len(list.files), list.odd, err)
	}
	s.commit(files{"registries/" + p.File(): "{}"})
	if _, _, err := session.VerifyRegistry(t.Context(), RegistryOptions{}); err == nil || err.Error() != "registries holds 2401 months, and 2400 are read" {
		t.Error(err)
	}
}

func bitcoinless() *bitcoin.Chain { return bitcoin.NewChain(bitcoin.Regtest(), bitcoin.Options{}) }

// BenchmarkVerifyRegistry verifies twenty years, each month in a period of its
// own, with all headers in the cache; opening the repository included.
func BenchmarkVerifyRegistry(b *testing.B) {
	const years = 20
	months, roots := monthsOf(b, "2026-01", 12*years)
	chain := monthlyChain(b, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots)
	s := newSite(b, months)
	for b.Loop() {
		session := registrySession(b, s.work, chain)
		_, v, err := session.VerifyRegistry(b.Context(), RegistryOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for _, m := range v.Months {
			if m.State() != StepOK {
				b.Fatalf("%+v", m)
			}
		}
		if err := session.Repo.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
