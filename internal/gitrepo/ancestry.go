package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// maxMergeBases is how many best common ancestors are looked at. Two branches
// that merged each other have two.
const maxMergeBases = 64

// MergeBases finds the best common ancestors of two commits, of which there is
// more than one where branches merged each other crosswise. It returns
// ErrNoCommit when they share no history, ErrMissingObject where history is cut
// off in between: there git would find an older one, or none; and ErrTooLarge
// past 64.
func (r *Repo) MergeBases(ctx context.Context, a, b Commit) ([]Commit, error) {
	list, err := r.mergeBases(ctx, a, b)
	if err != nil {
		return nil, fmt.Errorf("merge base of %s and %s: %w", a.ID, b.ID, err)
	}
	return list, nil
}

func (r *Repo) mergeBases(ctx context.Context, a, b Commit) ([]Commit, error) {
	out, err := r.git.output(ctx, nil, "merge-base", "--all", a.ID, b.ID)
	ids := strings.Fields(string(out))
	if exitCode(err) == 1 && isSilent(err) {
		ids, err = nil, nil // there is none
	}
	if err != nil {
		return nil, cutOff(err)
	}
	if len(ids) > maxMergeBases {
		return nil, fmt.Errorf("%w: %d merge bases, more than %d", ErrTooLarge, len(ids), maxMergeBases)
	}
	if err := r.whole(ctx, a.ID, b.ID, ids); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("%w: they share no history", ErrNoCommit)
	}
	var list []Commit
	for _, id := range ids {
		if !IsID(id) {
			return nil, fmt.Errorf("git merge-base: answered %q", id)
		}
		c, err := r.commit(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// whole makes sure that no commit between a, b and their bases, of which there
// may be none, has had its parents cut off: what lies behind one that only the
// bases have is no nearer.
func (r *Repo) whole(ctx context.Context, a, b string, bases []string) error {
	edges, err := r.shallowEdges()
	if err != nil || len(edges) == 0 {
		return err
	}
	args := []string{"rev-list", a, b}
	for _, base := range bases {
		args = append(args, "^"+base)
	}
	return r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return lines(out, func(id string) error {
			if edges[id] {
				return fmt.Errorf("commits before %s are %w (it is shallow); to fetch them: git fetch --unshallow", id, ErrMissingObject)
			}
			return nil
		})
	}, append(args, "--")...)
}

// shallowEdges are the commits whose parents this clone does not have.
func (r *Repo) shallowEdges() (map[string]bool, error) {
	shallow, err := r.Shallow()
	if err != nil || !shallow {
		return nil, err
	}
	b, err := readSmall(filepath.Join(r.commonDir, "shallow"))
	if err != nil {
		return nil, fmt.Errorf("read shallow: %w", err)
	}
	edges := map[string]bool{}
	for _, id := range strings.Fields(string(b)) {
		edges[id] = true
	}
	return edges, nil
}

// cutOff names what git says of a commit that it cannot read.
func cutOff(err error) error {
	var failed *gitError
	if errors.As(err, &failed) && (strings.Contains(failed.stderr, "Could not read") || strings.Contains(failed.stderr, "Failed to traverse") ||
		strings.Contains(failed.stderr, "could not parse commit")) {
		return fmt.Errorf("a commit is %w: %w", ErrMissingObject, err)
	}
	return err
}

// isSilent reports that git failed without a word: its answer is no.
func isSilent(err error) bool {
	var failed *gitError
	return errors.As(err, &failed) && failed.stderr == ""
}

// remotes is where git keeps what it knows of the branches of others.
const remotes = "refs/remotes/"

// DefaultBranch finds where the remote's default branch was at the last fetch:
// refs/remotes/origin/HEAD, else origin/main or origin/master. The name is
// like "origin/main". ErrNoCommit: none of them is there.
func (r *Repo) DefaultBranch(ctx context.Context) (Commit, string, error) {
	refs := []string{remotes + "origin/main", remotes + "origin/master"}
	target, err := r.symbolic(ctx, remotes+"origin/HEAD")
	switch {
	case err != nil:
		return Commit{}, "", fmt.Errorf("default branch: %w", err)
	case strings.HasPrefix(target, remotes):
		refs = append([]string{target}, refs...)
	}
	for _, ref := range refs {
		c, err := r.Resolve(ctx, ref)
		if errors.Is(err, ErrNoCommit) && !errors.Is(err, ErrMissingObject) {
			continue
		}
		return c, strings.TrimPrefix(ref, remotes), err
	}
	return Commit{}, "", fmt.Errorf("default branch: %w: neither origin/HEAD nor origin/main nor origin/master is there; git remote set-head origin --auto sets the first", ErrNoCommit)
}

