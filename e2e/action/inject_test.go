package action

import (
	"slices"
	"strings"
)

// injects tries every place where foreign text meets the runner's commands: at
// the start of a line, within one, in properties, outputs and the summary.
func injects(w *world) {
	names := []string{
		"::error title=injected::injected.md",
		"  ::add-mask::injected.md",
		"##[error]injected.md",
		"evil\n::error title=injected::injected.md",
		"evil\r::warning::injected.md",
		"evil##[error]injected.md",
		"evil%0A::error::injected.md",
		"evil,line=9,title=injected::injected.md",
		"ghadelimiter_injected<<EOF.md",
		"<img src=x onerror=injected>|`@injected.md",
	}
	w.write(".git-anchor.toml", "[[documents]]\nkind = \"lip\"\npaths = [\"content/spec/lips/lip-????.md\"]\n\n[[documents]]\nkind = \"file\"\npaths = [\"*injected*.md\"]\n")
	w.write(path(4), strings.Replace(lip(4, "Active", "x"), `"What text 4 promises: a rehearsal"`, `"::error title=injected::injected"`, 1))
	status := `"Active\n_GitHubActionsFileCommandDelimeter_\nchanged=injected\n::error::injected\n##[error]injected"`
	w.write(path(5), strings.Replace(lip(5, "Active", "x"), "status: Active", "status: "+status, 1))
	for _, name := range names {
		w.write(name, "first")
	}
	w.commit("Documents of somebody else's")
	w.stamp(slices.Concat([]string{path(4)}, names)...)
	w.commit("::error title=injected::Anchor them")
	w.push()
	for _, name := range names {
		w.write(name, "second")
	}
	w.edit(path(4), "Abstract", "::error::injected")
	w.commit("::error title=injected::Edit them\n\n##[error]injected")
	known := slices.Concat(names, []string{path(4), path(5)})
	l := w.propose(false, nil, nil)
	l.uninjected(known)
	if n := len(l.commands()); n != 10 {
		w.Errorf("%d annotations, want 10: more are dropped", n)
	}
	w.push()
	l = w.act(w.pushed(map[string]string{"fail_on": "violation"}))
	l.uninjected(known)
	l.says(`lip-0005\.md.*_GitHubActionsFileCommandDelimeter_`)
	w.act(w.scheduled(map[string]string{"mode": "status"})).uninjected(known)
}

// uninjected fails the test if any foreign text became a command, an output, or
// markup of the summary.
func (l *log) uninjected(files []string) {
	l.t.Helper()
	for line := range strings.Lines(l.text) {
		line = strings.TrimRight(line, "\n")
		if isCommand(line) {
			l.ours(parseCommand(line), files)
		} else if strings.Contains(line, "##[") || strings.Contains(line, "\r") {
			l.t.Errorf("the runner would obey %q", line)
		}
	}
	for name, value := range l.outputs() {
		if strings.Contains(value, "\n") || value == "injected" {
			l.t.Errorf("output %s is %q", name, value)
		}
	}
	if summary := l.summary(); strings.Contains(summary, "<img") || strings.Contains(summary, " @injected") || summary == "" {
		l.t.Errorf("markup in the summary:\n%s", summary)
	}
}

// ours fails the test unless a command is an annotation that the action makes.
func (l *log) ours(c runnerCommand, files []string) {
	l.t.Helper()
	file := strings.TrimSuffix(c.properties["file"], ".ots")
	switch {
	case c.name != "error" && c.name != "warning" && c.name != "notice":
		l.t.Errorf("the command %s is not an annotation", c.name)
	case file != "" && !slices.Contains(files, file):
		l.t.Errorf("an annotation on %q", file)
	case c.properties["line"] == "9" || strings.Contains(c.properties["title"], "injected"):
		l.t.Errorf("properties of somebody else's: %q", c.properties)
	}
}
