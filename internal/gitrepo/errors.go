package gitrepo

import "errors"

// Conditions a caller may match with errors.Is.
var (
	ErrNotRepository = errors.New("not a git repository")
	ErrDubiousOwner  = errors.New("the repository belongs to another user")
	ErrUnsupported   = errors.New("unsupported repository")
	ErrNoGit         = errors.New("the git command was not found")
	ErrNoWorkTree    = errors.New("the repository has no work tree")
	ErrUnborn        = errors.New("there is no commit yet")
	ErrNoCommit      = errors.New("no such commit")
	ErrNotFound      = errors.New("not in that commit")
	ErrSymlink       = errors.New("a symbolic link")
	ErrSubmodule     = errors.New("a submodule")
	ErrDirectory     = errors.New("a directory")
	ErrNotRegular    = errors.New("not a regular file")
	ErrMissingObject = errors.New("object not in this clone")
	ErrCorrupt       = errors.New("corrupt object")
	ErrBadTree       = errors.New("malformed tree")
	ErrTooLarge      = errors.New("too large")
	ErrOutside       = errors.New("outside the repository")
	ErrBadPath       = errors.New("not a usable path")
	ErrExists        = errors.New("already exists")
	ErrChanged       = errors.New("changed meanwhile")
	ErrBusy          = errors.New("another operation is in progress")
	ErrAttributes    = errors.New("attributes would change the bytes")
)
