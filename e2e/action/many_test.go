package action

import (
	"fmt"
	"testing"
)

const manyDocuments = 1000

// TestManyDocuments runs the action on many anchored documents with nothing to
// do, and says how long that takes.
func TestManyDocuments(t *testing.T) {
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

	w.timed("schedule", func() *log {
		l := w.act(w.scheduled(nil))
		l.output("confirmed", fmt.Sprint(manyDocuments))
		l.output("changed", "false")
		return l
	})
	w.write("README.md", "Three files,\n")
	w.write("CONTRIBUTING.md", "none of them\n")
	w.write("LICENSE", "anchored.\n")
	w.commit("Explain")
	w.timed("check", func() *log {
		asked := len(w.net.Requests())
		l := w.act(w.proposed(map[string]string{"mode": "check"}))
		if now := len(w.net.Requests()); now != asked {
			w.Errorf("a check without new claims made %d requests", now-asked)
		}
		return l
	})
	w.unmoved(before)
}

// timed runs the action, and says how long its steps took.
func (w *world) timed(name string, run func() *log) {
	w.Helper()
	l := run()
	l.want(true)
	w.Logf("  %s, %d documents: install %.2f s, run %.2f s; with runner and checkout %.2f s",
		name, manyDocuments, l.stepTook("install").Seconds(), l.stepTook("run").Seconds(), l.took.Seconds())
}
