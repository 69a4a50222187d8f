package gitrepo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Tip is a temporary bare repository, with a configuration that is ours alone,
// in which a commit is built on what a server has now. Use it from one
// goroutine. Close removes it.
type Tip struct {
	dir     string
	repo    *Repo
	remote  Remote
	url     *url.URL
	shallow bool // history before what is fetched is not asked for
}

// OpenTip makes a temporary repository for remote. r, which may be nil, lends
// its objects so that less is fetched, unless it is a partial clone. Nothing is
// ever written to r, git is not started in it, and of its configuration only
// its format counts.
func OpenTip(ctx context.Context, r *Repo, remote Remote, getenv func(string) string) (*Tip, error) {
	t, err := openTip(ctx, r, remote, getenv)
	if err != nil {
		return nil, fmt.Errorf("open a repository for %q: %w", remote.scrub(remote.URL), err)
	}
	return t, nil
}

func openTip(ctx context.Context, r *Repo, remote Remote, getenv func(string) string) (_ *Tip, err error) {
	t := &Tip{remote: remote}
	if t.url, err = remote.parse(); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "git-anchor-tip-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if t.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	env := remote.environment(getenv, t.dir)
	git := newGit(env, t.dir)
	if git.path == "" {
		return nil, ErrNoGit
	}
	git.base = t.dir
	format := "sha1"
	if r != nil && r.format.sha256 {
		format = "sha256"
	}
	if _, err := git.change(ctx, nil, "init", "--quiet", "--bare", "--template=", "--initial-branch=none", "--object-format="+format); err != nil {
		return nil, err
	}
	if t.repo, err = Open(ctx, Options{Dir: t.dir, Getenv: env}); err != nil {
		return nil, err
	}
	t.shallow = true
	if r != nil {
		t.shallow, err = t.borrow(ctx, r)
	}
	return t, err
}

// borrow lets the repository use r's objects, as far as HEAD leads, and tells
// whether history is cut off then.
func (t *Tip) borrow(ctx context.Context, r *Repo) (shallow bool, err error) {
	objects := filepath.ToSlash(filepath.Join(r.commonDir, "objects"))
	head, err := r.refID("HEAD")
	if err != nil || r.partial() || strings.Contains(objects, "\n") {
		return true, nil // it is of no use, which is not our concern
	}
	edges, err := readSmall(filepath.Join(r.commonDir, "shallow"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return true, err
	}
	files := map[string]string{"objects/info/alternates": objects + "\n", "shallow": string(edges)}
	for name, content := range files {
		if content == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(t.dir, name), []byte(content), 0o600); err != nil {
			return true, err
		}
	}
	if _, err := t.repo.git.change(ctx, nil, "update-ref", "refs/borrowed", head); err == nil {
		return len(edges) > 0, nil
	}
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	for name := range files {
		if err := os.Remove(filepath.Join(t.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return true, err
		}
	}
	return true, nil
}

// partial reports whether the repository may lack objects that its commits
// name, or cannot tell.
func (r *Repo) partial() bool {
	packs, err := os.ReadDir(filepath.Join(r.commonDir, "objects", "pack"))
	settings, configErr := readConfig(filepath.Join(r.commonDir, "config"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) || configErr != nil {
		return true
	}
	for _, file := range packs {
		if strings.HasSuffix(file.Name(), ".promisor") {
			return true
		}
	}
	for _, s := range settings {
		if s.key == "extensions.partialclone" || strings.HasPrefix(s.key, "remote.") && strings.HasSuffix(s.key, ".promisor") {
			return true
		}
	}
	return false
}

// Repo reads what was fetched. It is closed with the Tip.
func (t *Tip) Repo() *Repo { return t.repo }

// Close removes the repository.
func (t *Tip) Close() error {
	return errors.Join(t.repo.Close(), os.RemoveAll(t.dir))
}

// Fetch gets the commit that a branch of the server ("main", without
// refs/heads/) is at now. It returns ErrNoCommit when the server has no such
// branch, ErrUnauthorized when it does not let us read. Of history there is
// what the lender had; without one, or in a shallow one, the commit alone.
func (t *Tip) Fetch(ctx context.Context, branch string) (Commit, error) {
	c, err := t.fetch(ctx, branch)
	if err != nil {
		return Commit{}, fmt.Errorf("fetch %q from %s: %w", branch, t.remote.URL, err)
	}
	return c, nil
}

func (t *Tip) fetch(ctx context.Context, branch string) (Commit, error) {
	ref, err := branchRef(branch)
	if err != nil {
		return Commit{}, err
	}
	ours := fetchedRef(branch)
	args := []string{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--no-auto-maintenance"}
	if t.shallow {
		args = append(args, "--depth=1")
	}
	if _, _, err := t.exchange(ctx, append(args, "--", t.remote.URL, "+"+ref+":"+ours)...); err != nil {
		return Commit{}, err
	}
	return t.repo.Resolve(ctx, ours)
}

// fetchedRef is our own name for a branch: hashed, because one branch may have
// for its name what is a directory of another's.
func fetchedRef(branch string) string {
	sum := sha256.Sum256([]byte(branch))
	return "refs/fetched/" + hex.EncodeToString(sum[:])
}
