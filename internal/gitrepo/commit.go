package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Commit commits the given files of the work tree, exactly them, and returns
// the new commit's id, or HEAD's when they are there already. Their own index
// entries follow; every other entry, staged change and file stays as it is.
// The message is taken as it is. The person's name, signing and reflog
// settings hold, no hook runs. Runs at the same time wait for one another. It
// returns ErrUnborn before the first commit, ErrBusy during a merge, rebase or
// the like, ErrIgnored for a file that git is told to leave alone, and
// ErrAttributes when git would not commit the bytes on disk.
//
// The paths in removed are taken out of the commit and the index; nothing must
// be there on disk any more (ErrExists).
func (r *Repo) Commit(ctx context.Context, paths []string, message string, removed ...string) (string, error) {
	id, err := r.commitFiles(ctx, paths, removed, message)
	if err != nil {
		return "", fmt.Errorf("commit: %w", err)
	}
	return id, nil
}

func (r *Repo) commitFiles(ctx context.Context, paths, removed []string, message string) (id string, err error) {
	if r.top == "" {
		return "", ErrNoWorkTree
	}
	if len(paths)+len(removed) == 0 {
		return "", fmt.Errorf("%w: no files given", ErrBadPath)
	}
	ignored, err := r.Ignored(ctx, slices.Concat(paths, removed))
	if err == nil {
		err = PathErrors(ignored).orNil()
	}
	if err != nil {
		return "", err
	}
	unlock, err := r.lock(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	err = r.patiently(ctx, func() error {
		if err := r.inProgress(); err != nil {
			return err
		}
		id, err = r.commitOnce(ctx, paths, removed, message)
		return err
	})
	return id, err
}

// commitOnce builds the commit beside everything else. Only when nothing but
// moving HEAD is left to fail do the index entries change, before HEAD does:
// were they behind it, the next commit would undo this one.
func (r *Repo) commitOnce(ctx context.Context, paths, removed []string, message string) (string, error) {
	head, err := r.Resolve(ctx, "HEAD")
	if err != nil {
		return "", err
	}
	raw, err := r.committable(ctx, paths)
	if err != nil {
		return "", err
	}
	files, fresh, err := r.entries(ctx, head, raw)
	if err == nil {
		err = r.removals(ctx, head, removed, files, fresh)
	}
	if err != nil {
		return "", err
	}
	id := head.ID
	if len(fresh) > 0 {
		tree, err := r.overlay(ctx, head.Tree, fresh)
		if err != nil {
			return "", err
		}
		if id, err = r.commitTree(ctx, head.ID, tree, message); err != nil {
			return "", err
		}
	}
	before, err := r.indexLines(ctx, slices.Concat(paths, removed))
	if err != nil {
		return "", err
	}
	// From here to the end in any case: HEAD and index belong together.
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	ctx = context.WithoutCancel(ctx)
	if err := r.stage(ctx, files); err != nil || id == head.ID {
		return id, err
	}
	subject, _, _ := strings.Cut(message, "\n")
	if _, err = r.git.change(ctx, nil, "update-ref", "-m", "commit: "+subject, "HEAD", id, head.ID); err == nil {
		return id, nil
	}
	return "", errors.Join(err, r.unstage(ctx, head, before, files))
}

// commitTree makes a commit object, signed when the person's settings say so.
func (r *Repo) commitTree(ctx context.Context, parent, tree, message string) (string, error) {
	args := []string{"commit-tree", "-p", parent}
	sign, err := r.gitBool(ctx, "commit.gpgSign")
	if err != nil {
		return "", err
	}
	if sign {
		args = append(args, "-S")
	}
	out, err := r.git.change(ctx, []byte(message), append(args, tree)...)
	if err != nil {
		return "", err
	}
	id := strings.TrimSpace(string(out))
	if !IsID(id) {
		return "", fmt.Errorf("git commit-tree: answered %q", id)
	}
	return id, nil
}

// gitBool reads a boolean setting; without it, false.
func (r *Repo) gitBool(ctx context.Context, key string) (bool, error) {
	out, err := r.git.output(ctx, nil, "config", "--type=bool", "--get", key)
	if exitCode(err) == 1 {
		return false, nil
	}
	return strings.TrimSpace(string(out)) == "true", err
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

// committable hashes the files as they are, makes sure that git would commit
// just that, and stores it.
func (r *Repo) committable(ctx context.Context, paths []string) (_ map[string]string, err error) {
	raw := map[string]string{}
	last := lastDir{repo: r}
	defer func() { err = errors.Join(err, last.close()) }()
	for _, path := range paths {
		id, err := last.rawID(path)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", path, err)
		}
		raw[path] = id
	}
	bad := PathErrors{}
	cleaned, err := r.cleaned(ctx, paths, bad, "-w")
	if err == nil {
		err = bad.orNil()
	}
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

// entries gives the tree entries that the files shall have, and those of them
// that the commit does not have yet.
func (r *Repo) entries(ctx context.Context, c Commit, blobs map[string]string) (all, fresh map[string]treeEntry, err error) {
	all, fresh = map[string]treeEntry{}, map[string]treeEntry{}
	for path, id := range blobs {
		e, err := r.find(ctx, c.Tree, path)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, nil, fmt.Errorf("%q: %w", path, err)
		}
		there := err == nil && e.mode&modeKind == modeRegular
		if !there {
			e.mode = modeRegular | 0o644
		}
		same := there && e.id == id
		e.id = id
		if all[path] = e; !same {
			fresh[path] = e
		}
	}
	return all, fresh, nil
}

// removals adds the paths that the commit takes out, as zero entries.
func (r *Repo) removals(ctx context.Context, c Commit, paths []string, all, fresh map[string]treeEntry) (err error) {
	last := lastDir{repo: r}
	defer func() { err = errors.Join(err, last.close()) }()
	for _, path := range paths {
		if _, twice := all[path]; twice {
			return fmt.Errorf("%q: %w: given twice", path, ErrBadPath)
		}
		switch _, err := last.rawID(path); {
		case err == nil, errors.Is(err, ErrSymlink), errors.Is(err, ErrDirectory), errors.Is(err, ErrNotRegular):
			return fmt.Errorf("%q: what the commit takes out %w", path, ErrExists)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%q: %w", path, err)
		}
		e, err := r.find(ctx, c.Tree, path)
		if err == nil {
			err = regular(e.mode)
			fresh[path] = treeEntry{}
		}
		if err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("%q: %w", path, err)
		}
		all[path] = treeEntry{}
	}
	return nil
}
