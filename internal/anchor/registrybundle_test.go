package anchor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// names lists a directory, the hidden files too.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

// The headers of a bundle lead from each block to the end of its period, and are
// no others.
func TestBundleHeaders(t *testing.T) {
	months, roots := monthsOf(t, "2026-01", 2)
	chain := monthlyChain(t, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots)
	s := newSite(t, months)
	session := registrySession(t, s.work, chain)
	defer session.Repo.Close()
	out := filepath.Join(t.TempDir(), "out")
	_, _, made, err := session.BundleRegistry(t.Context(), BundleOptions{Out: out})
	if err != nil || made == nil || made.Files != 11 || made.Pending != 0 || made.Above != 0 {
		t.Fatalf("%+v, %v", made, err)
	}
	if got, want := names(t, out), ".git-anchor.headers .git-anchor.toml .gitattributes HEAD README.md SHA256SUMS blocks.tsv proofs registries"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	raw, err := os.ReadFile(filepath.Join(out, bitcoin.BundleFile))
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := bitcoin.ParseBundle(raw)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(bundle.Heights()), "[[100 2015] [2116 4031]]"; got != want {
		t.Errorf("headers of %s, want %s", got, want)
	}

	// With these headers alone, what was bundled is on rung chain.
	offline := bitcoin.NewChain(chain().Network(), bitcoin.Options{Bundle: bundle})
	again := registrySession(t, s.work, func() *bitcoin.Chain { return offline })
	defer again.Repo.Close()
	_, v, err := again.VerifyRegistry(t.Context(), RegistryOptions{})
	if err != nil || len(v.Faults()) > 0 || v.Months[1].Steps[StepBlock].Text != "block 2116, rung chain" {
		t.Errorf("%+v, %v", v, err)
	}
}

// An explorer serves headers one at a time.
type explorer struct{ from *bitcoin.Chain }

func (explorer) Name() string { return "explorer.example" }

func (e explorer) Header(ctx context.Context, height uint64) (bitcoin.Header, error) {
	run, err := e.from.Headers(ctx, height)
	if err != nil {
		return bitcoin.Header{}, err
	}
	return run[0], nil
}

func (e explorer) Tip(context.Context) (uint64, error) { return e.from.Network().LastHeight(), nil }

// Where blocks can be checked and headers not be had, nothing is written, unless
// they are to be left out.
func TestBundleWithoutHeaders(t *testing.T) {
	months, roots := monthsOf(t, "2026-01", 1)
	chain := monthlyChain(t, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots)()
	s := newSite(t, months)
	session := registrySession(t, s.work, func() *bitcoin.Chain {
		return bitcoin.NewChain(chain.Network(), bitcoin.Options{Sources: []bitcoin.Source{explorer{chain}}})
	})
	defer session.Repo.Close()
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	_, _, made, err := session.BundleRegistry(t.Context(), BundleOptions{Out: out})
	if made != nil || !errors.Is(err, ErrNoHeaders) {
		t.Errorf("%+v, %v", made, err)
	}
	if got := names(t, dir); got != "" {
		t.Errorf("left behind: %s", got)
	}
	if _, _, made, err = session.BundleRegistry(t.Context(), BundleOptions{Out: out, NoHeaders: true}); err != nil || made.Files != 8 {
		t.Errorf("%+v, %v", made, err)
	}
}

// Nothing is left of a bundle that could not be written to its end.
func TestBundleStopped(t *testing.T) {
	months, roots := monthsOf(t, "2026-01", 1)
	s := newSite(t, months)
	session := registrySession(t, s.work, monthlyChain(t, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots))
	defer session.Repo.Close()
	_, c, list, err := session.monthsAt(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	b := &bundling{s: session, commit: c, files: list.files}
	bad := errors.New("nothing")
	good := bundleFile{"HEAD", "", func(context.Context) ([]byte, error) { return []byte("x\n"), nil }}
	both := []bundleFile{good, {"nothing", "", func(context.Context) ([]byte, error) { return nil, bad }}}
	for _, out := range []string{"out", "out.tar.gz"} {
		dir := t.TempDir()
		if err := b.put(t.Context(), filepath.Join(dir, out), both); !errors.Is(err, bad) {
			t.Errorf("%s: %v", out, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.put(ctx, filepath.Join(dir, out), both[:1]); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", out, err)
		}
		if got := names(t, dir); got != "" {
			t.Errorf("%s: left behind: %s", out, got)
		}
		if err := b.put(t.Context(), filepath.Join(dir, out), both[:1]); err != nil {
			t.Errorf("%s: %v", out, err)
		}
	}
}
