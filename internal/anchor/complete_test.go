package anchor

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/devnet"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// rehearsal is a session without a repository against a devnet, all of whose
// calendars the person named.
func rehearsal(t *testing.T) (*Session, *devnet.Net) {
	t.Helper()
	net, err := devnet.Start(devnet.Options{Immediate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := net.Close(); err != nil {
			t.Error(err)
		}
	})
	client := fetch.New(fetch.Config{UserAgent: "test", LoopbackOnly: true})
	source, err := bitcoin.ParseSource(net.Esplora(), client)
	if err != nil {
		t.Fatal(err)
	}
	return &Session{
		Calendars: &calendar.Client{Fetch: client, Policy: calendar.Policy{Exact: net.CalendarURLs(), Regtest: true}},
		Judge:     verify.Judge{Chain: bitcoin.NewChain(bitcoin.Regtest(), bitcoin.Options{Sources: []bitcoin.Source{source}}), Require: bitcoin.RungExplorer},
	}, net
}

// withPending is a proof with n promises of one calendar, on different messages.
func withPending(t *testing.T, uri string, n int) *ots.Proof {
	t.Helper()
	a, err := ots.PendingAt(uri)
	if err != nil {
		t.Fatal(err)
	}
	root := &ots.Tree{Msg: bytes.Repeat([]byte{1}, 32)}
	for i := range n {
		op := ots.Op{Tag: ots.Append, Arg: []byte{byte(i)}}
		msg, err := op.Apply(root.Msg)
		if err != nil {
			t.Fatal(err)
		}
		root.Branches = append(root.Branches, ots.Branch{Op: op, Tree: &ots.Tree{Msg: msg, Attestations: []ots.Attestation{a}}})
	}
	return &ots.Proof{Hash: ots.SHA256, Digest: root.Msg, Tree: root}
}

// A proof's promises are asked for up to the limit, and not in part past it.
func TestPendingLimit(t *testing.T) {
	for _, tt := range []struct{ claims, asked int }{
		{verify.MaxPendingClaims, verify.MaxPendingClaims},
		{verify.MaxPendingClaims + 1, 0},
	} {
		t.Run(fmt.Sprint(tt.claims), func(t *testing.T) {
			s, net := rehearsal(t)
			p := withPending(t, net.CalendarURLs()[0], tt.claims)
			comp := s.completer(false)
			comp.note(comp.questions(t.Context(), p))
			comp.note(comp.questions(t.Context(), p)) // another proof of the same batch
			comp.ask(t.Context())
			if got := len(net.Requests()); got != tt.asked {
				t.Errorf("%d requests, want %d", got, tt.asked)
			}
			if g := comp.grow(t.Context(), p); g.asked != tt.asked || g.heard != tt.asked || g.proof != nil {
				t.Errorf("asked %d and heard %d, want %d; grew: %v", g.asked, g.heard, tt.asked, g.proof != nil)
			}
		})
	}
}

// Proofs choose at most 16 hosts a run; those the person named do not count.
func TestHostLimit(t *testing.T) {
	const mine = "https://mine.example"
	s := &Session{Calendars: &calendar.Client{Policy: calendar.Policy{Exact: []string{mine}}}}
	comp := s.completer(false)
	host := func(i int) string { return fmt.Sprintf("https://h%d.calendar.opentimestamps.org", i) }
	for i := range maxHosts {
		if note := comp.forbidden(host(i)); note != "" {
			t.Errorf("host %d: %s", i+1, note)
		}
	}
	if note := comp.forbidden(host(maxHosts)); !strings.Contains(note, "was not asked: the proofs name more than 16 calendars") {
		t.Errorf("host 17: %q", note)
	}
	for _, known := range []string{host(0), mine, mine + "/"} {
		if note := comp.forbidden(known); note != "" {
			t.Errorf("%s: %s", known, note)
		}
	}
	if note := comp.forbidden("https://evil.example"); !strings.Contains(note, "is not a calendar that may be asked") {
		t.Errorf("a host not on the list: %q", note)
	}
}

