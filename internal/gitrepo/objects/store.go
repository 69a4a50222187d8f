package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	indexSuffix = ".idx"
	packSuffix  = ".pack"

	// maxPacks bounds the packs of all directories together, also those that
	// repacks added since Open.
	maxPacks = 100_000

	// maxRescans bounds how often the directories are listed again for one
	// object while repack follows upon repack.
	maxRescans = 10

	defaultCache = 32 << 20
)

// Options of Open.
type Options struct {
	IDLen int // SHA1, which is also what 0 means, or SHA256
	Cache int // bytes kept of objects that deltas may build on; 0: 32 MiB, less than 0: none

	unmapped bool // files are read by ReadAt, as on Windows
}

// Store reads the objects of some directories. It may be used by several
// goroutines at once.
type Store struct {
	dirs   []string
	idLen  int
	mapped bool

	packs  atomic.Pointer[[]*pack]
	last   atomic.Pointer[pack] // which had the object asked for last
	listMu sync.Mutex           // held while listing the directories
	old    []*pack              // replaced by others of the same name, not yet closed

	cache    cache
	decoders decoders
	stats    stats

	mu     sync.Mutex
	idle   *sync.Cond // nobody reads
	inUse  int
	closed bool
}

// Open opens the object directories dirs and their alternates: the
// repository's own, and the entries of GIT_ALTERNATE_OBJECT_DIRECTORIES (see
// [SplitDirs]). Those that are not there are passed over, as by git, but the
// first. No object is looked at, and no pack opened, before it is needed.
func Open(dirs []string, o Options) (*Store, error) {
	if o.IDLen == 0 {
		o.IDLen = SHA1
	}
	if o.IDLen != SHA1 && o.IDLen != SHA256 {
		return nil, fmt.Errorf("object ids of %d bytes: there are none", o.IDLen)
	}
	if len(dirs) == 0 {
		return nil, errors.New("no object directory given")
	}
	if info, err := os.Stat(dirs[0]); err != nil {
		return nil, fmt.Errorf("object directory: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("object directory %s: %w", dirs[0], fs.ErrInvalid)
	}
	all, err := allDirs(dirs)
	if err != nil {
		return nil, err
	}
	s := &Store{dirs: all, idLen: o.IDLen, mapped: !o.unmapped}
	s.idle = sync.NewCond(&s.mu)
	s.cache.budget = o.Cache
	if o.Cache == 0 {
		s.cache.budget = defaultCache
	}
	s.packs.Store(new([]*pack))
	if _, err := s.rescan(); err != nil {
		return nil, err
	}
	return s, nil
}

// Dirs are the object directories, with alternates.
func (s *Store) Dirs() []string { return append([]string(nil), s.dirs...) }

// Close waits until nobody reads any more and closes the packs. It must not be
// called by the function that Scan calls.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	for s.inUse > 0 {
		s.idle.Wait()
	}
	s.mu.Unlock()
	var errs []error
	for _, p := range append(s.old, *s.packs.Swap(new([]*pack))...) {
		errs = append(errs, p.close())
	}
	s.old = nil
	return errors.Join(errs...)
}

// use calls read while the store is open, guarded.
func (s *Store) use(read func() error) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.inUse++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		if s.inUse--; s.inUse == 0 {
			s.idle.Broadcast()
		}
		s.mu.Unlock()
	}()
	return guarded(read)
}

// rescan lists the packs of all directories and reports whether there are any
// that were not listed before, or that are other files now. Those that are
// gone stay listed: what they hold is still true.
func (s *Store) rescan() (news bool, err error) {
	s.listMu.Lock()
	defer s.listMu.Unlock()
	known := map[string]*pack{}
	for _, p := range *s.packs.Load() {
		known[p.path] = p
	}
	var list []*pack
	listed := map[string]bool{}
	for _, dir := range s.dirs {
		paths, err := listPacks(filepath.Join(dir, "pack"))
		if err != nil {
			return false, err
		}
		for _, path := range paths {
			stamp, ok := stampOf(path)
			listed[path] = ok
			if p := known[path]; !ok || p != nil && p.stamp.same(stamp) {
				continue
			}
			if p := known[path]; p != nil {
				s.old = append(s.old, p)
				delete(known, path)
			}
			list = append(list, &pack{path: path, idLen: s.idLen, mapped: s.mapped, stamp: stamp})
		}
	}
	news = len(list) > 0
	for _, p := range *s.packs.Load() {
		if known[p.path] == p && (listed[p.path] || p.failed() == nil) {
			list = append(list, p)
		}
	}
	if len(list)+len(s.old) > maxPacks {
		return false, fmt.Errorf("%w: more than %d packs", ErrTooLarge, maxPacks)
	}
	s.packs.Store(&list)
	return news, nil
}

// stamp tells whether a pack and its index still are the same files.
type stamp struct{ index, pack os.FileInfo }

func stampOf(path string) (s stamp, ok bool) {
	index, err := os.Stat(path)
	if err != nil {
		return stamp{}, false
	}
	pack, err := os.Stat(strings.TrimSuffix(path, indexSuffix) + packSuffix)
	return stamp{index, pack}, err == nil
}

func (s stamp) same(t stamp) bool { return sameInfo(s.index, t.index) && sameInfo(s.pack, t.pack) }

func sameInfo(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// listPacks gives the indexes of a pack directory that have their pack.
func listPacks(dir string) ([]string, error) {
	names, err := listNames(dir)
	if err != nil {
		return nil, fmt.Errorf("list packs: %w", err)
	}
	there := map[string]bool{}
	for _, name := range names {
		there[name] = strings.HasSuffix(name, packSuffix)
	}
	var paths []string
	for _, name := range names {
		if stem, ok := strings.CutSuffix(name, indexSuffix); ok && there[stem+packSuffix] {
			paths = append(paths, filepath.Join(dir, name))
		}
	}
	return paths, nil
}
