package gitrepo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"
)

const (
	// maxBase is how long a base name is repeated in its temporary's name,
	// in bytes; file systems take 255.
	maxBase = 200
	// lockWait is how long a write waits for another one of the same file.
	lockWait = 10 * time.Second
	lockPoll = 5 * time.Millisecond
	// writersAtOnce is how many files are on their way to the disk.
	writersAtOnce = 16
)

// File is one file of the work tree to write.
type File struct {
	Path string
	Data []byte
	Old  []byte // what it holds now; nil: it must not exist
}

// WriteFile writes a file of the work tree: all of it or nothing, also when
// the process is killed or the disk is full, and never through a symbolic
// link. With old nil the file must not exist (ErrExists); of two writers that
// both want to create it one wins. Otherwise it must still hold old
// (ErrChanged). What a killed run left beside it is removed. Concurrent use is
// fine; a write to the same file waits for the other one (ErrBusy in the end).
// Directories that a new file needs are made.
func (r *Repo) WriteFile(path string, data, old []byte) error {
	return r.WriteFiles([]File{{path, data, old}})[0]
}

// WriteFiles is WriteFile for many files, each for itself; an error's place is
// its file's. The waits for the disk overlap: a thousand files one after the
// other take seconds.
func (r *Repo) WriteFiles(files []File) []error {
	errs := make([]error, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(writersAtOnce, len(files)) {
		wg.Go(func() {
			for i := range next {
				errs[i] = r.writeFile(files[i])
			}
		})
	}
	for i := range files {
		next <- i
	}
	close(next)
	wg.Wait()
	// The new names are made to last once per directory.
	synced := map[string]error{}
	for i, f := range files {
		if errs[i] == nil {
			dir := path.Dir(f.Path)
			if _, done := synced[dir]; !done {
				synced[dir] = r.syncParent(f.Path)
			}
			errs[i] = synced[dir]
		}
		if errs[i] != nil {
			errs[i] = fmt.Errorf("write %q: %w", f.Path, errs[i])
		}
	}
	return errs
}

func (r *Repo) writeFile(file File) (err error) {
	dir, base, err := r.walkTo(file.Path, file.Old == nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	return put(dir, base, file, 0)
}

// put is writeFile in a directory; a mode other than 0 is the file's.
func put(dir *os.Root, base string, file File, mode fs.FileMode) (err error) {
	temp := tempName(base)
	f, err := createTemp(dir, temp)
	if err != nil {
		return err
	}
	placed := false
	defer func() {
		// Removed before its lock is let go: a waiting writer must not
		// find it, nor lose its own.
		if !placed {
			err = errors.Join(err, dir.Remove(temp))
		}
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := checkOld(dir, base, f, file.Old); err != nil {
		return err
	}
	if err := fill(f, file.Data, mode); err != nil {
		return err
	}
	if closeBeforeRename {
		err := f.Close()
		f = nil
		if err != nil {
			return err
		}
	}
	if file.Old == nil {
		placed, err = create(dir, temp, base)
	} else if err = dir.Rename(temp, base); err == nil {
		placed = true
	}
	return err
}

// fill writes a temporary to the disk.
func fill(f *os.File, data []byte, mode fs.FileMode) error {
	if mode != 0 {
		if err := f.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
	}
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

func (r *Repo) syncParent(path string) error {
	dir, _, err := r.openDir(path)
	if err != nil {
		return err
	}
	return errors.Join(syncDir(dir), dir.Close())
}

// tempName is the one name a temporary of base may have: it is the lock, too.
func tempName(base string) string {
	if len(base) > maxBase {
		sum := sha256.Sum256([]byte(base))
		base = strings.ToValidUTF8(base[:maxBase/2], "") + "-" + hex.EncodeToString(sum[:8])
	}
	return "." + base + ".git-anchor-new.tmp"
}

// createTemp makes the temporary and locks it. One that is there already is
// another writer's while that lives; a dead one's is removed, never written
// to: it may be a second name of the finished file.
func createTemp(dir *os.Root, name string) (*os.File, error) {
	for deadline := time.Now().Add(lockWait); ; {
		f, err := tryTemp(dir, name)
		if err != nil || f != nil {
			return f, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("%w: another process writes it; if none does, remove %s", ErrBusy, name)
		}
		time.Sleep(lockPoll)
	}
}

// tryTemp is one try; no file and no error: another writer has it.
func tryTemp(dir *os.Root, name string) (*os.File, error) {
	f, err := dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, removeDead(dir, name)
	}
	if err != nil {
		return nil, err
	}
	if lockErr := lockFile(f); (lockErr == nil || noLocks(lockErr)) && sameFile(dir, name, f) {
		return f, nil
	}
	// Another writer took it for a dead one's in between.
	return nil, f.Close()
}

func removeDead(dir *os.Root, name string) error {
	info, err := dir.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is in the way: %w", name, ErrNotRegular)
	}
	f, err := dir.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if lockFile(f) == nil && sameFile(dir, name, f) {
		if closeBeforeRename {
			return errors.Join(f.Close(), dir.Remove(name))
		}
		err = dir.Remove(name)
	}
	return errors.Join(err, f.Close())
}

// checkOld makes sure, under the lock, that base is absent or holds old; a
// file that is replaced keeps its permissions.
func checkOld(dir *os.Root, base string, temp *os.File, old []byte) error {
	f, err := openIn(dir, base)
	if old == nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			return errors.Join(ErrExists, f.Close())
		}
		if errors.Is(err, ErrSymlink) || errors.Is(err, ErrDirectory) || errors.Is(err, ErrNotRegular) {
			return fmt.Errorf("%w: %w", ErrExists, err)
		}
		return err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it is gone", ErrChanged)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	now, err := io.ReadAll(io.LimitReader(f, int64(len(old))+1))
	if err != nil {
		return err
	}
	if !bytes.Equal(now, old) {
		return ErrChanged
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := temp.Chmod(info.Mode().Perm()); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}

// create gives the temporary its name unless there is one already, whoever
// made it. placed: the temporary's own name is gone. A rename does both at once;
// a link leaves two names to whoever kills us in between, and is for systems
// and file systems that cannot rename so.
func create(dir *os.Root, temp, base string) (placed bool, err error) {
	renameErr := renameNoReplace(dir, temp, base)
	switch {
	case renameErr == nil:
		return true, nil
	case errors.Is(renameErr, fs.ErrExist):
		return false, ErrExists
	}
	err = dir.Link(temp, base)
	switch {
	case err == nil:
		return false, nil // the caller removes the temporary's name
	case errors.Is(err, fs.ErrExist):
		return false, ErrExists
	}
	return false, errors.Join(renameErr, err)
}
