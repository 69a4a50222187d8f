package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// hexfile: hexfile FILE HEX…: writes the bytes.
func hexFile(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), unhex(ts, args[1:]...), 0o644))
}

// sum: sum NAME FILE: sets the variable to the SHA-256 of the file, in hex.
func sum(ts *testscript.TestScript, args []string) {
	ts.Setenv(args[0], fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(args[1])))))
}

// replace: replace FILE OLD NEW: one occurrence; \n in either is a newline.
func replace(ts *testscript.TestScript, args []string) {
	lines := strings.NewReplacer(`\n`, "\n", `\r`, "\r")
	old, new := lines.Replace(args[1]), lines.Replace(args[2])
	text := ts.ReadFile(args[0])
	if strings.Count(text, old) != 1 {
		ts.Fatalf("%q is %d times in %s", old, strings.Count(text, old), args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, old, new, 1)), 0o644))
}

// appendTo: append FILE HEX.
func appendTo(ts *testscript.TestScript, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), append([]byte(ts.ReadFile(args[0])), unhex(ts, args[1])...), 0o644))
}

// cut: cut FILE N: keeps N bytes; grows it with zeros where it has fewer.
func cut(ts *testscript.TestScript, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// documents: documents FIRST LAST: commits docs/FIRST.md to docs/LAST.md, and
// sets DOCS to the directory.
func documents(ts *testscript.TestScript, args []string) {
	first, err := strconv.Atoi(args[0])
	ts.Check(err)
	last, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.MkdirAll(ts.MkAbs("docs"), 0o755))
	for i := first; i <= last; i++ {
		ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf("docs/%04d.md", i)), fmt.Appendf(nil, "document %d\n", i), 0o644))
	}
	ts.Check(ts.Exec("git", "add", "docs"))
	ts.Check(ts.Exec("git", "commit", "-q", "-m", "Add documents"))
}

// glob: glob N PROGRAM ARGS…: as code, with patterns among the arguments
// replaced by the files they match.
func glob(ts *testscript.TestScript, args []string) {
	line := args[:2:2]
	for _, a := range args[2:] {
		if !strings.Contains(a, "*") {
			line = append(line, a)
			continue
		}
		found, err := filepath.Glob(ts.MkAbs(a))
		ts.Check(err)
		if len(found) == 0 {
			ts.Fatalf("nothing matches %s", a)
		}
		line = append(line, found...)
	}
	code(ts, line)
}

// files: files N PATTERN: so many files match.
func files(ts *testscript.TestScript, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	if fmt.Sprint(len(found)) != args[0] {
		ts.Fatalf("%d files match %s, want %s: %v", len(found), args[1], args[0], found)
	}
}

// snapshot: snapshot [DIR]: remembers every file below the directory, git's own
// included, for unchanged.
func snapshot(ts *testscript.TestScript, args []string) {
	theWorld(ts).snapshots[dirOf(args)] = listing(ts, dirOf(args))
}

// unchanged: unchanged [DIR]: nothing was written, lost or replaced since
// snapshot, apart from what the script itself does between the two.
func unchanged(ts *testscript.TestScript, args []string) {
	before, now := theWorld(ts).snapshots[dirOf(args)], listing(ts, dirOf(args))
	for _, line := range difference(before, now) {
		ts.Logf("%s", line)
	}
	if before != now {
		ts.Fatalf("files changed")
	}
}

func dirOf(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

func listing(ts *testscript.TestScript, dir string) string {
	var lines []string
	top := ts.MkAbs(dir)
	ts.Check(filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".home" || d.Name() == ".tmp"):
			return filepath.SkipDir
		case d.IsDir():
			lines = append(lines, path)
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			lines = append(lines, path+" -> "+target)
			return err
		}
		raw, err := os.ReadFile(path)
		info, _ := d.Info()
		lines = append(lines, fmt.Sprintf("%s %x %v", path, sha256.Sum256(raw), info.Mode()))
		return err
	}))
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// difference lists the lines that only one of the two has.
func difference(before, now string) []string {
	count := map[string]int{}
	for _, l := range strings.Split(before, "\n") {
		count[l]--
	}
	for _, l := range strings.Split(now, "\n") {
		count[l]++
	}
	var list []string
	for l, n := range count {
		switch {
		case n > 0:
			list = append(list, "+ "+l)
		case n < 0:
			list = append(list, "- "+l)
		}
	}
	sort.Strings(list)
	return list
}

// mount: mount DIR SIZE: an empty file system of that size (for example 64k)
// over the directory; behind [mount].
func mount(ts *testscript.TestScript, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(ts.Exec("mount", "-t", "tmpfs", "-o", "size="+args[1], "none", dir))
	ts.Defer(func() { exec.Command("umount", "-l", dir).Run() })
}

// freeze: freeze DIR: makes the mounted file system read-only.
func freeze(ts *testscript.TestScript, args []string) {
	ts.Check(ts.Exec("mount", "-o", "remount,ro", ts.MkAbs(args[0])))
}

// link: link NAME TARGET: a symbolic link with exactly that target.
func link(ts *testscript.TestScript, args []string) {
	ts.Check(os.Symlink(args[1], ts.MkAbs(args[0])))
}

// rawfile: rawfile HEXNAME FILE: copies FILE to a name given in hex, and sets
// RAW to it.
func rawFile(ts *testscript.TestScript, args []string) {
	name, err := hex.DecodeString(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("."), string(name)), []byte(ts.ReadFile(args[1])), 0o644))
	ts.Setenv("RAW", string(name))
}

// paste: has a shell run the first hint that the last command wrote, which must
// succeed.
func paste(ts *testscript.TestScript, args []string) {
	_, hint, ok := strings.Cut("\n"+ts.ReadFile("stderr"), "\nhint: ")
	if hint, _, _ = strings.Cut(hint, "\n"); !ok || len(args) > 0 {
		ts.Fatalf("usage: paste, after a command that wrote a hint")
	}
	ts.Check(ts.Exec("sh", "-c", hint))
}
