package gitrepo

import (
	"context"
	"fmt"
	"strings"
)

// stage gives the files their index entries, takes those of zero ones out, and
// leaves all others alone.
func (r *Repo) stage(ctx context.Context, files map[string]treeEntry) error {
	var lines, list strings.Builder
	for path, e := range files {
		lines.WriteString(r.noEntry(path))
		if e.id == "" {
			continue
		}
		fmt.Fprintf(&lines, "%o %s\t%s\x00", e.mode, e.id, path)
		list.WriteString(path + "\x00")
	}
	if _, err := r.git.change(ctx, []byte(lines.String()), "update-index", "-z", "--index-info"); err != nil {
		return err
	}
	if list.Len() == 0 {
		return nil
	}
	// Entries made so have no time stamps yet: until git status looks, they
	// count as touched. That is no harm, so neither is a failure.
	_, _ = r.git.change(ctx, []byte(list.String()), "add", "--refresh", "--pathspec-from-file=-", "--pathspec-file-nul")
	return nil
}

// unstage gives back the entries of a commit that came to nothing, as far as
// they still are the ones stage made. Where HEAD has moved they stay: behind
// another run's commit, the next one would undo it.
func (r *Repo) unstage(ctx context.Context, head Commit, before []byte, files map[string]treeEntry) error {
	return r.patiently(ctx, func() error {
		now, err := r.Resolve(ctx, "HEAD")
		if err != nil || now.ID != head.ID {
			return err
		}
		paths := make([]string, 0, len(files))
		for path := range files {
			paths = append(paths, path)
		}
		index, err := r.index(ctx, paths)
		if err != nil {
			return err
		}
		var lines strings.Builder
		for line := range strings.SplitAfterSeq(string(before), "\x00") {
			_, path, _ := strings.Cut(strings.TrimSuffix(line, "\x00"), "\t")
			if e, there := index[path]; there == (files[path].id != "") && e.id == files[path].id {
				lines.WriteString(line)
			}
		}
		_, err = r.git.change(ctx, []byte(lines.String()), "update-index", "-z", "--index-info")
		return err
	})
}

// indexLines gives the index entries of paths as update-index --index-info
// reads them; a path without one is a line that removes it.
func (r *Repo) indexLines(ctx context.Context, paths []string) ([]byte, error) {
	empty, err := sumID(r.objects.idHash("blob", 0))
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, path := range paths {
		b.WriteString(r.noEntry(path))
	}
	err = r.listIndex(ctx, paths, func(fields, path string) error {
		_, entry, _ := strings.Cut(fields, " ") // after the tag
		if strings.Contains(entry, empty) {
			return nil // a promise (git add --intent-to-add), not an empty proof
		}
		b.WriteString(entry + "\t" + path + "\x00")
		return nil
	})
	return []byte(b.String()), err
}

// noEntry is the line that removes a path's entries, also those of a conflict.
func (r *Repo) noEntry(path string) string {
	return fmt.Sprintf("0 %s\t%s\x00", strings.Repeat("0", 2*r.objects.idLen()), path)
}
