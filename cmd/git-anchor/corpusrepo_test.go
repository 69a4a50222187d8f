package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/openllmo/git-anchor/internal/devnet"
)

// A corpusRepo is a repository for documents of the corpus, whose person has
// configured the calendars of a local network.
type corpusRepo struct {
	t   *testing.T
	dir string
	env []string
	net *devnet.Net
}

func newCorpusRepo(t *testing.T) *corpusRepo {
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
	r := &corpusRepo{t, t.TempDir(), cleanEnv(t), net}
	r.run(0, "git", "init", "-q")
	for _, u := range net.CalendarURLs() {
		r.run(0, "git", "config", "--add", "anchor.calendar", u)
	}
	return r
}

func (r *corpusRepo) put(name string, data []byte) {
	r.t.Helper()
	full := filepath.Join(r.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, data, 0o644)); err != nil {
		r.t.Fatal(err)
	}
}

// run runs a program that ends with this exit code, and returns what it printed.
func (r *corpusRepo) run(want int, name string, args ...string) (out, words string) {
	r.t.Helper()
	var o, e bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = r.dir, r.env, &o, &e
	if err := cmd.Run(); cmd.ProcessState.ExitCode() != want {
		r.t.Fatalf("%s %s: %v, want exit %d\n%s%s", name, args, err, want, &o, &e)
	}
	return o.String(), e.String()
}

// stamp anchors a document at both pools.
func (r *corpusRepo) stamp(args ...string) {
	r.t.Helper()
	pools := r.net.Pools()
	r.run(0, self(r.t), append([]string{"--network", "regtest", "--calendar", pools[0], "--calendar", pools[1]}, args...)...)
}
