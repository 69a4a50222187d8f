package action

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A line is one of act's log, as it writes them with --json.
type line struct {
	command string
	name    string // of an output
	value   string // of an output, or the summary's text
	steps   []string
	result  string        // of a step: success, failure
	took    time.Duration // of a step
}

// UnmarshalJSON takes the fields that we look at; names differ in case alone.
func (l *line) UnmarshalJSON(raw []byte) error {
	var fields struct {
		Command, Name, Arg, Content, StepResult string
		StepID                                  []string
		ExecutionTime                           time.Duration
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return err
	}
	delete(all, "stepid") // of the job's own steps
	raw, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	*l = line{
		command: fields.Command, name: fields.Name, value: fields.Arg + fields.Content,
		steps: fields.StepID, result: fields.StepResult, took: fields.ExecutionTime,
	}
	return nil
}

// A log is what a job said and how it ended.
type log struct {
	t     *testing.T
	green bool
	took  time.Duration // start of the runner included
	text  string        // all that the steps printed, commands included
	lines []line
}

func parseLog(t *testing.T, raw []byte, printed, stderr string) *log {
	t.Helper()
	l := &log{t: t, text: strings.ReplaceAll(printed, "\r\n", "\n")}
	for text := range bytes.Lines(raw) {
		var one line
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatalf("line of act: %v: %s", err, text)
		}
		l.lines = append(l.lines, one)
	}
	if l.step() == "" {
		t.Fatalf("act ran no step of the action: %s\n%s", stderr, raw)
	}
	return l
}

// show prints the log.
func (l *log) show() {
	l.t.Helper()
	l.t.Logf("%s-> green: %v, %v, in %.1f s", l.text, l.green, l.results(), l.took.Seconds())
}

// step is the id of our action's step in the workflow.
func (l *log) step() string {
	for _, one := range l.lines {
		if len(one.steps) > 1 && slices.Contains([]string{"install", "run"}, one.steps[1]) {
			return one.steps[0]
		}
	}
	return ""
}

// want fails the test unless the job ended so, and shows why it did not.
func (l *log) want(green bool) {
	l.t.Helper()
	if l.green != green {
		l.t.Errorf("the job ended green: %v, want %v", l.green, green)
	}
}

// says fails the test unless a line of the steps' output matches.
func (l *log) says(pattern string) {
	l.t.Helper()
	if !matches(pattern, l.text) {
		l.t.Errorf("nothing in the log matches %s", pattern)
	}
}

// matches reports whether a line of text matches.
func matches(pattern, text string) bool {
	return regexp.MustCompile("(?m)" + pattern).MatchString(text)
}

// A runnerCommand is a line as GitHub's runner takes it: act looks for the last
// "::" of a line, where the runner looks for the first, and undoes escapes in
// any order.
type runnerCommand struct {
	name       string
	properties map[string]string
	data       string
}

// isCommand reports whether the runner obeys a line.
func isCommand(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "::") }

// parseCommand reads ::NAME KEY=VALUE,…::DATA.
func parseCommand(line string) runnerCommand {
	head, data, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "::"), "::")
	name, properties, _ := strings.Cut(head, " ")
	c := runnerCommand{name: name, properties: map[string]string{}, data: unescape.Replace(data)}
	for pair := range strings.SplitSeq(properties, ",") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			c.properties[strings.TrimSpace(key)] = unescapeProperty.Replace(value)
		}
	}
	return c
}

var (
	unescape         = strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n")
	unescapeProperty = strings.NewReplacer("%25", "%", "%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",")
)

// commands are the runner's commands among the steps' output.
func (l *log) commands() []runnerCommand {
	var found []runnerCommand
	for line := range strings.Lines(l.text) {
		if isCommand(line) {
			found = append(found, parseCommand(line))
		}
	}
	return found
}

// annotations are the texts of those of a level on a file; "" for those on none.
func (l *log) annotations(level, file string) []string {
	var found []string
	for _, c := range l.commands() {
		if c.name == level && c.properties["file"] == file {
			found = append(found, c.properties["title"]+": "+c.data)
		}
	}
	return found
}

// annotated fails the test unless a file has an annotation of a level that
// matches.
func (l *log) annotated(level, file, pattern string) {
	l.t.Helper()
	found := l.annotations(level, file)
	if !slices.ContainsFunc(found, regexp.MustCompile(pattern).MatchString) {
		l.t.Errorf("no %s on %s matches %s: %q", level, file, pattern, found)
	}
}

// outputs are those of our action.
func (l *log) outputs() map[string]string {
	outputs, step := map[string]string{}, l.step()
	for _, one := range l.lines {
		if one.command == "set-output" && len(one.steps) == 1 && one.steps[0] == step {
			outputs[one.name] = one.value
		}
	}
	return outputs
}

// output fails the test unless an output of our action has a value.
func (l *log) output(name, want string) {
	l.t.Helper()
	if got, there := l.outputs()[name]; !there || got != want {
		l.t.Errorf("output %s is %q, want %q", name, got, want)
	}
}

// summary is what the steps wrote to the job's summary.
func (l *log) summary() string {
	var b strings.Builder
	for _, one := range l.lines {
		if one.command == "summary" {
			b.WriteString(one.value)
		}
	}
	return b.String()
}

// results are those of our action's steps that ran: "success" or "failure".
func (l *log) results() map[string]string {
	results := map[string]string{}
	for _, one := range l.lines {
		if len(one.steps) == 2 && one.steps[0] == l.step() && one.result != "" {
			results[one.steps[1]] = one.result
		}
	}
	return results
}

// stepTook is how long a step of our action ran.
func (l *log) stepTook(id string) time.Duration {
	for _, one := range l.lines {
		if len(one.steps) == 2 && one.steps[1] == id && one.result != "" {
			return one.took
		}
	}
	l.t.Fatalf("there was no step %s", id)
	return 0
}
