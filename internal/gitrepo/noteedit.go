package gitrepo

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// flatNotes is with how many entries at the top new notes go into directories
// named by the first two digits of their objects.
const flatNotes = 256

// A NoteEdit is told what the note on an object holds now, nil for nothing, or
// why it cannot be read, and returns what it shall hold, nil to leave it alone.
// It may be called several times for one object; the last call counts.
type NoteEdit func(id string, now []byte, err error) []byte

// EditNotes changes the notes on objects in one commit on top of ref, which it
// makes where there is none, and returns that commit's id, "" where nothing
// changed. The ref moves only from where the notes were read; when another
// process was quicker they are read and edited again. All that is no note on
// these objects stays as it is. A ref that stands for another one, or leads to
// something else than a commit, is refused: ErrNoCommit.
func (r *Repo) EditNotes(ctx context.Context, ref string, ids []string, message string, edit NoteEdit) (commit string, err error) {
	err = r.patiently(ctx, func() error {
		commit, err = r.editNotes(ctx, ref, ids, message, edit)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("write %s: %w", ref, err)
	}
	return commit, nil
}

func (r *Repo) editNotes(ctx context.Context, ref string, ids []string, message string, edit NoteEdit) (string, error) {
	c, err := r.notes(ctx, ref)
	if err != nil {
		return "", err
	}
	tree, err := r.editedTree(ctx, c, ids, edit)
	if err != nil || tree == "" || tree == c.Tree {
		return "", err
	}
	id, err := r.commitNotes(ctx, c.ID, tree, message)
	if err != nil {
		return "", err
	}
	subject, _, _ := strings.Cut(message, "\n")
	old := c.ID
	if old == "" {
		old = strings.Repeat("0", 2*r.objects.idLen()) // it must not be there
	}
	// git refuses when the ref moved meanwhile, as it does for a lock.
	_, err = r.git.change(ctx, nil, "update-ref", "--no-deref", "--create-reflog", "-m", "notes: "+subject, ref, id, old)
	if err != nil {
		return "", err
	}
	return id, nil
}

// editedTree stores the tree of c with the notes edited, "" where there are no
// notes and none came.
func (r *Repo) editedTree(ctx context.Context, c Commit, ids []string, edit NoteEdit) (string, error) {
	fresh := map[string]treeEntry{}
	for _, id := range ids {
		now, places, err := r.note(ctx, c, id)
		data := edit(id, now, err)
		if data == nil || err == nil && bytes.Equal(data, now) {
			continue
		}
		place, err := r.placeFor(ctx, c, id, places)
		if err != nil {
			return "", err
		}
		blob, err := r.storeBlob(ctx, data)
		if err != nil {
			return "", err
		}
		for _, p := range places {
			fresh[p] = treeEntry{}
		}
		fresh[place] = treeEntry{mode: modeRegular | 0o644, id: blob}
	}
	if len(fresh) == 0 {
		return c.Tree, nil
	}
	base := c.Tree
	if base == "" {
		var err error
		if base, err = sumID(r.objects.idHash("tree", 0)); err != nil {
			return "", err
		}
	}
	return r.overlay(ctx, base, fresh)
}

// placeFor is where the note on an object is written: where it is, else as deep
// as the directories for its first digits go.
func (r *Repo) placeFor(ctx context.Context, c Commit, id string, places []string) (string, error) {
	if len(places) > 0 {
		return places[0], nil
	}
	if c.ID == "" {
		return id, nil
	}
	place, tree, rest := "", c.Tree, id
	for len(rest) > 2 {
		entries, err := r.tree(ctx, tree)
		if err != nil {
			return "", err
		}
		next, there := searchEntries(entries, treeEntry{name: rest[:2], mode: modeDir})
		fanned := slices.ContainsFunc(entries, func(e treeEntry) bool { return isFan(e) })
		if !there && (fanned || place == "" && len(entries) >= flatNotes) {
			return place + rest[:2] + "/" + rest[2:], nil
		}
		if !there {
			break
		}
		place, tree, rest = place+rest[:2]+"/", next.id, rest[2:]
	}
	return place + rest, nil
}

// storeBlob writes a blob, its bytes as they are.
func (r *Repo) storeBlob(ctx context.Context, data []byte) (string, error) {
	want, err := r.BlobID(data)
	if err != nil {
		return "", err
	}
	out, err := r.git.change(ctx, data, "hash-object", "-w", "-t", "blob", "--no-filters", "--stdin")
	if err != nil {
		return "", err
	}
	if got := strings.TrimSpace(string(out)); got != want {
		return "", fmt.Errorf("git hash-object: answered %q for the blob %s", got, want)
	}
	return want, nil
}

// Committer says why git would refuse to commit in this person's name.
func (r *Repo) Committer(ctx context.Context) error {
	for _, who := range []string{"GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"} {
		if _, err := r.git.output(ctx, nil, "var", who); err != nil {
			return fmt.Errorf("who commits? git config user.name and user.email: %w", err)
		}
	}
	return nil
}

// commitNotes makes a commit by the person who runs this, as git notes does.
func (r *Repo) commitNotes(ctx context.Context, parent, tree, message string) (string, error) {
	args := []string{"commit-tree"}
	if parent != "" {
		args = append(args, "-p", parent)
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