// MainBranch names the branch that refs/remotes/origin/HEAD leads to. Where that
// is not known it is, as a guess, the one that is checked out, which need not
// have a commit yet; "" where none is.
func (r *Repo) MainBranch(ctx context.Context) (name string, guessed bool, err error) {
	for _, place := range []struct{ ref, prefix string }{{remotes + "origin/HEAD", remotes + "origin/"}, {"HEAD", "refs/heads/"}} {
		target, err := r.symbolic(ctx, place.ref)
		if err != nil {
			return "", false, fmt.Errorf("main branch: %w", err)
		}
		if name, ok := strings.CutPrefix(target, place.prefix); ok {
			return name, place.ref == "HEAD", nil
		}
	}
	return "", true, nil
}

// symbolic is the ref that a symbolic one leads to, "" where it is none.
func (r *Repo) symbolic(ctx context.Context, ref string) (string, error) {
	out, err := r.git.output(ctx, nil, "symbolic-ref", "--quiet", ref)
	if err != nil && exitCode(err) != 1 { // 1: not there
		return "", err
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// LastChange finds the newest commit that changed the file at path among those
// that to has and from has not; a commit comes before its parents, whatever
// their dates. It returns ErrNoCommit when there is none, ErrMissingObject
// where history is cut off between the two.
func (r *Repo) LastChange(ctx context.Context, from, to Commit, path string) (Commit, error) {
	c, err := r.lastChange(ctx, from, to, path)
	if err != nil {
		return Commit{}, fmt.Errorf("last change of %q between %s and %s: %w", path, from.ID, to.ID, err)
	}
	return c, nil
}

func (r *Repo) lastChange(ctx context.Context, from, to Commit, path string) (Commit, error) {
	if err := checkPath(path); err != nil {
		return Commit{}, err
	}
	shallow, err := r.Shallow()
	if err == nil && shallow {
		_, err = r.mergeBases(ctx, from, to) // for what it says of history cut off
	}
	if err != nil {
		return Commit{}, err
	}
	cmd, err := r.git.command(ctx, false, append([]string{"rev-list", "--full-history", "--date-order", to.ID, "^" + from.ID}, pathspecs([]string{path})...)...)
	if err != nil {
		return Commit{}, err
	}
	cmd.Env = append(cmd.Env, magicPathspecs)
	var ids []string
	err = run(ctx, cmd, "rev-list", nil, func(out *bufio.Reader) error {
		return lines(out, func(id string) error { ids = append(ids, id); return nil })
	})
	if err != nil {
		return Commit{}, cutOff(err)
	}
	for _, id := range ids {
		c, err := r.commit(ctx, id)
		if err != nil {
			return Commit{}, err
		}
		if changed, err := r.changedHere(ctx, c, path); err != nil || changed {
			return c, err
		}
	}
	return Commit{}, ErrNoCommit
}

// changedHere reports whether no parent has at path what c has: a merge that
// took it from one side changed nothing.
func (r *Repo) changedHere(ctx context.Context, c Commit, path string) (bool, error) {
	own, err := r.fileAt(ctx, c, path)
	if err != nil {
		return false, err
	}
	for _, id := range c.Parents {
		parent, err := r.commit(ctx, id)
		if err != nil {
			return false, err
		}
		if was, err := r.fileAt(ctx, parent, path); err != nil || was == own {
			return false, err
		}
	}
	return len(c.Parents) > 0 || own.id != "", nil
}

// fileAt is the entry at path, zero where there is none or a directory.
func (r *Repo) fileAt(ctx context.Context, c Commit, path string) (treeEntry, error) {
	e, err := r.find(ctx, c.Tree, path)
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrSymlink) || errors.Is(err, ErrSubmodule) || err == nil && e.mode&modeKind == modeDir {
		return treeEntry{}, nil // something else is on the way, or there
	}
	return e, err
}

// maxMerges is how many merges Merges lists at the most.
const maxMerges = 1000

// Merges lists the merges that come after one commit and lead to another, that one
// included, oldest first; none where it does not descend from the first. Errors:
// ErrTooLarge.
func (r *Repo) Merges(ctx context.Context, from, to string) ([]string, error) {
	for _, id := range []string{from, to} {
		if !IsID(id) {
			return nil, fmt.Errorf("list merges: %w: %q", ErrNoCommit, id)
		}
	}
	cmd, err := r.git.command(ctx, false, "rev-list", "--ancestry-path", "--merges", "--topo-order", "--reverse", to, "^"+from)
	if err != nil {
		return nil, err
	}
	var found []string
	err = run(ctx, cmd, "rev-list", nil, func(out *bufio.Reader) error {
		return lines(out, func(id string) error {
			if found = append(found, id); len(found) > maxMerges {
				return fmt.Errorf("list merges: %w: more than %d", ErrTooLarge, maxMerges)
			}
			return nil
		})
	})
	return found, err
}
