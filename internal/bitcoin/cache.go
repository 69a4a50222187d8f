package bitcoin

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A Store keeps whole periods of headers that were linked to the table, for
// ever: DIR/<network>/<period, at least four digits>.bin, its 2016 headers one
// after the other, as a mirror serves them. Any number of processes may share
// one. What a file says is believed when it links, whoever wrote it, so that no
// lock and no checksum is needed.
type Store struct{ dir string }

// OpenStore returns the store in a directory, which is made when something is
// first put into it.
func OpenStore(dir string) (*Store, error) {
	if dir == "" {
		return nil, errors.New("open cache of headers: no directory")
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return nil, fmt.Errorf("open cache of headers: %s is not a directory", dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open cache of headers: %w", err)
	}
	return &Store{dir}, nil
}

// open opens a network's directory, out of which no link leads.
func (s *Store) open(n *Network) (*os.Root, error) { return os.OpenRoot(filepath.Join(s.dir, n.name)) }

// Period returns the headers of a period, linked to the network's table. A file
// that does not link is removed, so that the next Put heals it.
func (s *Store) Period(n *Network, period uint64) ([]Header, bool) {
	if period >= n.periods() {
		return nil, false
	}
	root, err := s.open(n)
	if err != nil {
		return nil, false
	}
	defer root.Close()
	name := periodFile(period)
	raw, damaged := readPeriod(root, name)
	if raw != nil {
		run := make([]Header, Period)
		for i := range run {
			run[i] = Header(raw[i*HeaderSize:])
		}
		if n.Link(period*Period, run) == nil {
			return run, true
		}
		damaged = true
	}
	if damaged {
		// What cannot be removed is not believed the next time either.
		_ = root.Remove(name)
	}
	return nil, false
}

// readPeriod reads a file of exactly the right size; damaged means that there
// is something else in its place. A pipe put there is not opened: that would
// wait for its other end.
func readPeriod(root *os.Root, name string) (raw []byte, damaged bool) {
	info, err := root.Lstat(name)
	if err != nil {
		return nil, false
	}
	if !info.Mode().IsRegular() || info.Size() != periodSize {
		return nil, !info.IsDir()
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	raw = make([]byte, periodSize)
	if _, err := io.ReadFull(f, raw); err != nil {
		return nil, false // it is being changed, or cannot be read: not ours to judge
	}
	return raw, false
}

// Put keeps the headers of a whole period. It refuses what does not link.
func (s *Store) Put(n *Network, period uint64, headers []Header) (err error) {
	if len(headers) != Period {
		return fmt.Errorf("keep headers: %d of them are not a period", len(headers))
	}
	if err := n.Link(period*Period, headers); err != nil {
		return fmt.Errorf("keep headers: %w", err)
	}
	if err := os.MkdirAll(filepath.Join(s.dir, n.name), 0o700); err != nil {
		return fmt.Errorf("keep headers: %w", err)
	}
	root, err := s.open(n)
	if err != nil {
		return fmt.Errorf("keep headers: %w", err)
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	raw := make([]byte, 0, periodSize)
	for i := range headers {
		raw = append(raw, headers[i][:]...)
	}
	temp := "." + periodFile(period) + "." + rand.Text()
	if err = writeWhole(root, temp, raw); err == nil {
		err = root.Rename(temp, periodFile(period))
	}
	if err != nil {
		_ = root.Remove(temp) // it may not even be there; err says why
		return fmt.Errorf("keep headers: %w", err)
	}
	return nil
}

// writeWhole writes a new file down to the disk.
func writeWhole(root *os.Root, name string, raw []byte) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
