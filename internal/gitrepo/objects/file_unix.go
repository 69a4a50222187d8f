//go:build unix

package objects

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// noWait lets the opening of a pipe return at once.
const noWait = unix.O_NONBLOCK

// mapFile maps the file, or returns nil: it is then read by ReadAt.
func mapFile(f *os.File, size int64) []byte {
	if size <= 0 || size > math.MaxInt {
		return nil
	}
	mem, err := unix.Mmap(int(f.Fd()), 0, int(size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil
	}
	return mem
}

func unmap(mem []byte) error { return unix.Munmap(mem) }
