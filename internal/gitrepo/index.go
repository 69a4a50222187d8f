package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxPathspecs is how many paths are asked of git by name; for more, a whole
// listing is filtered, because git compares each entry with each of them.
const maxPathspecs = 16

// indexEntry is one path in the index.
type indexEntry struct {
	id       string
	mode     uint32
	unmerged bool
	hidden   bool
}

// index finds the paths in the index. An entry that "git add --intent-to-add"
// made is none: nothing is staged.
func (r *Repo) index(ctx context.Context, paths []string) (map[string]indexEntry, error) {
	entries := map[string]indexEntry{}
	empty, err := sumID(r.objects.idHash("blob", 0))
	if err != nil {
		return nil, err
	}
	var suspects []string
	err = r.listIndex(ctx, paths, func(fields, path string) error {
		e, err := parseIndexEntry(fields)
		if e.id == empty && !e.unmerged {
			suspects = append(suspects, path)
		}
		entries[path] = e
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, path := range suspects {
		intent, err := r.intentToAdd(ctx, path)
		if err != nil {
			return nil, err
		}
		if intent {
			delete(entries, path)
		}
	}
	return entries, nil
}

// listIndex goes through the index entries of paths: "<tag> <mode> <id>
// <stage>" and the path.
func (r *Repo) listIndex(ctx context.Context, paths []string, each func(fields, path string) error) error {
	wanted := map[string]bool{}
	for _, path := range paths {
		wanted[path] = true
	}
	args := []string{"ls-files", "-z", "--stage", "-v", "--full-name"}
	if len(paths) <= maxPathspecs {
		args = append(append(args, "--"), paths...)
	}
	return r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return records(out, func(record string) error {
			fields, path, ok := strings.Cut(record, "\t")
			if !ok {
				return fmt.Errorf("ls-files answered %q", record)
			}
			if !wanted[path] {
				return nil
			}
			return each(fields, path)
		})
	}, args...)
}

func parseIndexEntry(fields string) (indexEntry, error) {
	f := strings.Split(fields, " ")
	if len(f) != 4 || len(f[0]) != 1 {
		return indexEntry{}, fmt.Errorf("ls-files answered %q", fields)
	}
	mode, err := strconv.ParseUint(f[1], 8, 32)
	if err != nil {
		return indexEntry{}, fmt.Errorf("ls-files answered %q", fields)
	}
	tag := f[0][0]
	e := indexEntry{id: f[2], mode: uint32(mode)}
	e.hidden = tag == 'S' || tag >= 'a' && tag <= 'z'
	if f[3] != "0" {
		e.id, e.unmerged = "", true
	}
	return e, nil
}

// intentToAdd asks about an entry that looks like an empty file: to git diff a
// promised file is a new one.
func (r *Repo) intentToAdd(ctx context.Context, path string) (bool, error) {
	out, err := r.git.output(ctx, nil, "diff-files", "--name-only", "--diff-filter=A", "-z", "--", path)
	return len(out) > 0, err
}

// cleaned asks git what it would store for files of the work tree, and stores
// it with "-w". What it cannot say (a filter that fails) is bad's.
func (r *Repo) cleaned(ctx context.Context, paths []string, bad PathErrors, options ...string) (map[string]string, error) {
	ids := map[string]string{}
	var batch []string
	for _, path := range paths {
		if !strings.HasPrefix(path, `"`) && !strings.ContainsAny(path, "\r\n") {
			batch = append(batch, path)
			continue
		}
		// Git would unquote or split it, or cut its end off.
		out, err := r.git.output(ctx, nil, append(append([]string{"hash-object"}, options...), "--path="+path, "--", path)...)
		if err := bad.take(ctx, path, err); err != nil {
			return nil, err
		}
		if err == nil {
			ids[path] = strings.TrimSpace(string(out))
		}
	}
	for len(batch) > 0 {
		lines := []byte(strings.Join(batch, "\n") + "\n")
		out, err := r.git.output(ctx, lines, append(append([]string{"hash-object"}, options...), "--stdin-paths")...)
		answers := strings.Split(string(out), "\n")
		answers = answers[:len(answers)-1]
		if len(answers) > len(batch) || err == nil && len(answers) < len(batch) {
			return nil, fmt.Errorf("git hash-object: %d answers to %d paths", len(answers), len(batch))
		}
		for i, id := range answers {
			ids[batch[i]] = id
		}
		batch = batch[len(answers):]
		if err != nil && len(batch) == 0 {
			return nil, err
		}
		if err != nil { // it ended at the first path without an answer
			if err := bad.take(ctx, batch[0], err); err != nil {
				return nil, err
			}
			batch = batch[1:]
		}
	}
	return ids, nil
}

// take keeps an error that git gave for one path, and hands back any other.
func (e PathErrors) take(ctx context.Context, path string, err error) error {
	if err == nil {
		return nil
	}
	var failed *gitError
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	e[path] = err
	return nil
}
