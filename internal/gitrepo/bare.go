package gitrepo

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// bareAt tries dir as a git directory itself. A commit can hold such a
// directory as ordinary files, and its configuration is then the committer's:
// what is not plainly a bare repository of the person's must be named.
func (d *discovery) bareAt(dir string) (string, error) {
	if !d.looksLikeGitDir(dir) {
		return "", nil
	}
	if err := errors.Join(d.checkOwner(dir, dir), d.checkInner(dir, dir)); err != nil {
		return "", err
	}
	if !validHead(dir) {
		return "", nil
	}
	if insideDotGit(dir) {
		return dir, nil
	}
	why, err := d.unsafeBare(dir)
	if err != nil {
		return "", err
	}
	if why != "" {
		return "", fmt.Errorf("%w: %s %s; if you trust it, name it: GIT_DIR=%s", ErrUnsafeBare, dir, why, shellWord(dir))
	}
	return dir, nil
}

// unsafeBare says why the directory cannot be taken for a repository unnamed;
// empty: it can.
func (d *discovery) unsafeBare(dir string) (why string, err error) {
	values, err := d.person("safe.bareRepository")
	if err != nil && !errors.Is(err, ErrNoGit) {
		return "", fmt.Errorf("read safe.bareRepository: %w", err)
	}
	if len(values) > 0 && values[len(values)-1] == "explicit" {
		return "is found, and safe.bareRepository is explicit", nil
	}
	// Only names are looked at above. A ceiling ends a search; it makes
	// nothing below it the person's own.
	for up := filepath.Dir(dir); ; up = filepath.Dir(up) {
		if d.holdsRepository(up) {
			return "lies inside the repository " + up + ", whose commits may have brought it", nil
		}
		if up == filepath.Dir(up) {
			break
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "commondir")); err == nil {
		return "is not a whole repository (it has a commondir)", nil
	}
	f, err := readFormat(dir, dir)
	if err != nil {
		return "", fmt.Errorf("open repository %s: %w", dir, err)
	}
	if !f.bare || f.worktree != "" {
		return "does not say that it is bare (core.bare true and no core.worktree)", nil
	}
	return "", nil
}

// holdsRepository reports whether dir is a work tree or a git directory.
func (d *discovery) holdsRepository(dir string) bool {
	link := filepath.Join(dir, ".git")
	info, err := os.Stat(link)
	if err == nil && (info.Mode().IsRegular() || d.looksLikeGitDir(link)) {
		return true
	}
	return d.looksLikeGitDir(dir)
}

// insideDotGit: no commit can bring what lies in a .git, and git makes linked
// work trees' and submodules' directories there.
func insideDotGit(dir string) bool {
	return slices.Contains(strings.Split(filepath.ToSlash(dir), "/"), ".git")
}
