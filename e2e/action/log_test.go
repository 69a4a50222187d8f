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
	Level   string
	Msg     string
	Command string
	Raw     string // of a command
	Arg     string
	Name    string
	Content string // of the summary
	Pairs   map[string]string
	StepID  []string
	Result  string
	Output  bool  // a step's own output
	Time    int64 // that a step took, in nanoseconds
}

// UnmarshalJSON reads the fields whose names differ.
func (l *line) UnmarshalJSON(raw []byte) error {
	var fields struct {
		Level, Msg, Command, Raw, Arg, Name, Content string
		KvPairs                                      map[string]string
		StepID                                       json.RawMessage `json:"stepID"`
		StepResult                                   string
		RawOutput                                    bool `json:"raw_output"`
		ExecutionTime                                int64
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return err
	}
	*l = line{
		Level: fields.Level, Msg: fields.Msg, Command: fields.Command, Raw: fields.Raw, Arg: fields.Arg, Name: fields.Name,
		Content: fields.Content, Pairs: fields.KvPairs, Result: fields.StepResult, Output: fields.RawOutput, Time: fields.ExecutionTime,
	}
	if len(fields.StepID) > 0 {
		return json.Unmarshal(fields.StepID, &l.StepID)
	}
	return nil
}

// A log is what a job said and how it ended.
type log struct {
	t     *testing.T
	green bool
	took  time.Duration // start of the runner included
	raw   []byte
	lines []line
}

func parseLog(t *testing.T, raw []byte, green bool, took time.Duration, stderr string) *log {
	t.Helper()
	l := &log{t: t, green: green, took: took, raw: raw}
	for text := range bytes.Lines(raw) {
		var one line
		if err := json.Unmarshal(text, &one); err != nil {
			t.Fatalf("line of act: %v: %s", err, text)
		}
		l.lines = append(l.lines, one)
	}
	if len(l.lines) == 0 || l.step() == "" {
		t.Fatalf("act ran no step of the action: %s\n%s", stderr, raw)
	}
	for _, one := range l.lines {
		if one.Output || one.Command != "" && one.Command != "set-output" && one.Command != "summary" {
			t.Logf("  %s", strings.TrimSpace(one.Msg))
		}
	}
	t.Logf("  -> green: %v, in %.1f s", green, took.Seconds())
	return l
}

// step is the id of our action's step in the workflow.
func (l *log) step() string {
	for _, one := range l.lines {
		if len(one.StepID) > 1 && slices.Contains([]string{"install", "run"}, one.StepID[1]) {
			return one.StepID[0]
		}
	}
	return ""
}

// text is all that the steps printed, commands included, line by line.
func (l *log) text() string {
	var b strings.Builder
	for _, one := range l.lines {
		switch {
		case one.Raw != "":
			b.WriteString(strings.TrimRight(one.Raw, "\r\n") + "\n")
		case one.Output:
			b.WriteString(strings.TrimRight(one.Msg, "\r\n") + "\n")
		}
	}
	return b.String()
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
	if !matches(pattern, l.text()) {
		l.t.Errorf("nothing in the log matches %s", pattern)
	}
}

// matches reports whether a line of text matches.
func matches(pattern, text string) bool {
	return regexp.MustCompile("(?m)" + pattern).MatchString(text)
}

// silent fails the test if a line of the steps' output matches.
func (l *log) silent(pattern string) {
	l.t.Helper()
	if found := regexp.MustCompile("(?m)" + pattern).FindString(l.text()); found != "" {
		l.t.Errorf("the log says %q", found)
	}
}

// annotations are the raw commands of a level on a file; "" for those on none.
func (l *log) annotations(level, file string) []string {
	var found []string
	for _, one := range l.lines {
		if one.Command == level && one.Pairs["file"] == file {
			found = append(found, strings.TrimRight(one.Raw, "\r\n"))
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
		if one.Command == "set-output" && len(one.StepID) == 1 && one.StepID[0] == step {
			outputs[one.Name] = one.Arg
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
		if one.Command == "summary" {
			b.WriteString(one.Content)
		}
	}
	return b.String()
}

// results are those of our action's steps that ran: "success" or "failure".
func (l *log) results() map[string]string {
	results := map[string]string{}
	for _, one := range l.lines {
		if len(one.StepID) == 2 && one.StepID[0] == l.step() && one.Result != "" {
			results[one.StepID[1]] = one.Result
		}
	}
	return results
}

// took is how long a step of our action ran.
func (l *log) stepTook(id string) time.Duration {
	for _, one := range l.lines {
		if len(one.StepID) == 2 && one.StepID[1] == id && one.Result != "" {
			return time.Duration(one.Time)
		}
	}
	l.t.Fatalf("there was no step %s", id)
	return 0
}
