package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	MaxNote = 1 << 20 // bytes of one note that are read

	// maxNotes bounds a listing, in entries read: a few trees that name one
	// another again and again have any number of them.
	maxNotes = 2_000_000
)

// Notes are what a ref of notes ("refs/notes/…") held when it was read.
type Notes struct {
	repo *Repo
	at   Commit // zero: there is no such ref
}

// Notes reads where a ref of notes is; none is no error. ErrNoCommit where it
// leads to something else than a commit, or stands for another ref.
func (r *Repo) Notes(ctx context.Context, ref string) (Notes, error) {
	c, err := r.notes(ctx, ref)
	if err != nil {
		return Notes{}, fmt.Errorf("read %s: %w", ref, err)
	}
	return Notes{r, c}, nil
}

// On reads the note on an object, by its full id; nil without one. Where several
// are about it, as they may be after some merges, they come one after the
// other. ErrTooLarge above MaxNote.
func (n Notes) On(ctx context.Context, id string) ([]byte, error) {
	data, _, err := n.repo.note(ctx, n.at, id)
	if err != nil {
		return nil, fmt.Errorf("read the note on %s: %w", id, err)
	}
	return data, nil
}

// Objects lists, in order, the ids of the objects that have notes. ErrTooLarge
// where there are millions.
func (n Notes) Objects(ctx context.Context) ([]string, error) {
	if n.at.ID == "" {
		return nil, nil
	}
	seen := 0
	ids, err := n.repo.noted(ctx, n.at.Tree, "", &seen)
	if err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

// notes reads where a ref of notes is; the zero Commit where there is none.
func (r *Repo) notes(ctx context.Context, ref string) (Commit, error) {
	out, err := r.git.output(ctx, nil, "for-each-ref", "--format=%(refname) %(objectname) %(symref)", ref)
	if err != nil {
		return Commit{}, err
	}
	for line := range strings.Lines(string(out)) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		switch {
		case len(f) != 3 || f[0] != ref:
			return Commit{}, fmt.Errorf("%w: there is %q below it", ErrNoCommit, f[0])
		case f[2] != "":
			return Commit{}, fmt.Errorf("%w: it stands for %q", ErrNoCommit, f[2])
		case !IsID(f[1]):
			return Commit{}, fmt.Errorf("git for-each-ref: answered %q", line)
		}
		c, err := r.commit(ctx, f[1])
		if errors.Is(err, ErrCorrupt) {
			err = fmt.Errorf("%w: %s is none that holds notes: %w", ErrNoCommit, f[1], err)
		}
		return c, err
	}
	return Commit{}, nil
}

// note reads the notes on an object and tells where they stand; c may be zero.
func (r *Repo) note(ctx context.Context, c Commit, id string) (data []byte, places []string, err error) {
	if !IsID(id) {
		return nil, nil, fmt.Errorf("%w: %q is no full id", ErrBadPath, id)
	}
	place, tree, rest := "", c.Tree, id
	for tree != "" && len(rest) > 0 {
		entries, err := r.tree(ctx, tree)
		if err != nil {
			return nil, nil, err
		}
		if e, ok := searchEntries(entries, treeEntry{name: rest}); ok {
			places = append(places, place+e.name)
		}
		tree = ""
		if len(rest) > 2 {
			if e, ok := searchEntries(entries, treeEntry{name: rest[:2], mode: modeDir}); ok {
				place, tree, rest = place+rest[:2]+"/", e.id, rest[2:]
			}
		}
	}
	for _, at := range places {
		b, err := r.Blob(ctx, c, at)
		if err == nil && b.Size+int64(len(data)) > MaxNote {
			err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxNote)
		}
		var part []byte
		if err == nil {
			part, err = b.Bytes(ctx)
		}
		if err != nil {
			return nil, places, err
		}
		if len(data) > 0 && data[len(data)-1] != '\n' {
			data = append(data, '\n')
		}
		data = append(data, part...)
	}
	if len(places) > 0 && data == nil {
		data = []byte{}
	}
	return data, places, nil
}

// noted lists the ids whose notes stand in a tree, below their first digits;
// seen counts what was read.
func (r *Repo) noted(ctx context.Context, tree, digits string, seen *int) ([]string, error) {
	entries, err := r.tree(ctx, tree)
	if err != nil {
		return nil, err
	}
	if *seen += 1 + len(entries); *seen > maxNotes {
		return nil, fmt.Errorf("%w: more than %d entries", ErrTooLarge, maxNotes)
	}
	var ids []string
	for _, e := range entries {
		whole := len(digits)+len(e.name) == 2*r.objects.idLen() && isHex(e.name)
		switch {
		case whole && e.mode&modeKind != modeDir:
			ids = append(ids, digits+e.name)
		case !whole && isFan(e):
			below, err := r.noted(ctx, e.id, digits+e.name, seen)
			if err != nil {
				return nil, err
			}
			ids = append(ids, below...)
		}
	}
	return ids, nil
}

// isFan says that an entry is a directory of notes.
func isFan(e treeEntry) bool {
	return e.mode&modeKind == modeDir && len(e.name) == 2 && isHex(e.name)
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
