package gitrepo

import (
	"context"
	"fmt"
)

const (
	maxChanges = 256 << 20 // memory that the changes found may take, in bytes
	changeSize = 256       // of one change beside its path
)

// Change is one path in which two commits differ.
type Change struct {
	Path     string
	Old, New Entry // the zero Entry (ID "") where there is none
}

// Changes lists, in path order, the files, symbolic links and submodules in
// which b differs from a, in bytes or in mode. Only directories that differ
// are read. Renames are not looked for. A malformed tree is refused by name
// with ErrBadTree, a difference without end with ErrTooLarge. When only
// directories that lie too deep are left out, the error wraps PathErrors,
// which names them, and the list holds all the rest.
func (r *Repo) Changes(ctx context.Context, a, b Commit) ([]Change, error) {
	d := differ{lister: lister{repo: r, left: maxTreeEntries, deep: PathErrors{}}, room: maxChanges}
	if err := d.compare(ctx, a.Tree, b.Tree, "", 0); err != nil {
		return nil, fmt.Errorf("compare %s with %s: %w", b.ID, a.ID, err)
	}
	if err := d.deep.orNil(); err != nil {
		return d.changes, fmt.Errorf("compare %s with %s: %w", b.ID, a.ID, err)
	}
	return d.changes, nil
}

// differ goes through two trees at once, within the bounds of a listing.
type differ struct {
	lister
	changes []Change
	room    int // bytes that further changes may take
}

// compare goes through two directories; one that is not there has no id.
func (d *differ) compare(ctx context.Context, old, new, prefix string, depth int) error {
	if old == new {
		return nil
	}
	if d.tooDeep(prefix, depth) {
		return nil
	}
	was, err := d.read(ctx, old, prefix)
	if err != nil {
		return err
	}
	is, err := d.read(ctx, new, prefix)
	if err != nil {
		return err
	}
	// A file and a directory of one name are two entries.
	for len(was)+len(is) > 0 {
		var from, to treeEntry
		order := 0
		switch {
		case len(was) == 0:
			order = 1
		case len(is) == 0:
			order = -1
		default:
			order = compareEntries(was[0], is[0])
		}
		if order <= 0 {
			from, was = was[0], was[1:]
		}
		if order >= 0 {
			to, is = is[0], is[1:]
		}
		if err := d.entry(ctx, from, to, prefix, depth); err != nil {
			return err
		}
	}
	return nil
}

// entry compares two entries of one name, both directories or none; one of
// them may be zero.
func (d *differ) entry(ctx context.Context, from, to treeEntry, prefix string, depth int) error {
	one := to
	if to.id == "" {
		one = from
	}
	path := prefix + one.name
	if one.mode&modeKind == modeDir {
		return d.compare(ctx, from.id, to.id, path+"/", depth+1)
	}
	if from.id == to.id && from.mode == to.mode {
		return nil
	}
	if d.room -= len(path) + changeSize; d.room < 0 {
		return fmt.Errorf("%w: the changes take more than %d MiB", ErrTooLarge, maxChanges>>20)
	}
	d.changes = append(d.changes, Change{path, from.entry(path), to.entry(path)})
	return nil
}

// entry is the zero Entry for the zero treeEntry.
func (e treeEntry) entry(path string) Entry {
	if e.id == "" {
		return Entry{}
	}
	return Entry{path, e.mode, e.id}
}
