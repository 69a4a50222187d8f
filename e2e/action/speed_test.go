package action

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	manyDocuments = 1000
	warmRun       = 3 * time.Second // of all steps of the action, from their start
	tries         = 3               // on a machine that may have other work
)

// TestSpeed runs the action on many anchored documents with nothing to do.
func TestSpeed(t *testing.T) {
	w := newWorld(t, prepare(t))
	w.write(".git-anchor.toml", "[[documents]]\nkind = \"file\"\npaths = [\"documents/*.md\"]\n")
	var paths []string
	for i := range manyDocuments {
		paths = append(paths, fmt.Sprintf("documents/%04d.md", i))
		w.write(paths[i], fmt.Sprintf("This is document %d.\n", i))
	}
	w.commit("Documents")
	w.stamp(paths...)
	w.mine()
	w.anchor("upgrade", "--all")
	w.commit("Anchor them")
	w.push()
	before := w.host.head("main")

	w.fast("schedule", func() *log {
		l := w.act(w.scheduled(nil))
		l.output("confirmed", fmt.Sprint(manyDocuments))
		l.output("changed", "false")
		return l
	})
	w.write("README.md", "Three files,\n")
	w.write("CONTRIBUTING.md", "none of them\n")
	w.write("LICENSE", "anchored.\n")
	w.commit("Explain")
	w.fast("check", func() *log {
		asked := len(w.net.Requests())
		l := w.act(w.proposed(map[string]string{"mode": "check"}))
		if now := len(w.net.Requests()); now != asked {
			w.Errorf("a check without new claims made %d requests", now-asked)
		}
		return l
	})
	w.unmoved(before)
}

// fast fails the test unless one of a few runs is as fast as a warm one is to be.
func (w *world) fast(name string, run func() *log) {
	w.Helper()
	var times []string
	for range tries {
		l := run()
		l.want(true)
		took := l.stepTook("install") + l.stepTook("run")
		times = append(times, fmt.Sprintf("%.2f s (install %.2f, run %.2f; with runner and checkout %.2f)",
			took.Seconds(), l.stepTook("install").Seconds(), l.stepTook("run").Seconds(), l.took.Seconds()))
		if took < warmRun {
			w.Logf("  %s, %d documents: %s", name, manyDocuments, strings.Join(times, ", "))
			return
		}
	}
	w.Errorf("%s: none of %d runs took less than %v: %s", name, tries, warmRun, strings.Join(times, ", "))
}
