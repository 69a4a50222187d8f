package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Commit commits the given files of the work tree, exactly them, and returns
// the new commit's id, or HEAD's when they are there already. Their own index
// entries follow; every other entry, staged change and file stays as it is.
// The person's name, signing and reflog settings hold, no hook runs. It
// returns ErrUnborn before the first commit, ErrBusy during a merge, rebase or
// the like, and ErrAttributes when git would not commit the bytes on disk.
func (r *Repo) Commit(ctx context.Context, paths []string, message string) (string, error) {
	id, err := r.commitFiles(ctx, paths, message)
	if err != nil {
		return "", fmt.Errorf("commit: %w", err)
	}
	return id, nil
}

func (r *Repo) commitFiles(ctx context.Context, paths []string, message string) (string, error) {
	if r.top == "" {
		return "", ErrNoWorkTree
	}
	if len(paths) == 0 {
		return "", fmt.Errorf("%w: no files given", ErrBadPath)
	}
	if err := r.inProgress(); err != nil {
		return "", err
	}
	head, err := r.Resolve(ctx, "HEAD")
	if err != nil {
		return "", err
	}
	raw, err := r.committable(ctx, paths)
	if err != nil {
		return "", err
	}
	same, err := r.holds(ctx, head, raw)
	if err != nil {
		return "", err
	}
	before, err := r.indexLines(ctx, paths)
	if err != nil {
		return "", err
	}
	err = r.addAndCommit(ctx, paths, message, same)
	ctx = context.WithoutCancel(ctx) // how it ended must be found out in any case
	now, headErr := r.Resolve(ctx, "HEAD")
	if headErr != nil {
		return "", errors.Join(err, headErr)
	}
	same, headErr = r.holds(ctx, now, raw)
	switch {
	case headErr != nil || same:
		return now.ID, errors.Join(err, headErr)
	case err == nil:
		err = fmt.Errorf("commit %s: %w: it does not hold the bytes on disk", now.ID, ErrChanged)
	}
	// Nothing was committed: their entries go back to what they were. Were
	// they behind a commit, the next one would undo it.
	_, undoErr := r.git.change(ctx, before, "update-index", "-z", "--index-info")
	return "", errors.Join(err, undoErr)
}

// addAndCommit is git add -- paths && git commit --only -- paths.
func (r *Repo) addAndCommit(ctx context.Context, paths []string, message string, same bool) error {
	list := []byte(strings.Join(paths, "\x00") + "\x00")
	if _, err := r.git.change(ctx, list, "add", "--pathspec-from-file=-", "--pathspec-file-nul"); err != nil {
		return err
	}
	if same {
		return nil
	}
	_, err := r.git.change(ctx, list, "commit", "--quiet", "--no-verify", "--cleanup=whitespace", "--message="+message,
		"--only", "--pathspec-from-file=-", "--pathspec-file-nul")
	return err
}

// inProgress refuses where a commit would be part of something else.
func (r *Repo) inProgress() error {
	for _, state := range [][2]string{
		{"MERGE_HEAD", "a merge"}, {"CHERRY_PICK_HEAD", "a cherry-pick"}, {"REVERT_HEAD", "a revert"},
		{"rebase-merge", "a rebase"}, {"rebase-apply", "a rebase or git am"}, {"sequencer", "a cherry-pick or revert"},
	} {
		if _, err := os.Lstat(filepath.Join(r.gitDir, state[0])); err == nil {
			return fmt.Errorf("%w: %s; finish or abort it first", ErrBusy, state[1])
		}
	}
	return nil
}

// committable hashes the files as they are and makes sure that git would
// commit just that.
func (r *Repo) committable(ctx context.Context, paths []string) (_ map[string]string, err error) {
	raw := map[string]string{}
	last := lastDir{repo: r}
	defer func() { err = errors.Join(err, last.close()) }()
	for _, path := range paths {
		if err := checkPath(path); err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		id, err := last.rawID(path)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		raw[path] = id
	}
	cleaned, err := r.cleaned(ctx, paths)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if cleaned[path] == raw[path] {
			continue
		}
		if err := r.ProofAttributes(ctx, path); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%q: %w", path, ErrAttributes)
	}
	return raw, nil
}

// holds reports whether a commit has just these blobs at these paths.
func (r *Repo) holds(ctx context.Context, c Commit, blobs map[string]string) (bool, error) {
	for path, id := range blobs {
		e, err := r.find(ctx, c.Tree, path)
		if errors.Is(err, ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("%q: %w", path, err)
		}
		if e.id != id || e.mode&modeKind != modeRegular {
			return false, nil
		}
	}
	return true, nil
}

// indexLines gives the index entries of paths as update-index --index-info
// reads them; a path without one is a line that removes it.
func (r *Repo) indexLines(ctx context.Context, paths []string) ([]byte, error) {
	var b strings.Builder
	for _, path := range paths {
		fmt.Fprintf(&b, "0 %s\t%s\x00", strings.Repeat("0", 2*r.objects.idLen()), path)
	}
	err := r.listIndex(ctx, paths, func(fields, path string) error {
		_, entry, _ := strings.Cut(fields, " ") // after the tag
		b.WriteString(entry + "\t" + path + "\x00")
		return nil
	})
	return []byte(b.String()), err
}
