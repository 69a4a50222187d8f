package action

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/openllmo/git-anchor/internal/devnet"
)

// A world is what one scenario happens in.
type world struct {
	*testing.T
	tools   tools
	host    *host
	net     *devnet.Net // calendars and explorers
	outside *outside    // all that is not loopback
	dir     string      // a person's clone
}

// newWorld makes one with an empty repository, its clone and a devnet.
func newWorld(t *testing.T, k tools) *world {
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
	w := &world{T: t, tools: k, host: newHost(t), net: net, outside: newOutside(t), dir: filepath.Join(t.TempDir(), "clone")}
	w.host.git("clone", "-q", w.host.bare, w.dir)
	for _, u := range net.CalendarURLs() {
		w.git("config", "--add", "anchor.calendar", u)
	}
	w.git("config", "anchor.explorer", net.Esplora())
	t.Cleanup(w.nothingLeft)
	return w
}

// nothingLeft holds for every scenario: no step spoke to anybody but the host
// and devnet, and no token went anywhere else.
func (w *world) nothingLeft() {
	if asked := w.outside.asked(); len(asked) > 0 {
		w.Errorf("requests left for: %q", asked)
	}
	for _, r := range w.host.asked("") {
		if r.token != "" && !w.host.knows(r.token) {
			w.Errorf("an unknown token came with %s", r.what)
		}
	}
}

// git runs git in the person's clone.
func (w *world) git(args ...string) string {
	w.Helper()
	return strings.TrimSpace(git(w.T, w.dir, nil, args...))
}

// anchor runs git-anchor in the person's clone, on devnet's network.
func (w *world) anchor(args ...string) string {
	w.Helper()
	return command(w.T, w.dir, append(isolated(), "GITHUB_ACTIONS="), w.tools.anchor, slices.Concat(args[:1], []string{"--network", "regtest"}, args[1:])...)
}

// supersede moves the proof of a document that is to change.
func (w *world) supersede(path string) {
	w.Helper()
	command(w.T, w.dir, append(isolated(), "GITHUB_ACTIONS="), w.tools.anchor, "supersede", path)
}

// stamp stamps paths at devnet's calendars.
func (w *world) stamp(paths ...string) {
	w.Helper()
	args := []string{"stamp"}
	for _, u := range w.net.CalendarURLs() {
		args = append(args, "--calendar", u)
	}
	w.anchor(append(args, paths...)...)
}

// mine adds the blocks that a calendar waits for.
func (w *world) mine() {
	w.Helper()
	if err := w.net.Mine(6); err != nil {
		w.Fatal(err)
	}
}

// write makes a file in the person's clone.
func (w *world) write(path, text string) {
	w.Helper()
	write(w.T, filepath.Join(w.dir, filepath.FromSlash(path)), text, 0o644)
}

// edit changes a file in the person's clone.
func (w *world) edit(path, from, to string) {
	w.Helper()
	text := string(read(w.T, filepath.Join(w.dir, filepath.FromSlash(path))))
	if !strings.Contains(text, from) {
		w.Fatalf("%s has no %q", path, from)
	}
	w.write(path, strings.Replace(text, from, to, 1))
}

func (w *world) remove(path string) {
	w.Helper()
	if err := os.Remove(filepath.Join(w.dir, filepath.FromSlash(path))); err != nil {
		w.Fatal(err)
	}
}

// commit commits all that is in the person's clone.
func (w *world) commit(message string) string {
	w.Helper()
	w.git("add", "-A")
	w.git("commit", "-q", "-m", message)
	return w.git("rev-parse", "HEAD")
}

// push moves main to the person's commit, and the person's clone on to it.
func (w *world) push() {
	w.Helper()
	w.git("push", "-q", w.host.bare, "HEAD:refs/heads/main")
}

// pull brings the person's clone to where main is.
func (w *world) pull() {
	w.Helper()
	w.git("fetch", "-q", w.host.bare, "+refs/heads/main:refs/remotes/origin/main")
	w.git("checkout", "-q", "-B", "main", "refs/remotes/origin/main")
}

// committed fails the test unless main has moved from a commit by exactly one
// that changes these paths.
func (w *world) committed(from string, paths ...string) {
	w.Helper()
	head := w.host.head("main")
	if parent := strings.TrimSpace(w.host.git("-C", w.host.bare, "rev-parse", head+"^")); parent != from {
		w.Errorf("main is at %s, whose parent is %s, not %s", head, parent, from)
	}
	if got := w.host.changed(head); !slices.Equal(got, paths) {
		w.Errorf("the commit changes %q, want %q", got, paths)
	}
	w.Logf("  host: %s", w.host.git("-C", w.host.bare, "log", "-1", "--stat", "--format=%h %an <%ae>: %s", head))
}

// unmoved fails the test if main is not at a commit, or somebody tried to push.
func (w *world) unmoved(at string) {
	w.Helper()
	if head := w.host.head("main"); head != at {
		w.Errorf("main has moved from %s to %s", at, head)
	}
	if tried := w.host.asked("git-receive-pack|graphql|/pulls"); len(tried) > 0 {
		w.Errorf("somebody tried to write: %v", tried)
	}
}

// lip is a text as LLMO publishes them, of the type Process.
func lip(number int, status, text string) string {
	accepted := ""
	if status != "Draft" {
		accepted = fmt.Sprintf("  - date: 2026-02-02\n    from: Draft\n    to: %s\n    ref: \"accepted by the editors\"\n", status)
	}
	return fmt.Sprintf(`---
lip: %d
title: "What text %d promises: a rehearsal"
description: "Made up for tests."
author: Ada Example <ada@example.org>
status: %s
type: Process
created: 2026-01-05
date: 2026-01-05
license: CC0-1.0
transitions:
  - date: 2026-01-05
    from: null
    to: Draft
    ref: "first text"
%s---

## Abstract

%s
`, number, number, status, accepted, text)
}

// path of a LIP in the repository.
func path(number int) string { return fmt.Sprintf("content/spec/lips/lip-%04d.md", number) }

// An outside is a proxy that notes who would have been asked, and asks nobody.
type outside struct {
	url  string
	mu   sync.Mutex
	seen []string
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.seen = append(o.seen, r.Method+" "+r.Host+r.URL.Path)
		http.Error(w, "nothing leaves this machine", http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

func (o *outside) asked() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.seen)
}

// forget is for requests that were meant.
func (o *outside) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = nil
}
