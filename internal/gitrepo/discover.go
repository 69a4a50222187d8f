package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// place is where a repository lies. All paths are absolute, without symbolic
// links.
type place struct {
	dir       string // where the search began
	base      string // where git is started; its own discovery ends at once there
	top       string // work tree; empty: none
	gitDir    string // of this work tree
	commonDir string // shared by linked work trees
	explicit  bool   // GIT_DIR named it
	asBare    bool   // found as the directory itself, not as its .git
	format    format
}

// discovery is one search, in git's order (setup.c).
type discovery struct {
	getenv func(string) string
	person func(key string) ([]string, error) // git configuration, no repository's
}

// discover finds the repository git would use from dir, an absolute path
// without symbolic links.
func (d *discovery) discover(dir string) (place, error) {
	var err error
	p := place{dir: dir}
	if env := d.getenv("GIT_DIR"); env != "" {
		if err := d.explicit(&p, env); err != nil {
			return p, err
		}
	} else if err = d.search(&p); err != nil {
		return p, err
	}
	if p.commonDir, err = d.commonDir(p); err != nil {
		return p, err
	}
	if !p.explicit && p.commonDir != p.gitDir {
		if err := d.checkInner(p.base, p.commonDir); err != nil {
			return p, err
		}
	}
	if p.format, err = readFormat(p.gitDir, p.commonDir); err != nil {
		return p, fmt.Errorf("open repository %s: %w", p.gitDir, err)
	}
	return p, d.workTree(&p)
}

// explicit takes the git directory the person named; as in git, its owner is
// not asked.
func (d *discovery) explicit(p *place, env string) error {
	p.explicit, p.base = true, p.dir
	dir, err := d.follow(absolute(p.dir, env))
	if err == nil && !d.looksLikeGitDir(dir) {
		err = ErrNotRepository
	}
	if err == nil && !validHead(dir) {
		err = ErrNotRepository
	}
	if err != nil {
		return fmt.Errorf("GIT_DIR %s: %w", env, err)
	}
	p.gitDir = dir
	return nil
}

// follow resolves a path that is a git directory or a gitfile naming one.
func (d *discovery) follow(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", ErrNotRepository
	}
	if err != nil {
		return "", err
	}
	if info.Mode().IsRegular() {
		return readGitfile(path)
	}
	return physical(path)
}

// search goes up from p.dir.
func (d *discovery) search(p *place) error {
	ceilings := ceilings(d.getenv("GIT_CEILING_DIRECTORIES"))
	across, _ := strconv.ParseBool(d.getenv("GIT_DISCOVERY_ACROSS_FILESYSTEM"))
	for dir := p.dir; ; {
		gitDir, err := d.dotGit(dir)
		asBare := false
		if err == nil && gitDir == "" {
			asBare = true
			gitDir, err = d.bareAt(dir)
		}
		if err != nil {
			return err
		}
		if gitDir != "" {
			p.base, p.gitDir, p.asBare = dir, gitDir, asBare
			return nil
		}
		parent := filepath.Dir(dir)
		if parent == dir || ceilings[parent] || !across && !sameDevice(dir, parent) {
			return fmt.Errorf("%s (or any directory above it): %w", p.dir, ErrNotRepository)
		}
		dir = parent
	}
}

// dotGit tries dir/.git: a directory, a link to one, or a gitfile. The owner
// comes before any content.
func (d *discovery) dotGit(dir string) (string, error) {
	link := filepath.Join(dir, ".git")
	info, err := os.Stat(link)
	if err != nil {
		return "", nil // none, or a dangling link: git goes on upwards
	}
	switch {
	case info.Mode().IsRegular():
		if err := d.checkOwner(dir, dir, link); err != nil {
			return "", err
		}
		gitDir, err := readGitfile(link)
		if err != nil {
			return "", err
		}
		if !d.looksLikeGitDir(gitDir) {
			return "", fmt.Errorf("%s names %s: %w", link, gitDir, ErrNotRepository)
		}
		if err := d.checkOwner(dir, gitDir); err != nil {
			return "", err
		}
		return gitDir, d.checkInner(dir, gitDir)
	case info.IsDir() && d.looksLikeGitDir(link):
		gitDir, err := physical(link)
		if err != nil {
			return "", fmt.Errorf("open repository: %w", err)
		}
		if err := d.checkOwner(dir, dir, link, gitDir); err != nil {
			return "", err
		}
		if err := d.checkInner(dir, gitDir); err != nil {
			return "", err
		}
		if validHead(gitDir) {
			return gitDir, nil
		}
	}
	return "", nil
}

// looksLikeGitDir asks for names only: the owner is not known yet.
func (d *discovery) looksLikeGitDir(dir string) bool {
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return false
	}
	if _, err := os.Lstat(filepath.Join(dir, "commondir")); err == nil {
		return true
	}
	if d.getenv("GIT_COMMON_DIR") != "" {
		return true
	}
	objects := d.getenv("GIT_OBJECT_DIRECTORY") != "" || isDir(filepath.Join(dir, "objects"))
	return objects && isDir(filepath.Join(dir, "refs"))
}

// commonDir finds the directory that linked work trees share.
func (d *discovery) commonDir(p place) (string, error) {
	target, from := d.getenv("GIT_COMMON_DIR"), p.dir
	if target == "" {
		b, err := readSmall(filepath.Join(p.gitDir, "commondir"))
		if errors.Is(err, fs.ErrNotExist) {
			return p.gitDir, nil
		}
		if err != nil {
			return "", fmt.Errorf("open repository %s: %w", p.gitDir, err)
		}
		target, from = strings.TrimRight(string(b), "\r\n"), p.gitDir
	}
	dir, err := physical(absolute(from, target))
	if err != nil || !isDir(filepath.Join(dir, "refs")) {
		return "", fmt.Errorf("%s shares %q: %w", p.gitDir, target, ErrNotRepository)
	}
	return dir, nil
}

// workTree decides where the work tree is (git's setup_explicit_git_dir and
// setup_discovered_git_dir).
func (d *discovery) workTree(p *place) error {
	top := ""
	implicit := d.getenv("GIT_IMPLICIT_WORK_TREE")
	switch env := d.getenv("GIT_WORK_TREE"); {
	case env != "":
		top = absolute(p.dir, env)
	case p.format.bare:
	case p.format.worktree != "":
		top = absolute(p.gitDir, p.format.worktree)
	case p.explicit && implicit != "" && !gitBool(implicit):
	case p.explicit:
		top = p.dir
	case !p.asBare:
		top = p.base
	}
	if top == "" {
		return nil
	}
	top, err := physical(top)
	if err != nil {
		return fmt.Errorf("work tree: %w", err)
	}
	if p.explicit {
		p.base = top
	}
	// From elsewhere git would need a --git-dir, which switches its owner
	// check off.
	if p.base != top {
		return fmt.Errorf("%w: its work tree %s is not beside %s; set both GIT_DIR and GIT_WORK_TREE", ErrUnsupported, top, p.gitDir)
	}
	p.top = top
	return nil
}
