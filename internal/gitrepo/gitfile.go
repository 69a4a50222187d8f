package gitrepo

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxSmallFile bounds HEAD, gitfiles, commondir and alternates, in bytes.
const maxSmallFile = 1 << 20

// validHead reports whether HEAD is one git accepts: a ref or an id.
func validHead(gitDir string) bool {
	head := filepath.Join(gitDir, "HEAD")
	if target, err := os.Readlink(head); err == nil {
		return strings.HasPrefix(target, "refs/")
	}
	b, err := readSmall(head)
	if err != nil {
		return false
	}
	if ref, ok := strings.CutPrefix(string(b), "ref:"); ok {
		return strings.HasPrefix(strings.TrimLeft(ref, " \t\n\r"), "refs/")
	}
	id, _, _ := strings.Cut(string(b), "\n")
	return IsID(strings.ToLower(strings.TrimSpace(id)))
}

// readGitfile reads "gitdir: <path>", relative to the file's directory.
func readGitfile(path string) (string, error) {
	b, err := readSmall(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	target, ok := parseGitfile(b)
	if !ok {
		return "", fmt.Errorf("%s is no gitfile (it must say \"gitdir: <path>\"): %w", path, ErrNotRepository)
	}
	dir, err := physical(absolute(filepath.Dir(path), target))
	if err != nil {
		return "", fmt.Errorf("%s names %q: %w", path, target, ErrNotRepository)
	}
	return dir, nil
}

func parseGitfile(b []byte) (string, bool) {
	target, ok := strings.CutPrefix(string(b), "gitdir: ")
	target = strings.TrimRight(target, "\r\n")
	return target, ok && target != "" && !strings.ContainsRune(target, 0)
}

// ceilings are the directories a search must not climb into.
func ceilings(list string) map[string]bool {
	m := map[string]bool{}
	resolve := true
	for _, dir := range filepath.SplitList(list) {
		if dir == "" {
			resolve = false // git: later entries are taken as they are
			continue
		}
		if !filepath.IsAbs(dir) {
			continue
		}
		if real, err := filepath.EvalSymlinks(dir); err == nil && resolve {
			dir = real
		}
		m[filepath.Clean(dir)] = true
	}
	return m
}

// physical is the absolute path without symbolic links.
func physical(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

func absolute(from, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(from, path)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// readSmall reads a regular file of at most maxSmallFile bytes.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNotRegular // a pipe would hold us for ever
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSmallFile+1))
	if err == nil && len(b) > maxSmallFile {
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, maxSmallFile)
	}
	return b, err
}
