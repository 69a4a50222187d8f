package gitrepo

import (
	"context"
	"errors"
)

// Options say where and how a repository is opened.
type Options struct {
	Dir     string              // start here; empty: the working directory
	Getenv  func(string) string // nil: os.Getenv
	MaxBlob int64               // bytes of one document at most; 0: 256 MiB
}

// Repo is an opened repository.
type Repo struct {
	top, gitDir string
	bare        bool
}

// Open finds the repository git itself would use from o.Dir.
func Open(ctx context.Context, o Options) (*Repo, error) { return nil, errors.ErrUnsupported }

// Top is the absolute path of the work tree, empty in a bare repository.
func (r *Repo) Top() string { return r.top }

// GitDir is the absolute path of this work tree's git directory.
func (r *Repo) GitDir() string { return r.gitDir }

// Bare reports whether there is no work tree.
func (r *Repo) Bare() bool { return r.bare }

// Shallow reports whether history is cut off here.
func (r *Repo) Shallow() (bool, error) { return false, errors.ErrUnsupported }

// Close ends the processes the repository holds.
func (r *Repo) Close() error { return nil }

// Rel turns an operand into a slash-separated path from the top.
func (r *Repo) Rel(operand string) (string, error) { return "", errors.ErrUnsupported }
