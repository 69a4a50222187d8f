package action

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// maxEvent is how many bytes of an event are read; GitHub's own limit for a
// payload is 25 MB.
const maxEvent = 25 << 20

// ErrRefused means that a run is not made in this event at all.
var ErrRefused = errors.New("refused")

// An Event is what started the workflow.
type Event struct {
	Name       string // as "push"; "" outside of GitHub
	Ref        string // as "refs/heads/main"
	SHA        string // full object id, "" if unknown
	Default    string // the repository's default branch, "" if unknown
	Repository string // as "owner/name"
	Server     string // as "https://github.com"
	Number     int64  // of the pull request, 0 without one

	// Of a pull request or a merge group: full object ids, else "".
	Base, Head string
}

// payload is what is read of an event's file.
type payload struct {
	Number      int64 `json:"number"`
	PullRequest struct {
		Base commitOf `json:"base"`
		Head commitOf `json:"head"`
	} `json:"pull_request"`
	MergeGroup struct {
		Base string `json:"base_sha"`
		Head string `json:"head_sha"`
	} `json:"merge_group"`
	Repository struct {
		DefaultBranch string `json:"default_branch"`
	} `json:"repository"`
}

type commitOf struct {
	SHA string `json:"sha"`
}

// ReadEvent reads the event from GITHUB_EVENT_NAME, GITHUB_REF, GITHUB_SHA and
// the file that GITHUB_EVENT_PATH names. Without such a file, as outside of
// GitHub, it is what the variables say.
func ReadEvent(getenv func(string) string) (Event, error) {
	e := Event{
		Name: getenv("GITHUB_EVENT_NAME"), Ref: getenv("GITHUB_REF"), SHA: getenv("GITHUB_SHA"),
		Repository: getenv("GITHUB_REPOSITORY"), Server: strings.TrimSuffix(getenv("GITHUB_SERVER_URL"), "/"),
	}
	if !gitrepo.IsID(e.SHA) {
		e.SHA = ""
	}
	p, err := readPayload(getenv("GITHUB_EVENT_PATH"))
	if err != nil {
		return Event{}, fmt.Errorf("read the event: %w", err)
	}
	e.Default, e.Number = p.Repository.DefaultBranch, p.Number
	switch {
	case strings.HasPrefix(e.Name, "pull_request"):
		e.Base, e.Head = p.PullRequest.Base.SHA, p.PullRequest.Head.SHA
	case e.Name == "merge_group":
		e.Base, e.Head = p.MergeGroup.Base, p.MergeGroup.Head
	}
	for _, id := range []string{e.Base, e.Head} {
		if id != "" && !gitrepo.IsID(id) {
			return Event{}, fmt.Errorf("read the event: %s is not the id of a commit", quoted(id))
		}
	}
	return e, nil
}

func readPayload(path string) (payload, error) {
	var p payload
	if path == "" {
		return p, nil
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", quoted(path)) // a pipe would never end
	}
	if err != nil {
		return p, err
	}
	f, err := os.Open(path)
	if err != nil {
		return p, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxEvent+1))
	switch {
	case err != nil:
		return p, err
	case len(raw) > maxEvent:
		return p, fmt.Errorf("it has more than %d bytes", maxEvent)
	}
	return parsePayload(raw)
}

// parsePayload reads the fields we use; a number that is not whole is an error,
// and never rounded.
func parsePayload(raw []byte) (payload, error) {
	var p payload
	if len(raw) == 0 {
		return p, nil
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return payload{}, err
	}
	return p, nil
}

// Branch is the branch that the run is on, "" where it is on none.
func (e Event) Branch() string {
	if name, ok := strings.CutPrefix(e.Ref, "refs/heads/"); ok && gitrepo.CheckBranch(name) == nil {
		return name
	}
	return ""
}

// Change is the change that the event is about, nil where it is about none. Its
// author is anybody: nothing is written, and no calendar asked, for one.
func (e Event) Change() *anchor.PullRequest {
	if !e.foreign() {
		return nil
	}
	return &anchor.PullRequest{BaseSHA: e.Base, HeadSHA: e.Head, MergeSHA: e.SHA, MergeGroup: e.Name == "merge_group"}
}

// foreign says that what is checked out may be anybody's.
func (e Event) foreign() bool {
	return e.Name == "merge_group" || strings.HasPrefix(e.Name, "pull_request")
}

// MayWrite says why nothing may be written in this event; nil if it may.
func (e Event) MayWrite() error {
	switch {
	case e.Name == "pull_request_target" || e.Name == "workflow_run":
		return fmt.Errorf("%w: %s runs with the repository's rights on what anybody may have written; use the event pull_request", ErrRefused, e.Name)
	case e.foreign():
		return fmt.Errorf("%w: nothing is written in the event %s, whose content is not accepted yet; write on push to the default branch, or on schedule", ErrRefused, e.Name)
	}
	return nil
}

// A Task is what a run is to do, in this order.
type Task struct {
	Check    bool // judge the change
	Upgrade  bool // complete pending proofs
	Stamp    bool // anchor what is due
	Registry bool // make the months of the registry that are due
	Verify   bool // judge all documents
	List     bool // say how far they are
}

// Writes says that files may come to be that are to be committed.
func (t Task) Writes() bool { return t.Upgrade || t.Stamp || t.Registry }

// Task is what the inputs and the event ask for. The error wraps ErrRefused
// where nothing is done in such an event, and is an *anchor.NoBase where a
// change's event does not say what it is compared with.
func (e Event) Task(in Inputs) (Task, error) {
	if e.Name == "pull_request_target" || e.Name == "workflow_run" {
		return Task{}, e.MayWrite()
	}
	task := e.task(in.Mode)
	if err := e.MayWrite(); err != nil && task.Writes() {
		return Task{}, fmt.Errorf("mode %s: %w", in.Mode, err)
	}
	if e.foreign() && (e.Base == "" || e.Head == "") {
		return Task{}, &anchor.NoBase{
			Text: "the file of the event " + e.Name + ", GITHUB_EVENT_PATH, does not name the commits of the change",
			Hint: "outside of GitHub: git anchor check --base REV",
		}
	}
	return task, nil
}

func (e Event) task(mode Mode) Task {
	switch mode {
	case Stamp:
		return Task{Stamp: true, Verify: true}
	case Upgrade:
		return Task{Upgrade: true, Verify: true}
	case Verify:
		return Task{Verify: true}
	case Check:
		return Task{Check: true}
	case Status:
		return Task{List: true}
	}
	switch {
	case e.foreign():
		return Task{Check: true, Verify: true}
	case e.Name == "push" && e.Default != "" && e.Ref == "refs/heads/"+e.Default:
		return Task{Upgrade: true, Stamp: true, Verify: true}
	case e.Name == "schedule" || e.Name == "workflow_dispatch" || e.Name == "repository_dispatch":
		return Task{Upgrade: true, Registry: true, Verify: true, List: true}
	}
	return Task{Verify: true}
}
