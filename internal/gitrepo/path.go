package gitrepo

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Rel turns an operand, relative to Options.Dir or absolute, into a
// slash-separated path from the top; "" is the top itself. "a/../b" becomes
// "b" unless a is a symbolic link, where it would be another file. It returns
// ErrOutside or ErrBadPath.
func (r *Repo) Rel(operand string) (string, error) {
	rel, err := r.rel(operand)
	if err != nil {
		return "", fmt.Errorf("path %q: %w", operand, err)
	}
	return rel, nil
}

func (r *Repo) rel(operand string) (string, error) {
	if operand == "" {
		return "", fmt.Errorf("%w: it is empty", ErrBadPath)
	}
	if strings.ContainsRune(operand, 0) {
		return "", fmt.Errorf("%w: it has a NUL byte", ErrBadPath)
	}
	if r.top == "" {
		return bareRel(filepath.ToSlash(operand))
	}
	if !filepath.IsAbs(operand) {
		operand = r.dir + string(filepath.Separator) + operand
	}
	abs, err := cleanUp(operand)
	if err != nil {
		return "", err
	}
	rel, ok := below(r.top, abs)
	if !ok {
		return "", fmt.Errorf("%w %s", ErrOutside, r.top)
	}
	if rel == "" {
		return "", nil
	}
	return rel, checkPath(rel)
}

// bareRel: without a work tree an operand is a path in the tree.
func bareRel(operand string) (string, error) {
	if strings.HasPrefix(operand, "/") || filepath.IsAbs(operand) {
		return "", fmt.Errorf("%w: there is no work tree, give a path in the commit", ErrOutside)
	}
	rel := path.Clean(operand)
	if rel == "." {
		return "", nil
	}
	if rel == ".." || strings.HasPrefix(rel, "../") {
		return "", ErrOutside
	}
	return rel, checkPath(rel)
}

// cleanUp removes ".", ".." and double separators from an absolute path.
func cleanUp(abs string) (string, error) {
	volume := filepath.VolumeName(abs)
	clean := volume + string(filepath.Separator)
	for _, name := range strings.FieldsFunc(abs[len(volume):], func(c rune) bool { return c < 0x80 && os.IsPathSeparator(uint8(c)) }) {
		switch name {
		case ".":
		case "..":
			if info, err := os.Lstat(clean); err == nil && info.Mode()&os.ModeSymlink != 0 {
				return "", fmt.Errorf("%w: %s is a symbolic link, so \"..\" after it is another directory", ErrBadPath, clean)
			}
			clean = filepath.Dir(clean)
		default:
			clean = filepath.Join(clean, name)
		}
	}
	return clean, nil
}

// below returns the part of abs under top, slash-separated. Where they are
// spelled differently (a link or another case on the way to top), the
// directory itself decides.
func below(top, abs string) (string, bool) {
	if abs == top {
		return "", true
	}
	if rest, ok := strings.CutPrefix(abs, strings.TrimSuffix(top, string(filepath.Separator))+string(filepath.Separator)); ok {
		return filepath.ToSlash(rest), true
	}
	want, err := os.Stat(top)
	if err != nil {
		return "", false
	}
	found, rest := "", ""
	for dir := abs; ; {
		if info, err := os.Stat(dir); err == nil && os.SameFile(info, want) {
			found, rest = dir, abs[len(dir):]
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	return filepath.ToSlash(strings.TrimPrefix(rest, string(filepath.Separator))), found != ""
}

// maxPath bounds a path, in bytes: Linux's PATH_MAX. A commit can hold longer
// ones, which git cannot check out.
const maxPath = 4096

// CheckPath refuses, with ErrBadPath, what no commit may hold and no file be
// written under: paths that are not clean, lead out of the repository or into
// what some file system takes for .git, or have more than 4,096 bytes.
func CheckPath(path string) error {
	if err := checkPath(path); err != nil {
		return fmt.Errorf("path %q: %w", path, err)
	}
	return nil
}

// checkPath is CheckPath for where the path is named already.
func checkPath(p string) error {
	if len(p) > maxPath {
		return fmt.Errorf("%w: longer than %d bytes", ErrBadPath, maxPath)
	}
	if p == "" || strings.ContainsRune(p, 0) || !filepath.IsLocal(filepath.FromSlash(p)) {
		return ErrBadPath
	}
	for name := range strings.SplitSeq(p, "/") {
		if err := checkName(name); err != nil {
			return err
		}
	}
	return nil
}

// checkName refuses one component of a path.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: an empty name", ErrBadPath)
	case name == "." || name == "..":
		return fmt.Errorf("%w: %q", ErrBadPath, name)
	case isDotGit(name):
		return fmt.Errorf("%w: %q is git's own", ErrBadPath, name)
	}
	return nil
}

// isDotGit reports whether some file system takes name for ".git": any case,
// NTFS's short name, trailing dots and blanks and streams, HFS+'s ignored code
// points (git's verify_path, is_ntfs_dotgit and is_hfs_dotgit).
func isDotGit(name string) bool {
	name = strings.Map(func(r rune) rune {
		if r >= 0x200c && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x206a && r <= 0x206f || r == 0xfeff {
			return -1
		}
		return r
	}, name)
	name, _, _ = strings.Cut(name, ":")
	name, _, _ = strings.Cut(name, `\`)
	name = strings.TrimRight(name, ". ")
	return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1")
}
