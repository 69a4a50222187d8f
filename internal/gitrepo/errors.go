package gitrepo

import "errors"

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
	ErrCorrupt       = errors.New("corrupt object")    // its bytes do not have its id
	ErrBadTree       = errors.New("malformed tree")    // one that git would not check out
	ErrTooLarge      = errors.New("too large")
	ErrOutside       = errors.New("outside the repository")
	ErrBadPath       = errors.New("not a usable path")
	ErrExists        = errors.New("already exists")
	ErrChanged       = errors.New("changed since it was read")
	ErrBusy          = errors.New("something else is in progress")
	ErrAttributes    = errors.New("git attributes would change its bytes")
)
