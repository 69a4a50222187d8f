package anchor

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// A history is a real repository of empty commits that a test made.
type history struct {
	t   testing.TB
	dir string
	env []string
}

func newHistory(t testing.TB) *history {
	t.Helper()
	h := &history{t: t, dir: t.TempDir(), env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org",
	}}
	h.git("init", "-q", "-b", "main")
	return h
}

func (h *history) git(args ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = h.dir, h.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// input is git with a standard input.
func (h *history) input(text string, args ...string) string {
	h.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env, cmd.Stdin = h.dir, h.env, strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit makes a commit that is different from all others, and returns its id.
func (h *history) commit(subject string) string {
	h.t.Helper()
	h.git("commit", "-q", "--allow-empty", "-m", subject)
	return h.git("rev-parse", "HEAD")
}

func (h *history) session() *Session {
	h.t.Helper()
	repo, err := gitrepo.Open(context.Background(), gitrepo.Options{Dir: h.dir, Getenv: func(name string) string {
		for _, kv := range h.env {
			if v, ok := strings.CutPrefix(kv, name+"="); ok {
				return v
			}
		}
		return ""
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		if err := repo.Close(); err != nil {
			h.t.Error(err)
		}
	})
	return &Session{Repo: repo}
}

// clone is a clone with so many commits of each branch, all of them for 0.
func (h *history) clone(ref, depth string) *history {
	h.t.Helper()
	c := &history{t: h.t, dir: filepath.Join(h.t.TempDir(), "clone"), env: h.env}
	h.git("init", "-q", c.dir)
	args := []string{"fetch", "-q", "file://" + h.dir, ref}
	if depth != "" {
		args = append(args, "--depth", depth)
	}
	c.git(args...)
	c.git("checkout", "-q", "--detach", "FETCH_HEAD")
	return c
}

// TestPullRequestBase: what a pull request is compared with, whatever of it was
// checked out.
func TestPullRequestBase(t *testing.T) {
	h := newHistory(t)
	first := h.commit("First")
	base := h.commit("Base")
	h.git("checkout", "-q", "-b", "topic", first)
	head := h.commit("Head")
	// The base branch went on after the event's base was noted.
	h.git("checkout", "-q", "main")
	newer := h.commit("Newer")
	h.git("checkout", "-q", "-b", "pull", "main")
	h.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
	merge := h.git("rev-parse", "HEAD")
	h.git("checkout", "-q", "-b", "pull-base", base)
	h.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
	mergeOfBase := h.git("rev-parse", "HEAD")
	// The author's own merge, of a base that suits the author.
	h.git("checkout", "-q", "-b", "evil", first)
	evilBase := h.commit("Without anchors")
	h.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
	evil := h.git("rev-parse", "HEAD")
	h.git("checkout", "-q", "-b", "queue", base)
	queued := h.commit("Queued")

	event := PullRequest{BaseSHA: base, HeadSHA: head}
	with := func(merge string) PullRequest { e := event; e.MergeSHA = merge; return e }
	queue := PullRequest{BaseSHA: base, HeadSHA: queued, MergeGroup: true}
	tests := []struct {
		name, ref, depth string
		event            PullRequest
		base, fork, hint string // hint: no base
	}{
		{name: "GitHub's merge", ref: "pull", depth: "2", event: with(merge), base: newer, fork: newer},
		{name: "GitHub's merge, whole", ref: "pull", event: with(merge), base: newer, fork: newer},
		{name: "GitHub's merge at depth 1", ref: "pull", depth: "1", event: with(merge), hint: mergeIn},
		{name: "a merge of the event's base", ref: "pull-base", depth: "2", event: with("another"), base: base, fork: base},
		{name: "the author's merge", ref: "evil", depth: "2", event: PullRequest{BaseSHA: base, HeadSHA: head, MergeSHA: merge}, hint: mergeIn},
		{name: "the author's merge, whole", ref: "evil", event: PullRequest{BaseSHA: first, HeadSHA: head, MergeSHA: merge}, base: first, fork: first},
		{name: "the head at depth 1", ref: "topic", depth: "1", event: with(merge), hint: mergeIn},
		{name: "the head, whole, without the base", ref: "topic", event: with(merge), hint: mergeIn},
		{name: "merge queue", ref: "queue", depth: "2", event: queue, base: base, fork: base},
		{name: "merge queue at depth 1", ref: "queue", depth: "1", event: queue, hint: deeper},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mine := *h
			mine.t = t
			got, err := mine.clone(tt.ref, tt.depth).session().span(context.Background(), CheckOptions{Event: &tt.event})
			if tt.hint != "" {
				var missing *NoBase
				if !errors.As(err, &missing) || !errors.Is(err, ErrNoBase) || missing.Hint != tt.hint {
					t.Fatalf("error %v (%+v), want one with the hint %q", err, missing, tt.hint)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.base.ID != tt.base || len(got.forks) != 1 || got.forks[0].ID != tt.fork {
				t.Errorf("base %s, forks %v; want %s, %s", got.base.ID, got.forks, tt.base, tt.fork)
			}
		})
	}
	if evil == merge || evilBase == base || mergeOfBase == merge {
		t.Fatal("the commits were to differ")
	}
	// With all of history the head by itself is judged as a merge would bring it.
	got, err := h.session().span(context.Background(), CheckOptions{Head: "topic", Event: &event})
	if err != nil || got.base.ID != base || len(got.forks) != 1 || got.forks[0].ID != first {
		t.Errorf("the head beside its base: %+v, %v", got, err)
	}
}
