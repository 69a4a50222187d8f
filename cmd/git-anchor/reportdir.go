package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/printable"
)

// A reportDir is a directory that report writes into, and the list it keeps
// there of what it wrote: nothing else is written over, nothing else removed.
type reportDir struct {
	root    *os.Root
	name    string
	before  map[string]bool // what earlier runs wrote
	now     map[string]bool // what this one wrote
	journal *os.File        // the list, while it grows
}

// The list begins with a line that says what it is; then names, a line each.
const (
	reportList  = ".git-anchor-report"
	reportFirst = "git-anchor report: the files below are its own, and are replaced and removed by it"
	maxList     = 32 << 20 // bytes
)

// reportFile is what report's files are called: a list that somebody else wrote
// names no other.
var reportFile = regexp.MustCompile(`^(data\.json|badge\.svg|verify(-online)?\.html|(index|date|state|confirmed|pending|changed|failed|unchecked)(-[0-9]{1,6})?\.html|(certificates|documents)/[0-9a-f]{32}\.html|files/[0-9a-f]{32}\.bin(\.ots)?)$`)

// openReportDir makes the directory, or opens one that is empty or that report
// wrote before. None lies in a git directory, whose files are not to be added to.
func openReportDir(name string) (*reportDir, error) {
	if err := outsideGit(name); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(name, 0o777); err != nil {
		return nil, err
	}
	if err := outsideGit(name); err != nil { // a link was made meanwhile, or .. leads elsewhere than it reads
		return nil, err
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	d := &reportDir{root: root, name: name, now: map[string]bool{}}
	if d.before, err = d.list(); err == nil {
		err = errors.Join(d.own("certificates"), d.own("documents"), d.own("files"))
	}
	if err == nil {
		err = d.open()
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return d, nil
}

// own refuses what stands where a directory of a report's belongs: a link, say,
// to one that is not.
func (d *reportDir) own(name string) error {
	switch info, err := d.root.Lstat(name); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return &failure{exitRefused, d.path(name) + " is not a directory", "move it away, or name another directory"}
	}
	return nil
}

// list reads what earlier runs wrote. What is not a file there is not opened: a
// pipe would be waited for.
func (d *reportDir) list() (map[string]bool, error) {
	info, err := d.root.Lstat(reportList)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]bool{}, d.vacant()
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, d.noList()
	}
	f, err := d.root.Open(reportList)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err != nil {
		return nil, err
	}
	first, rest, _ := strings.Cut(string(raw), "\n")
	if first != reportFirst || len(raw) > maxList {
		return nil, d.noList()
	}
	names := map[string]bool{}
	for name := range strings.Lines(rest) {
		if name = strings.TrimSuffix(name, "\n"); reportFile.MatchString(name) {
			names[name] = true
		}
	}
	return names, nil
}

func (d *reportDir) noList() error {
	return &failure{exitRefused, d.path(reportList) + " is not the list that report keeps", "name another directory"}
}

// reportBeside is what else may be in a directory that is to be published: it
// belongs to whoever does that.
func reportBeside() []string {
	return []string{".git", ".gitattributes", ".github", ".gitignore", ".nojekyll", "CNAME"}
}

// vacant refuses a directory that holds something else.
func (d *reportDir) vacant() error {
	dir, err := d.root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(64)
		for _, e := range entries {
			if !slices.Contains(reportBeside(), e.Name()) {
				return &failure{exitRefused, printable.Text(d.name, longestPath) + " is not empty, and report did not write it", "name an empty or a new directory"}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (d *reportDir) path(name string) string {
	return printable.Text(path.Join(d.name, name), longestPath)
}

// open begins the list anew with what it held, to which each file is added
// before it is written: whatever stops the run, its files are known as its own.
func (d *reportDir) open() error {
	if err := d.replace(reportList, d.listed(d.before)); err != nil {
		return err
	}
	var err error
	d.journal, err = d.root.OpenFile(reportList, os.O_WRONLY|os.O_APPEND, 0)
	return err
}

// listed writes a list.
func (d *reportDir) listed(names map[string]bool) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, reportFirst+"\n"+strings.Join(append(slices.Sorted(maps.Keys(names)), ""), "\n"))
		return err
	}
}

// write writes a file, whole or not at all.
func (d *reportDir) write(name string, content func(io.Writer) error) error {
	if !reportFile.MatchString(name) {
		panic("git-anchor: report writes no " + name)
	}
	if _, err := d.root.Lstat(name); err == nil && !d.before[name] && !d.now[name] {
		return &failure{exitRefused, d.path(name) + " is there already, and report did not write it", "move it away, or name another directory"}
	}
	if _, err := fmt.Fprintln(d.journal, name); err != nil {
		return err
	}
	if dir := path.Dir(name); dir != "." {
		if err := d.root.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if err := d.replace(name, content); err != nil {
		return fmt.Errorf("write %s: %w", d.path(name), err)
	}
	d.now[name] = true
	return nil
}

// bytes is write for what is at hand.
func (d *reportDir) bytes(name string, content []byte) error {
	return d.write(name, func(w io.Writer) error { _, err := w.Write(content); return err })
}

// replace writes beside a file and then puts it in its place. It does not wait
// for the disk: a report that a power cut spoils is made again.
func (d *reportDir) replace(name string, content func(io.Writer) error) (err error) {
	temp := path.Join(path.Dir(name), ".git-anchor-"+path.Base(name)+".tmp")
	if err := d.root.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // what a killed run left
	}
	f, err := d.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.root.Remove(temp))
		}
	}()
	w := bufio.NewWriterSize(f, 64<<10)
	if err := errors.Join(content(w), w.Flush(), f.Close()); err != nil {
		return err
	}
	return d.root.Rename(temp, name)
}

// finish removes what only earlier runs wrote, and ends the list.
func (d *reportDir) finish() (removed int, err error) {
	emptied := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(d.before)) {
		if d.now[name] {
			continue
		}
		switch err := d.root.Remove(name); {
		case err == nil:
			removed++
			emptied[path.Dir(name)] = true
		case !errors.Is(err, fs.ErrNotExist):
			return removed, err
		}
	}
	for dir := range emptied {
		if dir != "." {
			_ = d.root.Remove(dir) // stays where it holds something
		}
	}
	return removed, d.replace(reportList, d.listed(d.now))
}

func (d *reportDir) close() error { return errors.Join(d.journal.Close(), d.root.Close()) }
