package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"strings"
)

// maxTouches is how many changes of files Touches lists at the most: some 200 bytes
// each, and enough for 10,000 records of evidence with their files and proofs.
const maxTouches = 100_000

// A Touch is one commit's change of one file.
type Touch struct {
	Commit string
	Path   string
	Before string // the blob that the file had in the commit's first parent, "" for none, or no file
	Blob   string // that the file has since, "" where the commit removed it, or made it something else
}

// Touches lists what a commit and those in its history, merged side branches
// included, did to the files below a directory, oldest first. A merge is there only
// for what none of its parents had. Errors: ErrMissingObject in a shallow clone,
// ErrTooLarge.
func (r *Repo) Touches(ctx context.Context, c Commit, dir string) ([]Touch, error) {
	if err := checkPath(dir); err != nil {
		return nil, err
	}
	shallow, err := r.Shallow()
	if err != nil {
		return nil, err
	}
	if shallow {
		return nil, fmt.Errorf("earlier commits are %w (it is shallow); to fetch them: git fetch --unshallow", ErrMissingObject)
	}
	var found []Touch
	spec := []string{"--", ":(literal)" + dir + "/"}
	err = r.diffs(ctx, append([]string{"--full-history", "--topo-order", "--reverse", c.ID}, spec...), append([]string{"-c"}, spec...), func(b *bufio.Reader) error {
		return readRaw(b, func(commit, raw, path string) {
			f := strings.Fields(raw)
			parents := len(raw) - len(strings.TrimLeft(raw, ":"))
			if len(f) != 2*parents+3 || len(found) > maxTouches {
				return
			}
			t := Touch{Commit: commit, Path: path}
			if strings.HasPrefix(f[0][parents:], "100") {
				t.Before = f[parents+1]
			}
			if strings.HasPrefix(f[parents], "100") {
				t.Blob = f[2*parents+1]
			}
			found = append(found, t)
		})
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read history: %w", err)
	case len(found) > maxTouches:
		return nil, fmt.Errorf("read history: %w: more than %d changes", ErrTooLarge, maxTouches)
	}
	return found, nil
}
