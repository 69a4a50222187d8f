package action

import (
	"maps"
	"strings"
)

// inputs are what every workflow here is given beside what it says itself:
// devnet in place of the public calendars and explorers.
func (w *world) inputs(more map[string]string) map[string]string {
	inputs := map[string]string{
		"network": "regtest", "calendars": strings.Join(w.net.CalendarURLs(), "\n"), "explorers": w.net.Esplora(),
	}
	maps.Copy(inputs, more)
	return inputs
}

// theRepository is how each event describes the repository.
func theRepository() map[string]any {
	return map[string]any{"full_name": repository, "default_branch": "main", "owner": map[string]any{"login": owner}}
}

// pushed is what starts when main has moved.
func (w *world) pushed(inputs map[string]string) job {
	w.Helper()
	sha := w.host.head("main")
	return job{
		event: "push", sha: sha,
		payload:  map[string]any{"ref": "refs/heads/main", "after": sha, "deleted": false, "repository": theRepository()},
		workflow: workflow{example: "merge.yml", action: w.inputs(inputs)},
	}
}

// scheduled is what starts once a day.
func (w *world) scheduled(inputs map[string]string) job {
	w.Helper()
	return job{
		event: "schedule", sha: w.host.head("main"),
		payload:  map[string]any{"schedule": "37 4 * * *", "repository": theRepository()},
		workflow: workflow{example: "schedule.yml", action: w.inputs(inputs)},
	}
}

// proposed is what starts when somebody opens a pull request from a fork, with
// the person's commits, into main as it is now. Its token may only read.
func (w *world) proposed(inputs map[string]string) job {
	w.Helper()
	base, head := w.host.head("main"), w.git("rev-parse", "HEAD")
	merge := w.git("commit-tree", "HEAD^{tree}", "-p", base, "-p", head, "-m", "Merge the pull request")
	w.git("push", "-q", "--force", w.host.bare, head+":refs/pull/7/head", merge+":refs/pull/7/merge")
	return job{
		event: "pull_request", sha: merge, token: w.host.mayRead,
		payload: map[string]any{
			"number": 7, "action": "synchronize", "repository": theRepository(),
			"pull_request": map[string]any{
				"number": 7,
				"base":   map[string]any{"ref": "main", "sha": base, "repo": theRepository()},
				"head":   map[string]any{"ref": "edit", "sha": head, "repo": map[string]any{"full_name": "stranger/name", "fork": true}},
			},
		},
		workflow: workflow{example: "pull-request.yml", action: w.inputs(inputs)},
	}
}
