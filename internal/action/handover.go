package action

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// maxJSON is how many bytes an input has as JSON at the most: six for each of
// its own, and the brackets and quotes of a list of one.
const maxJSON = 6*maxInput + 4

// extraName is the file, in the runner's directory for temporary ones, in which
// the files lie that the repository's own command changed.
const extraName = "git-anchor-extra.json"

// named gives an identity that lacks a name or a mail address those that GitHub
// shows as its own.
func named(id gitrepo.Identity) gitrepo.Identity {
	if id.Name == "" || id.Email == "" {
		id.Name, id.Email = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
	}
	return id
}

// plan leaves what is to be committed for the steps that follow.
func (w *work) plan(ctx context.Context) (publish bool, err error) {
	if !w.Task.Writes() || w.Inputs.Delivery == Nothing || w.Getenv("RUNNER_TEMP") == "" {
		// Without a runner no step follows that would commit.
		return false, w.Console.Output("publish", "false")
	}
	plan, err := w.Session.Plan(ctx, w.made...)
	if err != nil {
		return false, err
	}
	if plan.Empty() {
		return false, w.Console.Output("publish", "false")
	}
	raw, err := plan.Bytes()
	if err != nil {
		return false, err
	}
	path, err := keep(w.Getenv, raw)
	if err != nil {
		return false, err
	}
	id, err := w.Session.Repo.Identity(ctx)
	if err != nil {
		return false, err
	}
	identity, err := json.Marshal(named(id))
	if err != nil {
		return false, err
	}
	sum := sha256.Sum256(raw)
	var errs []error
	for _, o := range [][2]string{
		{"publish", "true"}, {"plan", path}, {"plan_sha256", hex.EncodeToString(sum[:])}, {"identity", string(identity)},
	} {
		errs = append(errs, w.Console.Output(o[0], o[1]))
	}
	return true, errors.Join(append(errs, w.before())...)
}

// before hands on the command that is to run before the commit: the workflow's,
// or the repository's where the workflow allows that.
func (w *work) before() error {
	command, paths := w.Inputs.BeforeCommit, w.Inputs.BeforePaths
	if own := w.Session.Config.Action; command == "" && own.BeforeCommit != "" {
		if !w.Inputs.AllowCommands {
			w.note("the configuration names a command to run before the commit; it is not run: allow_commands is not true")
			return nil
		}
		command, paths = own.BeforeCommit, own.Paths
	}
	if command == "" {
		return nil
	}
	one, err := json.Marshal(command)
	if err != nil {
		return err
	}
	all, err := json.Marshal(paths)
	if err != nil {
		return err
	}
	return errors.Join(w.Console.Output("before", string(one)), w.Console.Output("before_paths", string(all)))
}

// temporary is the runner's directory for files that live as long as the job.
func temporary(getenv func(string) string) (string, error) {
	dir := getenv("RUNNER_TEMP")
	if !filepath.IsAbs(dir) {
		return "", fmt.Errorf("RUNNER_TEMP (%s) is not the path of a directory", quoted(dir))
	}
	return dir, nil
}

// keep writes a plan where no later run of the same job writes another.
func keep(getenv func(string) string, plan []byte) (path string, err error) {
	dir, err := temporary(getenv)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, "git-anchor-plan-*.json")
	if err != nil {
		return "", err
	}
	_, err = f.Write(plan)
	return f.Name(), errors.Join(err, f.Close())
}

// dropExtra removes what an earlier run in the same job left.
func dropExtra(getenv func(string) string) error {
	dir, err := temporary(getenv)
	if err != nil {
		return nil // then nobody wrote any
	}
	return os.RemoveAll(filepath.Join(dir, extraName))
}

// readPlan reads the plan that the step that ran left, and no other.
func readPlan(getenv func(string) string) (anchor.Plan, error) {
	path, want := getenv("INPUT_PLAN"), getenv("INPUT_PLAN_SHA256")
	raw, err := readRegular(path, anchor.MaxPlan)
	if err != nil {
		return anchor.Plan{}, fmt.Errorf("read the plan: %w", err)
	}
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != want {
		return anchor.Plan{}, errors.New("the plan is not the one that was made: something in between wrote over it")
	}
	return anchor.ParsePlan(raw)
}

// readExtra reads what the repository's own command changed, as far as the
// patterns allow it, and nothing where no command was asked for. Anything that
// ran in between may have written the file.
func readExtra(getenv func(string) string) (anchor.Extra, error) {
	patterns, err := parseList(getenv("INPUT_BEFORE_PATHS"))
	if err != nil || len(patterns) == 0 {
		return anchor.Extra{}, err
	}
	rule, err := config.NewAction("", patterns)
	if err != nil {
		return anchor.Extra{}, fmt.Errorf("INPUT_BEFORE_PATHS: %w", err)
	}
	dir, err := temporary(getenv)
	if err != nil {
		return anchor.Extra{}, err
	}
	raw, err := readRegular(filepath.Join(dir, extraName), anchor.MaxExtra)
	if errors.Is(err, fs.ErrNotExist) {
		return anchor.Extra{}, nil
	}
	if err != nil {
		return anchor.Extra{}, fmt.Errorf("read the files that before_commit changed: %w", err)
	}
	extra, err := anchor.ParseExtra(raw)
	if err != nil {
		return anchor.Extra{}, err
	}
	extra.Files = slices.DeleteFunc(extra.Files, func(f anchor.ExtraFile) bool { return !rule.Match(f.Path) })
	return extra, nil
}

// readRegular reads a file of bounded size through no symbolic link.
func readRegular(path string, limit int64) ([]byte, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", quoted(path))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	now, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(before, now) {
		return nil, fmt.Errorf("%s was replaced while it was opened", quoted(path))
	}
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", quoted(path), limit)
	}
	return raw, err
}

// parseText reads a text that was handed on as JSON; "" is none.
func parseText(line string) (string, error) {
	var text string
	err := parseJSON(line, &text)
	return text, err
}

// parseList reads a list that was handed on as JSON; "" is none.
func parseList(line string) ([]string, error) {
	var list []string
	err := parseJSON(line, &list)
	if err == nil && len(list) > maxList {
		err = fmt.Errorf("a list has %d entries, more than %d", len(list), maxList)
	}
	return list, err
}

// parseJSON reads one value on a line, which must be all of it; "" leaves to as
// it is.
func parseJSON(line string, to any) error {
	if line == "" {
		return nil
	}
	return anchor.Decode([]byte(line), to, maxJSON)
}
