package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// Ignored says, with ErrIgnored, which of the paths git is told to leave alone:
// ignored and not tracked, or outside the sparse checkout. Files need not be
// there. A path that cannot be asked about has another error.
func (r *Repo) Ignored(ctx context.Context, paths []string) (map[string]error, error) {
	bad := PathErrors{}
	if r.top == "" {
		return nil, fmt.Errorf("look for ignored files: %w", ErrNoWorkTree)
	}
	var good []string
	for _, path := range paths {
		if err := r.onTheWay(path); err != nil {
			bad[path] = err
			continue
		}
		good = append(good, path)
	}
	sparse, err := r.sparsePatterns(ctx)
	if err == nil {
		err = r.checkIgnore(ctx, good, bad)
	}
	if err != nil {
		return nil, fmt.Errorf("look for ignored files: %w", err)
	}
	for _, path := range good {
		if bad[path] == nil && sparse != nil && !inSparse(sparse, path) {
			bad[path] = fmt.Errorf("%w: it is outside the sparse checkout; to have it there: git sparse-checkout add, or git sparse-checkout disable", ErrIgnored)
		}
	}
	return bad, nil
}

// onTheWay makes sure that no symbolic link leads to the path; what is not
// there yet is none.
func (r *Repo) onTheWay(path string) error {
	dir, _, err := r.openDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return dir.Close()
}

// checkIgnore asks git about its ignore files.
func (r *Repo) checkIgnore(ctx context.Context, paths []string, bad PathErrors) error {
	for len(paths) > 0 {
		// "./" keeps a name that begins with ":(" a name.
		stdin := "./" + strings.Join(paths, "\x00./") + "\x00"
		cmd, err := r.git.command(ctx, false, "check-ignore", "--stdin", "-z", "--verbose", "--non-matching")
		if err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, magicPathspecs)
		done := 0
		err = run(ctx, cmd, "check-ignore", []byte(stdin), func(out *bufio.Reader) error {
			var answer []string // source, line, pattern, path
			return records(out, func(record string) error {
				if answer = append(answer, record); len(answer) < 4 {
					return nil
				}
				if done == len(paths) {
					return errors.New("more answers than paths")
				}
				if pattern := answer[2]; pattern != "" && !strings.HasPrefix(pattern, "!") {
					bad[paths[done]] = fmt.Errorf("%w: %s:%s ignores it (%q); to have it tracked: git add --force", ErrIgnored, answer[0], answer[1], pattern)
				}
				done++
				answer = nil
				return nil
			})
		})
		if paths = paths[done:]; len(paths) == 0 {
			if exitCode(err) == 1 { // none is ignored
				return nil
			}
			return err
		}
		if err == nil || exitCode(err) == 1 {
			return fmt.Errorf("git check-ignore: %d paths without an answer", len(paths))
		}
		if err := bad.take(ctx, paths[0], err); err != nil { // it ended there
			return err
		}
		paths = paths[1:]
	}
	return nil
}

// sparsePatterns reads what a sparse checkout holds; nil: everything.
func (r *Repo) sparsePatterns(ctx context.Context) ([]gitignore.Pattern, error) {
	sparse, err := r.gitBool(ctx, "core.sparseCheckout")
	if err != nil || !sparse {
		return nil, err
	}
	b, err := readSmall(filepath.Join(r.gitDir, "info", "sparse-checkout"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read sparse-checkout: %w", err)
	}
	patterns := []gitignore.Pattern{}
	for line := range strings.SplitSeq(string(b), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line != "" && !strings.HasPrefix(line, "#") {
			patterns = append(patterns, gitignore.ParsePattern(line, nil))
		}
	}
	return patterns, nil
}

// inSparse: the last pattern that matches decides. They are written as ignore
// files are, and name what is there.
func inSparse(patterns []gitignore.Pattern, path string) bool {
	names := strings.Split(path, "/")
	for i := len(patterns) - 1; i >= 0; i-- {
		if match := patterns[i].Match(names, false); match != gitignore.NoMatch {
			return match == gitignore.Exclude
		}
	}
	return false
}
