package gitrepo

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// NewFile is a file a commit shall have.
type NewFile struct {
	Path string
	Data []byte
}

// Plant makes a commit on parent that has these files in place of its own and
// everything else as it is, and returns its id, or parent's when nothing
// differs. New files get the mode 100644, others keep theirs. It returns
// ErrSymlink, ErrSubmodule, ErrDirectory, ErrNotRegular or (for a file where a
// directory is needed) ErrExists, with the path, for what it would have to
// replace. The message is taken as it is; what signs gets the person's
// environment without the token.
func (t *Tip) Plant(ctx context.Context, parent Commit, files []NewFile, id Identity, message string) (string, error) {
	commit, err := t.plant(ctx, parent, files, id, message)
	if err != nil {
		return "", fmt.Errorf("commit on %s: %w", parent.ID, err)
	}
	return commit, nil
}

func (t *Tip) plant(ctx context.Context, parent Commit, files []NewFile, id Identity, message string) (string, error) {
	fresh := map[string]treeEntry{}
	seen := map[string]bool{}
	var contents [][]byte
	var ids []string
	for _, f := range files {
		if seen[f.Path] {
			return "", fmt.Errorf("%q: %w: given twice", f.Path, ErrBadPath)
		}
		seen[f.Path] = true
		e, changed, err := t.repo.replaced(ctx, parent, f)
		if err != nil {
			return "", fmt.Errorf("%q: %w", f.Path, err)
		}
		if changed {
			fresh[f.Path] = e
			contents, ids = append(contents, f.Data), append(ids, e.id)
		}
	}
	if len(fresh) == 0 {
		return parent.ID, nil
	}
	if err := t.store(ctx, contents, ids); err != nil {
		return "", err
	}
	tree, err := t.repo.overlay(ctx, parent.Tree, fresh)
	if err != nil {
		return "", err
	}
	return t.commitAs(ctx, id, parent.ID, tree, message)
}

// replaced gives the entry that a file shall have, and whether the commit has
// another one.
func (r *Repo) replaced(ctx context.Context, c Commit, f NewFile) (treeEntry, bool, error) {
	id, err := r.BlobID(f.Data)
	if err != nil {
		return treeEntry{}, false, err
	}
	want := treeEntry{mode: modeRegular | 0o644, id: id}
	e, err := r.find(ctx, c.Tree, f.Path)
	if errors.Is(err, ErrNotFound) {
		return want, true, r.roomFor(ctx, c, f.Path)
	}
	if err == nil {
		err = regular(e.mode)
	}
	want.mode = e.mode
	return want, err == nil && e.id != want.id, err
}

// roomFor makes sure that no file is on the way to a new one.
func (r *Repo) roomFor(ctx context.Context, c Commit, file string) error {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		e, err := r.find(ctx, c.Tree, dir)
		if err == nil && e.mode&modeKind != modeDir {
			return fmt.Errorf("%q is in the way: %w as a file", dir, ErrExists)
		}
		if err == nil || !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	return nil
}

// store writes blobs, and makes sure that git gives them these ids.
func (t *Tip) store(ctx context.Context, contents [][]byte, ids []string) error {
	dir, err := os.MkdirTemp(t.dir, "new-")
	if err != nil {
		return err
	}
	var names strings.Builder
	for i, b := range contents {
		name := filepath.Join(dir, strconv.Itoa(i))
		if err := os.WriteFile(name, b, 0o600); err != nil {
			return err
		}
		names.WriteString(name + "\n")
	}
	out, err := t.repo.git.change(ctx, []byte(names.String()), "hash-object", "-w", "--no-filters", "--stdin-paths")
	if err != nil {
		return err
	}
	if got := strings.Fields(string(out)); strings.Join(got, " ") != strings.Join(ids, " ") {
		return fmt.Errorf("git hash-object: gave %d blobs ids that are not theirs", len(got))
	}
	return os.RemoveAll(dir)
}

// commitAs makes a commit object by id.
func (t *Tip) commitAs(ctx context.Context, id Identity, parent, tree, message string) (string, error) {
	if err := id.check(); err != nil {
		return "", err
	}
	if id.Name == "" || id.Email == "" {
		return "", errors.New("a commit needs a name and a mail address: user.name, user.email")
	}
	var args []string
	if id.Sign {
		args = id.signing()
	}
	args = append(args, "commit-tree", "-p", parent)
	if id.Sign {
		args = append(args, "-S")
	}
	cmd, err := t.repo.git.command(ctx, true, append(args, tree)...)
	if err != nil {
		return "", err
	}
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		cmd.Env = append(cmd.Env, "GIT_"+who+"_NAME="+id.Name, "GIT_"+who+"_EMAIL="+id.Email)
	}
	var out []byte
	err = run(ctx, cmd, "commit-tree", []byte(message), func(r *bufio.Reader) error {
		out, err = readBounded(r)
		return err
	})
	if err != nil {
		return "", err
	}
	commit := string(bytes.TrimSpace(out))
	if !IsID(commit) {
		return "", fmt.Errorf("git commit-tree: answered %q", commit)
	}
	return commit, nil
}
