package gitrepo

import (
	"bufio"
	"context"
	"fmt"
)

// Changed lists the newest commits of c's history, at most n of them, that have
// something else at path than a parent of theirs, merges included; newest first.
func (r *Repo) Changed(ctx context.Context, c Commit, path string, n int) ([]Commit, error) {
	list, err := r.changed(ctx, c, path, n)
	if err != nil {
		return nil, fmt.Errorf("changes of %q: %w", path, err)
	}
	return list, nil
}

func (r *Repo) changed(ctx context.Context, c Commit, path string, n int) ([]Commit, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	cmd, err := r.git.command(ctx, false, append([]string{"rev-list", "--full-history", "--date-order", fmt.Sprintf("--max-count=%d", n), c.ID}, pathspecs([]string{path})...)...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, magicPathspecs)
	var list []Commit
	err = run(ctx, cmd, "rev-list", nil, func(out *bufio.Reader) error {
		return lines(out, func(id string) error {
			one, err := r.commit(ctx, id)
			list = append(list, one)
			return err
		})
	})
	return list, cutOff(err)
}
