package gitrepo

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo/objects"
)

// Conditions a caller may match with errors.Is.
var (
	ErrNotRepository = errors.New("not a git repository")
	ErrDubiousOwner  = errors.New("the repository belongs to another user")
	ErrUnsupported   = errors.New("unsupported repository") // a format or layout we refuse
	ErrNoGit         = errors.New("this needs the git command, which was not found")
	ErrNoWorkTree    = errors.New("the repository has no work tree")
	ErrUnborn        = errors.New("there is no commit yet")
	ErrNoCommit      = errors.New("no such commit")
	ErrNotFound      = errors.New("not in that commit")
	ErrSymlink       = errors.New("a symbolic link")
	ErrSubmodule     = errors.New("a submodule")
	ErrDirectory     = errors.New("a directory")
	ErrNotRegular    = errors.New("not a regular file")
	ErrMissingObject = errors.New("not in this clone") // shallow, partial, or damaged
	ErrCorrupt       = objects.ErrCorrupt              // its bytes do not have its id
	ErrBadTree       = errors.New("malformed tree")    // one that git would not check out
	ErrTooLarge      = objects.ErrTooLarge
	ErrOutside       = errors.New("outside the repository")
	ErrBadPath       = errors.New("not a usable path")
	ErrExists        = errors.New("already exists")
	ErrChanged       = errors.New("changed since it was read")
	ErrBusy          = errors.New("something else is in progress")
	ErrAttributes    = errors.New("git attributes would change its bytes")
	ErrIgnored       = errors.New("git is told to leave it alone") // ignored, or outside the sparse checkout
	ErrUnsafeBare    = errors.New("a bare repository that was not named")
)

// PathErrors says what is wrong with some of many paths. The result it comes
// with is whole for all the others.
type PathErrors map[string]error

func (e PathErrors) paths() []string {
	return slices.Sorted(maps.Keys(e))
}

// Error names the first path.
func (e PathErrors) Error() string {
	paths := e.paths()
	if len(paths) == 0 {
		return "no error"
	}
	first := fmt.Sprintf("%q: %v", paths[0], e[paths[0]])
	if len(paths) > 1 {
		first += fmt.Sprintf(" (and %d more paths)", len(paths)-1)
	}
	return first
}

func (e PathErrors) Unwrap() []error {
	var errs []error
	for _, path := range e.paths() {
		errs = append(errs, e[path])
	}
	return errs
}

// orNil keeps an empty map from being an error.
func (e PathErrors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}
