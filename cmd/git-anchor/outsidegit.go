package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/openllmo/git-anchor/internal/printable"
)

// outsideGit refuses a path that leads into a git directory, as it is written or
// through links.
func outsideGit(name string) error {
	whole, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	for _, from := range []string{whole, resolved(whole)} {
		for at := from; ; at = filepath.Dir(at) {
			if strings.EqualFold(filepath.Base(at), ".git") || gitDirectory(at) {
				return &failure{exitRefused, printable.Text(name, longestPath) + " lies in a git directory", "name another directory"}
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return nil
}

// resolved is where the part of a path leads that is there.
func resolved(whole string) string {
	for at := whole; ; at = filepath.Dir(at) {
		if real, err := filepath.EvalSymlinks(at); err == nil || at == filepath.Dir(at) {
			return real
		}
	}
}

// gitDirectory reports whether a directory is one of git's, whatever it is called:
// a bare repository, that of a linked work tree, one that lies apart.
func gitDirectory(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, "HEAD")) // a link, in old repositories, that may lead nowhere yet
	return err == nil && (isDirectory(dir, "objects") && isDirectory(dir, "refs") || isFile(dir, "commondir"))
}

func isDirectory(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && info.IsDir()
}

func isFile(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && info.Mode().IsRegular()
}
