package anchor

import (
	"testing"

	"gopkg.in/yaml.v3"
)

// Whatever a branch is called, the workflow is YAML that names it, escaped as
// GitHub's patterns want it.
func TestOnBranch(t *testing.T) {
	for branch, want := range map[string]string{
		"main": "main", "master": "master", "true": "true", "1.0": "1.0", "release/v1+": `release/v1\+`, "!x": `\!x`, "a!": "a!",
		"it's": "it's", "#1": "#1", "a#b": "a#b", "- x": "- x", "]": "]", "{a}, b": "{a}, b", "&a": "&a", `"q"`: `"q"`, "ümläut": "ümläut",
	} {
		var w struct {
			On struct {
				Push struct{ Branches []string }
			}
		}
		if err := yaml.Unmarshal(onBranch([]byte("on:\n  push:\n    "+ofMain+"\n"), branch), &w); err != nil {
			t.Errorf("%q: %v", branch, err)
			continue
		}
		if got := w.On.Push.Branches; len(got) != 1 || got[0] != want {
			t.Errorf("%q: %q, want %q", branch, got, want)
		}
	}
}
