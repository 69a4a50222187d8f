package gitrepo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// checkOwner is git's ensure_valid_ownership: every path must belong to the
// person, or name must be in their safe.directory. Otherwise the repository's
// configuration could run its author's commands as the person.
func (d *discovery) checkOwner(name string, paths ...string) error {
	for _, path := range paths {
		if !ownedByPerson(path, d.getenv) {
			return d.foreign(name, path)
		}
	}
	return nil
}

// checkInner asks who owns what git reads in a git directory: in a directory
// that everybody may write to (/tmp is root's) it may be another user's. What
// is root's is fine: sudo git config leaves such files.
func (d *discovery) checkInner(name, gitDir string) error {
	for _, inner := range []string{"HEAD", "config", "config.worktree", "commondir", "objects", "refs"} {
		path := filepath.Join(gitDir, inner)
		info, err := os.Lstat(path)
		if err != nil {
			continue // none
		}
		if !ownedByPerson(path, d.getenv) && !ownedByRoot(path) {
			return d.foreign(name, path)
		}
		if info.Mode()&os.ModeSymlink == 0 {
			continue
		}
		if real, err := filepath.EvalSymlinks(path); err == nil && !ownedByPerson(real, d.getenv) && !ownedByRoot(real) {
			return d.foreign(name, real)
		}
	}
	return nil
}

// foreign refuses another user's file, unless the person declared name safe.
func (d *discovery) foreign(name, foreign string) error {
	safe, err := d.person("safe.directory")
	if err != nil {
		return fmt.Errorf("%w: %s (and safe.directory cannot be read: %w)", ErrDubiousOwner, foreign, err)
	}
	if isSafe(name, safe, d.getenv("HOME")) {
		return nil
	}
	return fmt.Errorf("%w: %s; if you trust it: git config --global --add safe.directory %s", ErrDubiousOwner, foreign, shellWord(name))
}

// isSafe goes through safe.directory in order; an empty value forgets the
// ones before it.
func isSafe(dir string, values []string, home string) bool {
	safe := false
	for _, v := range values {
		switch {
		case v == "":
			safe = false
			continue
		case v == "*":
			safe = true
			continue
		}
		if rest, ok := strings.CutPrefix(v, "~/"); ok && home != "" {
			v = filepath.Join(home, rest)
		}
		below := false
		if rest, ok := strings.CutSuffix(v, "/*"); ok {
			v, below = rest+"/", true
		}
		if !filepath.IsAbs(v) {
			continue
		}
		if real, err := filepath.EvalSymlinks(v); err == nil {
			v = real
		}
		v = filepath.Clean(v)
		if dir == v && !below || below && strings.HasPrefix(dir, strings.TrimSuffix(v, "/")+"/") {
			safe = true
		}
	}
	return safe
}

// shellWord quotes s for a command line the person may copy.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+:@%=", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
