package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// maxLastIn is how many commits LastIn looks at.
const maxLastIn = 1000

// LastIn finds the newest commit of c's history that brought a regular file which
// want accepts directly into one of the directories ("" is the top), among the
// last 1,000 that changed something there. It returns ErrNoCommit where there is
// none, and ErrMissingObject where history is cut off before one.
func (r *Repo) LastIn(ctx context.Context, c Commit, dirs []string, want func(path string) bool) (Commit, error) {
	specs := []string{"--"}
	for _, dir := range dirs {
		specs = append(specs, ":(glob)"+globEscape.Replace(slashed(dir))+"*")
	}
	found := ""
	take := func(commit, raw, path string) {
		f := strings.Fields(strings.TrimPrefix(raw, ":"))
		if found == "" && len(f) == 5 && strings.HasPrefix(f[1], "100") && want(path) {
			found = commit
		}
	}
	err := r.diffs(ctx, append([]string{"--date-order", "--full-history", fmt.Sprintf("--max-count=%d", maxLastIn), c.ID}, specs...), append([]string{"-m"}, specs...),
		func(out *bufio.Reader) error { return readRaw(out, take) })
	if err != nil {
		return Commit{}, fmt.Errorf("last change in %q: %w", dirs, err)
	}
	if found != "" {
		return r.Resolve(ctx, found)
	}
	shallow, err := r.Shallow()
	if err == nil && shallow {
		err = fmt.Errorf("earlier commits are %w (it is shallow); to fetch them: git fetch --unshallow", ErrMissingObject)
	}
	if err == nil {
		err = ErrNoCommit
	}
	return Commit{}, err
}
