package action

import (
	"slices"
	"strings"
	"sync"

	"github.com/openllmo/git-anchor/internal/ots"
)

// together runs jobs at the same time, so that each wants to push before any
// has pushed.
func (w *world) together(jobs ...job) []*log {
	w.Helper()
	w.host.gather(len(jobs))
	logs := make([]*log, len(jobs))
	var running sync.WaitGroup
	for i, j := range jobs {
		running.Go(func() { logs[i] = w.act(j) })
	}
	running.Wait()
	if slices.Contains(logs, nil) {
		w.FailNow() // act has said why
	}
	if n := len(w.host.asked("^POST .*/git-receive-pack$")); n <= len(jobs) {
		w.Errorf("%d pushes of %d runs: none had to push again", n, len(jobs))
	}
	return logs
}

// since lists the commits after one, oldest first.
func (w *world) since(from string) []string {
	w.Helper()
	return strings.Fields(w.host.git("-C", w.host.bare, "rev-list", "--reverse", from+"..main"))
}

func twoRuns(w *world) {
	w.mine()
	w.accept(3)
	before := w.host.head("main")
	upkeep := w.scheduled(nil)
	merge := w.pushed(map[string]string{"mode": "stamp"})
	for _, l := range w.together(upkeep, merge) {
		l.want(true)
		l.output("changed", "true")
	}
	made := w.since(before)
	if len(made) != 2 {
		w.Fatalf("%d commits, want 2", len(made))
	}
	paths := slices.Sorted(slices.Values(slices.Concat(w.host.changed(made[0]), w.host.changed(made[1]))))
	if want := []string{path(2) + ".ots", path(3) + ".ots"}; !slices.Equal(paths, want) {
		w.Errorf("the commits change %q, want %q", paths, want)
	}
	if blocks(w.proof("main", 2)) == 0 || promises(w.proof("main", 3)) != 2 {
		w.Error("a proof of one run is not on main")
	}
}

// twoRunsOneDocument: both runs stamp, and the second to push adds its claims to
// those of the first.
func twoRunsOneDocument(w *world) {
	w.accept(3)
	before := w.host.head("main")
	for _, l := range w.together(w.pushed(nil), w.pushed(nil)) {
		l.want(true)
	}
	made := w.since(before)
	if len(made) != 2 {
		w.Fatalf("%d commits, want 2", len(made))
	}
	first, last := w.proof(made[0], 3), w.proof("main", 3)
	if lost := last.Missing(first); len(lost) > 0 || promises(first) != 2 || promises(last) != 4 {
		w.Errorf("%d claims, then %d; %d were lost", promises(first), promises(last), len(lost))
	}
}

// threePullRequestRuns: until the pull request is merged every run goes on from
// the proofs that it holds.
func threePullRequestRuns(w *world) {
	const ours = "git-anchor/proofs"
	w.accept(3)
	before := w.host.head("main")
	var first *ots.Proof
	for run := range 3 {
		if run == 2 {
			w.mine()
		}
		j := w.pushed(map[string]string{"commit": "pull-request"})
		l := w.act(j)
		l.want(true)
		if w.host.head("main") != before {
			w.Fatal("main has moved")
		}
		p := w.proof(ours, 3)
		if first == nil {
			first = p
		}
		if lost := p.Missing(first); len(lost) > 0 {
			w.Errorf("run %d lost %d claims of the first", run+1, len(lost))
		}
		if promises(p) != 2 {
			w.Errorf("run %d: %d calendars promise: it was stamped again", run+1, promises(p))
		}
		w.Logf("  host: %s", w.host.git("-C", w.host.bare, "log", "-1", "--stat", "--format=%h %an: %s", ours))
	}
	if blocks(w.proof(ours, 3)) == 0 || blocks(w.proof(ours, 2)) == 0 {
		w.Error("the last run did not complete the proofs")
	}
	if n := len(w.host.asked("^POST .*/git-receive-pack$")); n != 2 {
		w.Errorf("%d pushes, want 2: the second run had nothing to add", n)
	}
	if opened := w.host.asked("^POST .*/pulls$"); len(opened) != 1 || len(w.host.pulls) != 1 {
		w.Errorf("pull requests: %v", opened)
	}
	w.host.git("-C", w.host.bare, "update-ref", "refs/heads/main", ours)
	if got := w.since(before); len(got) != 1 {
		w.Errorf("the branch is %d commits ahead of main, want 1", len(got))
	}
}

// changedUnderneath: a proof whose document changed before the push is left out.
func changedUnderneath(w *world) {
	w.mine()
	w.accept(3)
	j := w.pushed(nil)
	w.edit(path(3), "Nothing in it is meant.", "Something in it is meant.")
	w.commit("Correct LIP-3")
	faster := w.git("rev-parse", "HEAD")
	w.host.beforePush(w.push)
	l := w.act(j)
	w.committed(faster, path(2)+".ots")
	l.says(`lip-0003\.md`)
	w.Logf("  ends green: %v", l.green)
}
