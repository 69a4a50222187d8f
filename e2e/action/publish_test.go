package action

import (
	"strings"
)

const bot = "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"

// author is who made a commit.
func (w *world) author(revision string) string {
	w.Helper()
	return strings.TrimSpace(w.host.git("-C", w.host.bare, "log", "-1", "--format=%an <%ae>", revision))
}

func mergeAccepted(w *world) {
	w.accept(3)
	before := w.host.head("main")
	l := w.act(w.pushed(nil))
	l.want(true)
	w.committed(before, path(3)+".ots")
	if n := promises(w.proof("main", 3)); n != 2 {
		w.Errorf("%d calendars promise, want 2", n)
	}
	if who := w.author("main"); who != bot {
		w.Errorf("the commit is by %s", who)
	}
	l.output("changed", "true")
	l.output("commit_sha", w.host.head("main"))
	l.output("confirmed", "1")
	l.output("pending", "2")
	if !strings.Contains(l.summary(), "lip-0003.md") {
		w.Errorf("the summary does not name the document:\n%s", l.summary())
	}
	if found := l.annotations("error", path(3)); len(found) > 0 {
		w.Errorf("pending is no error: %q", found)
	}
}

func scheduleAfterMining(w *world) {
	w.mine()
	before := w.host.head("main")
	l := w.act(w.scheduled(nil))
	l.want(true)
	w.committed(before, path(2)+".ots")
	if n := blocks(w.proof("main", 2)); n == 0 {
		w.Error("the proof leads to no block")
	}
	l.output("changed", "true")
	l.output("confirmed", "2")
	l.output("pending", "0")
	w.pull()
	w.Log(w.anchor("verify", "--require", "confirmed", "--all"))
}

func nothingToDo(w *world) {
	before := w.host.head("main")
	for _, j := range []job{w.pushed(nil), w.scheduled(nil)} {
		l := w.act(j)
		l.want(true)
		l.output("changed", "false")
		l.output("commit_sha", "")
		if result, ran := l.results()["commit"]; ran {
			w.Errorf("the step that commits ran: %s", result)
		}
		w.unmoved(before)
	}
}

// deletedProof: a proof that is gone is a finding, and no reason to anchor the
// document again.
func deletedProof(w *world) {
	w.remove(path(1) + ".ots")
	w.commit("Tidy up")
	w.push()
	before, asked := w.host.head("main"), len(w.net.Requests())
	for _, j := range []job{w.pushed(nil), w.scheduled(nil)} {
		l := w.act(j)
		l.want(false)
		l.says(`^::error .*lip-0001\.md`)
		if head := w.host.head("main"); head != before {
			w.Errorf("main has moved: %q", w.host.changed(head))
		}
	}
	for _, r := range w.net.Requests()[asked:] {
		if r.Method == "POST" && strings.HasSuffix(r.Path, "/digest") {
			w.Errorf("it was stamped again: %s %s", r.Method, r.Path)
		}
	}
}

// readOnly: without the right to write everything is verified, and it is said
// what the push wants.
func readOnly(w *world) {
	w.mine()
	before := w.host.head("main")
	j := w.scheduled(nil)
	j.token = w.host.mayRead
	l := w.act(j)
	l.want(false)
	l.output("confirmed", "2")
	l.says(`contents: write`)
	if l.results()["run"] != "success" || l.results()["commit"] != "failure" {
		w.Errorf("steps: %v", l.results())
	}
	if head := w.host.head("main"); head != before {
		w.Errorf("main has moved to %s", head)
	}
}

func protectedBranch(w *world) {
	w.mine()
	w.host.protect("main")
	before := w.host.head("main")
	l := w.act(w.scheduled(nil))
	l.want(false)
	l.says("GH006")
	l.says("(?i)pull-request") // a way out
	if head := w.host.head("main"); head != before {
		w.Errorf("main has moved to %s", head)
	}
	if n := len(w.host.asked("POST .*/git-receive-pack")); n != 1 {
		w.Errorf("%d pushes: a refusal is not tried again", n)
	}
}

// byAPI has GitHub make the commit, on a branch that moves in between.
func byAPI(w *world) {
	w.mine()
	w.write("README.md", "Somebody was faster.\n")
	w.commit("Add a README")
	faster := w.git("rev-parse", "HEAD")
	j := w.scheduled(map[string]string{"commit": "api"})
	w.host.beforePush(w.push)
	l := w.act(j)
	l.want(true)
	w.committed(faster, path(2)+".ots")
	if n := blocks(w.proof("main", 2)); n == 0 {
		w.Error("the proof leads to no block")
	}
	l.output("commit_sha", w.host.head("main"))
	if n := len(w.host.asked("^POST /api/graphql$")); n != 2 {
		w.Errorf("%d requests to the API, want 2", n)
	}
	if pushes := w.host.asked("git-receive-pack"); len(pushes) > 0 {
		w.Errorf("it was pushed: %v", pushes)
	}
}

func fromSource(w *world) {
	w.accept(3)
	before := w.host.head("main")
	j := w.pushed(nil)
	j.source = true
	l := w.act(j)
	l.want(true)
	l.says("building from source")
	w.committed(before, path(3)+".ots")
}
