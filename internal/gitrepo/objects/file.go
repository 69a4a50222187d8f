package objects

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
)

// file is a file of the store that is read at any place. Its size is what it
// was when opened.
type file struct {
	info os.FileInfo
	size int64
	mem  []byte   // the file's bytes, where it is mapped
	f    *os.File // open, where it is not
}

// openFile opens a regular file. A map outlives the file's handle and name, so
// that neither many packs nor a repack are in the way.
func openFile(name string, mapped bool) (*file, error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	open := &file{info: info, size: info.Size(), f: f}
	if !mapped {
		return open, nil
	}
	if open.mem = mapFile(f, open.size); open.mem != nil {
		open.f = nil
		return open, f.Close()
	}
	return open, nil
}

// openRegular never waits for a pipe's other end. A name that is not there is
// an errGone.
func openRegular(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|noWait, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", errGone, err)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = corrupt("%s is not a regular file", name)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// view gives n bytes at off: of the map, or copied into buf, which is replaced
// when it is too small. They are not to be written to.
func (f *file) view(off, n int64, buf []byte) ([]byte, error) {
	if off < 0 || n < 0 || n > f.size || off > f.size-n {
		return nil, corrupt("bytes %d to %d of %d", off, off+n, f.size)
	}
	if f.mem != nil {
		return f.mem[off : off+n : off+n], nil
	}
	if int64(cap(buf)) < n {
		buf = make([]byte, n)
	}
	buf = buf[:n]
	if _, err := f.f.ReadAt(buf, off); err != nil {
		if err == io.EOF {
			err = corrupt("%s was cut short while it was read", f.info.Name())
		}
		return nil, err
	}
	return buf, nil
}

func (f *file) close() error {
	if f.mem != nil {
		mem := f.mem
		f.mem = nil
		return unmap(mem)
	}
	if f.f == nil {
		return nil
	}
	return f.f.Close()
}

// guarded calls read, in which files may be mapped that somebody cuts short.
func guarded(read func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer onFault(&err)
	return read()
}

// onFault, deferred, makes such a file's panic an error.
func onFault(err *error) {
	r := recover()
	if r == nil {
		return
	}
	if _, fault := r.(interface{ Addr() uintptr }); !fault {
		panic(r)
	}
	*err = corrupt("a file was cut short while it was read")
}