// Of an answer at most 64 Bitcoin claims are looked up.
func TestAnswerClaimLimit(t *testing.T) {
	for _, claims := range []int{maxBlocks, maxBlocks + 1} {
		t.Run(fmt.Sprint(claims), func(t *testing.T) {
			s, net := rehearsal(t)
			tree := &ots.Tree{Msg: bytes.Repeat([]byte{1}, 32)}
			for i := range claims {
				tree.Attestations = append(tree.Attestations, ots.BitcoinAt(uint64(i+1)))
			}
			var a answer
			s.completer(false).sift(t.Context(), "http://calendar", tree, &a)
			if a.tree != nil {
				t.Error("wrong claims are kept")
			}
			if over := strings.Contains(strings.Join(a.notes, "\n"), "more than 64 Bitcoin claims"); over != (claims > maxBlocks) {
				t.Errorf("notes %q", a.notes)
			}
			asked := 0
			for _, r := range net.Requests() {
				if strings.HasPrefix(r.Path, "/esplora/block-height/") {
					asked++
				}
			}
			if asked != maxBlocks {
				t.Errorf("%d look-ups, want %d", asked, maxBlocks)
			}
		})
	}
}

// A rehearsal asks nothing for, and writes nothing into, a proof that names a
// public calendar.
func TestRehearsalLeavesRealProofsAlone(t *testing.T) {
	s, net := rehearsal(t)
	p := withPending(t, net.CalendarURLs()[0], 1)
	public, err := ots.PendingAt("https://alice.btc.calendar.opentimestamps.org")
	if err != nil {
		t.Fatal(err)
	}
	p.Tree.Attestations = append(p.Tree.Attestations, public)
	comp := s.completer(true)
	comp.note(comp.questions(t.Context(), p))
	comp.ask(t.Context())
	g := comp.grow(t.Context(), p)
	if len(net.Requests()) != 0 || g.proof != nil || len(g.notes) != 1 || !strings.Contains(g.notes[0], "names a public calendar") {
		t.Errorf("%d requests, notes %q", len(net.Requests()), g.notes)
	}
}

// An answer may promise a little, and a proof is not filled up with promises.
func TestPromiseLimit(t *testing.T) {
	for _, names := range []int{maxPromises, maxPromises + 1} {
		t.Run(fmt.Sprint(names), func(t *testing.T) {
			var exact []string
			tree := &ots.Tree{Msg: bytes.Repeat([]byte{1}, 32)}
			for i := range names {
				exact = append(exact, fmt.Sprintf("https://c%d.example", i))
				a, err := ots.PendingAt(exact[i])
				if err != nil {
					t.Fatal(err)
				}
				tree.Attestations = append(tree.Attestations, a)
			}
			s := &Session{Calendars: &calendar.Client{Policy: calendar.Policy{Exact: exact}}}
			var a answer
			s.completer(false).sift(t.Context(), "https://calendar", tree, &a)
			if kept := a.promises != nil; kept != (names <= maxPromises) {
				t.Errorf("%d promises kept: %v, notes %q", names, kept, a.notes)
			}
		})
	}
}

// A calendar that fails three times in a row is left alone.
func TestTiredOfCalendar(t *testing.T) {
	c := (&Session{}).completer(false)
	const uri = "https://calendar"
	for i := range maxFailures {
		if c.tired(uri) {
			t.Fatalf("tired after %d failures", i)
		}
		c.count(uri, false)
	}
	if !c.tired(uri) || c.tired(uri+"2") {
		t.Error("tired of the wrong one")
	}
	c.count(uri, true)
	if c.tired(uri) {
		t.Error("an answer does not end the row")
	}
}

// What is written can be judged: at the limit of claims, not past it.
func TestReadBackLimit(t *testing.T) {
	for _, n := range []int{verify.MaxPendingClaims, verify.MaxPendingClaims + 1} {
		_, err := readBack(withPending(t, "https://c.example", n))
		if over := errors.Is(err, ots.ErrTooLarge); over != (n > verify.MaxPendingClaims) {
			t.Errorf("%d pending claims: %v", n, err)
		}
	}
}
