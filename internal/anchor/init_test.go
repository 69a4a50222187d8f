package anchor

import "testing"

// Whatever a branch is called, the workflow names it between YAML's single
// quotes, in which only these are doubled, escaped as GitHub's patterns want it.
func TestOnBranch(t *testing.T) {
	for branch, want := range map[string]string{
		"main": "[main]", "master": "['master']", "true": "['true']", "1.0": "['1.0']", "release/v1+": `['release/v1\+']`, "+": `['\+']`,
		"!x": `['\!x']`, "a!": "['a!']", "it's": "['it''s']", "#1": "['#1']", "]": "[']']", `"q"`: `['"q"']`, "ümläut": "['ümläut']",
	} {
		got := string(onBranch([]byte("on:\n  push:\n    "+ofMain+"\n# "+ofMain+"\n"), branch))
		if want = "on:\n  push:\n    branches: " + want + "\n# " + ofMain + "\n"; got != want {
			t.Errorf("%q: %s, want %s", branch, got, want)
		}
	}
}
