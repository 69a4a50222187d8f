package anchor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// maxMonths is how many months of a chain are read: two hundred years.
const maxMonths = 2400

// A monthFile is one file of the chain of registries. Its bytes are read when
// they are needed: a chain may be larger than memory.
type monthFile struct {
	period registry.Period
	path   string
	disk   bool // it lies in the work tree alone, and is not committed
}

// A monthList is what lies where the months of a chain are kept.
type monthList struct {
	files []monthFile // oldest first
	odd   []string    // paths that look like months, and are none
}

// months lists the files of the chain that a commit holds; with disk also those
// that lie in the work tree alone. A directory that is not there has none. It is
// an error that the directory, or what is on the way to it, is a symbolic link or
// a submodule (errRegistryPlace), and that there are more than maxMonths.
func (s *Session) months(ctx context.Context, c gitrepo.Commit, disk bool) (monthList, error) {
	var list monthList
	dir := s.Config.OTS.RegistryPath
	recorded, err := s.registryNames(ctx, c, dir, isMonthLike)
	if err != nil {
		return list, err
	}
	for _, name := range recorded {
		list.take(dir, name, false)
	}
	if disk {
		names, err := s.Repo.DiskNames(topDir(dir), isMonthLike)
		if errors.Is(err, gitrepo.ErrSymlink) {
			return list, fmt.Errorf("%w: %s in the work tree is a symbolic link, or behind one", errRegistryPlace, dir)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, gitrepo.ErrNoWorkTree) {
			return list, fmt.Errorf("the directory of registries: %w", err)
		}
		for _, name := range names {
			if !slices.Contains(recorded, name) {
				list.take(dir, name, true)
			}
		}
	}
	if len(list.files) > maxMonths {
		return list, fmt.Errorf("%s holds %d months, and %d are read", dir, len(list.files), maxMonths)
	}
	slices.SortFunc(list.files, func(a, b monthFile) int {
		switch {
		case a.period.Before(b.period):
			return -1
		case b.period.Before(a.period):
			return 1
		}
		return 0
	})
	return list, nil
}

// registryNames lists what a commit holds directly in a directory of registries
// or of their proofs.
func (s *Session) registryNames(ctx context.Context, c gitrepo.Commit, dir string, want func(string) bool) ([]string, error) {
	names, err := s.Repo.Names(ctx, c, topDir(dir), want)
	if !errors.Is(err, gitrepo.ErrNotFound) && !errors.Is(err, gitrepo.ErrSymlink) && !errors.Is(err, gitrepo.ErrSubmodule) {
		return names, err
	}
	// Nothing is there, or something else than a directory.
	switch e, other := s.Repo.Entry(ctx, c, dir); {
	case errors.Is(other, gitrepo.ErrSymlink) || other == nil && e.Symlink():
		return nil, fmt.Errorf("%w: %s at %s is a symbolic link, or behind one", errRegistryPlace, dir, c.ID)
	case errors.Is(other, gitrepo.ErrSubmodule) || other == nil && e.Submodule():
		return nil, fmt.Errorf("%w: %s at %s is a submodule, or in one", errRegistryPlace, dir, c.ID)
	case other == nil:
		return nil, fmt.Errorf("%w: %s at %s is a file", errRegistryPlace, dir, c.ID)
	}
	return nil, nil
}

// errRegistryPlace is wrapped by errors about what stands where the directory of
// registries, or that of their proofs, should be.
var errRegistryPlace = errors.New("no directory")

// topDir is a directory of the configuration as gitrepo names it.
func topDir(dir string) string {
	if dir == "." {
		return ""
	}
	return dir
}

// monthLike are the names that people could take for those of months, and that
// some file systems do.
var monthLike = regexp.MustCompile(`(?i)^[0-9]{1,6}-[0-9]{1,3}\.json$`)

func isMonthFile(name string) bool {
	_, ok := registry.ParsePeriodFile(name)
	return ok
}

func isMonthLike(name string) bool { return monthLike.MatchString(name) }

func (l *monthList) take(dir, name string, disk bool) {
	at := path.Join(dir, name)
	if p, ok := registry.ParsePeriodFile(name); ok {
		l.files = append(l.files, monthFile{period: p, path: at, disk: disk})
		return
	}
	l.odd = append(l.odd, at)
}

// readMonth reads one month, at most registry.MaxFile bytes of it. With an error
// that is registry.Faults there are the bytes all the same, and a Month with what
// could be read of them.
func (s *Session) readMonth(ctx context.Context, c gitrepo.Commit, f monthFile) (raw []byte, m *registry.Month, err error) {
	if raw, err = s.monthBytes(ctx, c, f); err != nil {
		return nil, nil, err
	}
	m, err = registry.Parse(f.period, raw)
	return raw, m, err
}

func (s *Session) monthBytes(ctx context.Context, c gitrepo.Commit, f monthFile) ([]byte, error) {
	if f.disk {
		return s.Repo.ReadFile(f.path, registry.MaxFile)
	}
	blob, err := s.Repo.Blob(ctx, c, f.path)
	if err != nil {
		return nil, err
	}
	if blob.Size > registry.MaxFile {
		return nil, fmt.Errorf("%s has %d bytes, and %d are read: %w", f.path, blob.Size, registry.MaxFile, gitrepo.ErrTooLarge)
	}
	return blob.Bytes(ctx)
}
