package action

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sethvargo/go-githubactions"

	"github.com/openllmo/git-anchor/internal/printable"
)

// GitHub shows so many annotations of a level and a step, and drops the rest
// without a word.
const maxAnnotations = 10

// maxOutput is how many bytes one output may have.
const maxOutput = 1 << 20

const (
	maxTitle = 200  // runes
	maxText  = 2000 // runes
)

// A Console is the runner's side of a step: annotations, outputs, the summary.
// What go-githubactions would take as it is, is escaped or refused here: a
// newline in a line of the log begins a command, one in an output makes another
// output.
type Console struct {
	runner *githubactions.Action
	getenv func(string) string
	plain  io.Writer
}

// NewConsole writes commands to the runner as they are, and, outside of a
// runner, annotations as plain lines.
func NewConsole(commands, plain io.Writer, getenv func(string) string) *Console {
	return &Console{
		runner: githubactions.New(githubactions.WithWriter(commands), githubactions.WithGetenv(getenv)),
		getenv: getenv, plain: plain,
	}
}

// OnRunner says whether a runner reads what is printed.
func (c *Console) OnRunner() bool { return c.getenv("GITHUB_ACTIONS") != "" }

// Annotate puts findings on files, the loudest first. Of more than ten of a
// level, the tenth annotation says how many there are besides.
func (c *Console) Annotate(findings []Finding) error {
	list := slices.Clone(findings)
	slices.SortStableFunc(list, func(a, b Finding) int { return cmp.Compare(b.Level, a.Level) })
	for _, level := range []Level{Error, Warning, Notice} {
		first := slices.IndexFunc(list, func(f Finding) bool { return f.Level == level })
		if first < 0 {
			continue
		}
		end := first
		for end < len(list) && list[end].Level == level {
			end++
		}
		some := list[first:end]
		if c.OnRunner() && len(some) > maxAnnotations {
			more := len(some) - maxAnnotations + 1
			some = append(slices.Clone(some[:maxAnnotations-1]), Finding{
				Level: level, Title: "git-anchor", Text: fmt.Sprintf("There are %d more of these; the job summary lists all.", more),
			})
		}
		for _, f := range some {
			if err := c.annotate(f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Console) annotate(f Finding) error {
	title, text := printable.Text(f.Title, maxTitle), printable.Text(f.Text, maxText)
	hint := printable.Text(f.Hint, maxText)
	if !c.OnRunner() {
		return c.line(f, title, text, hint)
	}
	if hint != "" {
		text += "\n" + hint
	}
	// An older form of commands is looked for anywhere in a line.
	text, title = strings.ReplaceAll(text, "##[", "# #["), strings.ReplaceAll(title, "##[", "# #[")
	fields := map[string]string{"title": title}
	if f.Path != "" && utf8.ValidString(f.Path) {
		fields["file"] = f.Path
		if f.Line > 0 {
			fields["line"] = fmt.Sprint(f.Line)
		}
	} else if f.Path != "" {
		text = printable.Text(f.Path, maxTitle) + ": " + text
	}
	return guard(func() {
		switch to := c.runner.WithFieldsMap(fields); f.Level {
		case Error:
			to.Errorf("%s", text)
		case Warning:
			to.Warningf("%s", text)
		default:
			to.Noticef("%s", text)
		}
	})
}

// line writes a finding for a person.
func (c *Console) line(f Finding, title, text, hint string) error {
	word := map[Level]string{Error: "error", Warning: "warning", Notice: "notice"}[f.Level]
	if f.Path != "" {
		place := printable.Text(f.Path, maxTitle)
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		title = place + ": " + title
	}
	if hint != "" {
		text += " (" + hint + ")"
	}
	_, err := fmt.Fprintf(c.plain, "%s: %s: %s\n", word, title, text)
	return err
}

// Output sets an output of the step, which is one line. Outside of a runner it
// goes nowhere.
func (c *Console) Output(name, value string) error {
	if c.getenv("GITHUB_OUTPUT") == "" {
		return nil
	}
	switch {
	case strings.ContainsAny(value, "\r\n\x00"):
		return fmt.Errorf("output %s: it has more than one line", name)
	case len(value) > maxOutput:
		return fmt.Errorf("output %s: it has %d bytes, more than %d", name, len(value), maxOutput)
	}
	// Not SetOutput: its delimiter is fixed, so that a value can end it.
	return guard(func() {
		c.runner.IssueFileCommand(&githubactions.Command{Name: "output", Message: name + "=" + value})
	})
}

// Summarize appends Markdown to the job summary, where there is one.
func (c *Console) Summarize(markdown []byte) error {
	if c.getenv("GITHUB_STEP_SUMMARY") == "" || len(markdown) == 0 {
		return nil
	}
	return guard(func() { c.runner.AddStepSummary(string(markdown)) })
}

// guard turns the panics of go-githubactions, which are about files that cannot
// be written, into errors. Any other panic is a fault of ours and goes on.
func guard(issue func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case runtime.Error:
			panic(p)
		case error:
			err = fmt.Errorf("tell the runner: %w", p)
		default:
			panic(p)
		}
	}()
	issue()
	return nil
}

// empty clears a file that the runner reads after the step, whatever stands in
// its place by now.
func empty(path string) error {
	if path == "" {
		return nil
	}
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}
