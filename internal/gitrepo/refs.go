package gitrepo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"

	"github.com/openllmo/git-anchor/internal/gitrepo/objects"
)

// refID finds an id by the rules of gitrevisions(7), without git: a full id,
// HEAD and other refs in files, and an abbreviated id that only one object has.
// ErrUnborn for HEAD before the first commit; ErrNoCommit for all that it does
// not read.
func (r *Repo) refID(name string) (string, error) {
	digits := strings.ToLower(name)
	if IsID(digits) {
		return digits, nil
	}
	if name == "@" {
		name = "HEAD"
	}
	readsRefs := !r.format.sha256 && !r.format.reftable
	if readsRefs {
		id, err := r.fileRef(name)
		if id != "" || err != nil {
			return id, err
		}
	}
	// A ref of that name comes first, for git too.
	if readsRefs && isHex(digits) && len(digits) >= objects.MinPrefix {
		if id, ok := r.objects.abbreviated(digits); ok {
			return id, nil
		}
	}
	return "", fmt.Errorf("%w: of git's syntax only ids, refs, ~n and ^n are read alone: %w", ErrNoCommit, ErrNoGit)
}

// fileRef is empty when there is no such ref.
func (r *Repo) fileRef(name string) (string, error) {
	layout := dotgit.NewRepositoryFilesystem(osfs.New(r.gitDir), osfs.New(r.commonDir))
	refs := filesystem.NewStorage(layout, nil)
	for _, rule := range append([]string{"%s"}, plumbing.RefRevParseRules...) {
		full := plumbing.ReferenceName(fmt.Sprintf(rule, name))
		if rule == "%s" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") != "" && !strings.HasPrefix(name, "refs/") {
			continue // a file of the git directory that is no ref
		}
		if full.Validate() != nil && name != "HEAD" {
			continue
		}
		ref, err := storer.ResolveReference(refs, full)
		if err == nil && ref.Hash().IsZero() {
			return "", nil // go-git's reading of what is no id
		}
		if err == nil {
			return ref.Hash().String(), nil
		}
		if !errors.Is(err, plumbing.ErrReferenceNotFound) {
			return "", err
		}
		if name == "HEAD" {
			return "", ErrUnborn
		}
	}
	return "", nil
}
