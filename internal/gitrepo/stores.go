package gitrepo

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/go-git/go-billy/v5/osfs"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/storage/filesystem"
	"github.com/go-git/go-git/v5/storage/filesystem/dotgit"
)

const (
	// maxAlternates is git's limit of alternates of alternates.
	maxAlternates = 5
	// streamAbove is the size from which go-git streams an object that is
	// stored whole, in bytes.
	streamAbove = 8 << 20
	// storeCache bounds go-git's cache of one object directory, in bytes.
	storeCache = 16 << 20
)

// store is one object directory, read by go-git without its configuration.
type store = *filesystem.ObjectStorage

// openStores opens the repository's object directory and its alternates.
// go-git's own search for alternates fails on relative ones.
func openStores(commonDir string, getenv func(string) string) ([]store, error) {
	objects := getenv("GIT_OBJECT_DIRECTORY")
	if objects == "" {
		objects = filepath.Join(commonDir, "objects")
	}
	dirs := append([]string{objects}, filepath.SplitList(getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES"))...)
	seen := map[string]bool{}
	var stores []store
	for depth := 0; len(dirs) > 0 && depth <= maxAlternates; depth++ {
		var next []string
		for _, dir := range dirs {
			dir, err := physical(dir)
			if err != nil || seen[dir] {
				continue // git: a missing alternate is passed over
			}
			seen[dir] = true
			if filepath.Base(dir) != "objects" {
				return nil, fmt.Errorf("%w: object directory %s is not called objects: %w", ErrUnsupported, dir, ErrNoGit)
			}
			layout := dotgit.New(osfs.New(filepath.Dir(dir)))
			options := filesystem.Options{LargeObjectThreshold: streamAbove}
			stores = append(stores, filesystem.NewObjectStorageWithOptions(layout, cache.NewObjectLRU(storeCache), options))
			more, err := alternates(dir)
			if err != nil {
				return nil, err
			}
			next = append(next, more...)
		}
		dirs = next
	}
	return stores, nil
}

// alternates reads objects/info/alternates; relative entries begin at objects.
func alternates(objects string) ([]string, error) {
	b, err := readSmall(filepath.Join(objects, "info", "alternates"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read alternates: %w", err)
	}
	var dirs []string
	for line := range strings.SplitSeq(string(b), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if line != "" && !strings.HasPrefix(line, "#") {
			dirs = append(dirs, absolute(objects, line))
		}
	}
	return dirs, nil
}

// storeLookup takes full ids only, and leaves the kind of what is larger than
// any commit or tree open: go-git would unpack it to tell.
func (o *objectReader) storeLookup(id string) (header, error) {
	if len(id) != 40 || !IsID(id) {
		return header{}, errMissing
	}
	size, err := o.storeSize(id)
	if err != nil || size > maxMeta {
		return header{id: id, size: size}, err
	}
	object, err := o.storeObject(id)
	if err != nil {
		return header{}, err
	}
	return header{object.Hash().String(), object.Type().String(), object.Size()}, nil
}

func (o *objectReader) storeObject(id string) (plumbing.EncodedObject, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	want := plumbing.NewHash(id)
	for _, s := range o.stores {
		object, err := s.EncodedObject(plumbing.AnyObject, want)
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("object %s: %w", id, err)
		}
		return object, nil
	}
	return nil, errMissing
}

// storeSize asks without unpacking.
func (o *objectReader) storeSize(id string) (int64, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.stores {
		size, err := s.EncodedObjectSize(plumbing.NewHash(id))
		if errors.Is(err, plumbing.ErrObjectNotFound) {
			continue
		}
		return size, err
	}
	return 0, errMissing
}

func (o *objectReader) storeRead(id, kind string, limit int64, w io.Writer) (err error) {
	size, err := o.storeSize(id)
	if errors.Is(err, errMissing) {
		return missingObject(kind, id)
	}
	if err == nil && size > limit {
		return tooLarge(header{id, kind, size}, limit)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", kind, id, err)
	}
	object, err := o.storeObject(id)
	if err != nil {
		return fmt.Errorf("%s %s: %w", kind, id, err)
	}
	r, err := object.Reader()
	if err != nil {
		return fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	h := header{id, object.Type().String(), object.Size()}
	if err := errors.Join(o.copy(h, id, kind, r, w), r.Close()); err != nil {
		return fmt.Errorf("read %s %s: %w", kind, id, err)
	}
	return nil
}
