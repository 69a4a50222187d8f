package objects

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	maxNesting    = 6       // alternates that lead to one, itself included; git's limit
	maxDirs       = 1000    // object directories in all
	maxAlternates = 1 << 20 // bytes of an info/alternates
)

// SplitDirs takes GIT_ALTERNATE_OBJECT_DIRECTORIES apart as git does: entries
// may be in double quotes, with escapes as in C.
func SplitDirs(list string) []string { return splitDirs(list, os.PathListSeparator) }

// splitDirs: entries that are empty or begin with # are none.
func splitDirs(list string, sep byte) []string {
	var dirs []string
	for list != "" {
		var dir string
		quoted, err := strconv.QuotedPrefix(list)
		if err == nil && list[0] == '"' && (len(quoted) == len(list) || list[len(quoted)] == sep) {
			if dir, err = strconv.Unquote(quoted); err != nil {
				dir = quoted
			}
			list = list[len(quoted):]
			list = strings.TrimPrefix(list, string(sep))
		} else {
			dir, list, _ = strings.Cut(list, string(sep))
			if strings.HasPrefix(dir, "#") {
				dir = ""
			}
		}
		if dir != "" {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// allDirs gives the directories that are there and their alternates, each
// once, those that were given first.
func allDirs(dirs []string) ([]string, error) {
	seen := map[string]bool{}
	var all []string
	for depth := 0; len(dirs) > 0 && depth <= maxNesting; depth++ {
		var next []string
		for _, dir := range dirs {
			dir, ok := physicalDir(dir)
			if !ok || seen[dir] {
				continue // as in git
			}
			if len(all) == maxDirs {
				return nil, fmt.Errorf("%w: more than %d object directories", ErrTooLarge, maxDirs)
			}
			seen[dir] = true
			all = append(all, dir)
			more, err := alternates(dir)
			if err != nil {
				return nil, err
			}
			next = append(next, more...)
		}
		dirs = next
	}
	return all, nil
}

// physicalDir is the absolute path without symbolic links of a directory.
func physicalDir(path string) (string, bool) {
	abs, err := filepath.Abs(path)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return "", false
	}
	info, err := os.Stat(abs)
	return abs, err == nil && info.IsDir()
}

// alternates reads info/alternates; relative entries begin at dir.
func alternates(dir string) ([]string, error) {
	b, err := readSmall(filepath.Join(dir, "info", "alternates"), maxAlternates)
	if errors.Is(err, errGone) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read alternates: %w", err)
	}
	list := splitDirs(string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))), '\n')
	for i, entry := range list {
		if !filepath.IsAbs(entry) {
			list[i] = filepath.Join(dir, entry)
		}
	}
	return list, nil
}

// readSmall reads a regular file of at most limit bytes.
func readSmall(path string, limit int64) (_ []byte, err error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s: %w: more than %d bytes", path, ErrTooLarge, limit)
	}
	return b, err
}

// listNames gives what is in a directory, nothing where there is none.
func listNames(dir string) ([]string, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|noWait, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	return names, errors.Join(err, f.Close())
}
