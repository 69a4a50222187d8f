package bitcoin

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

func storeIn(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStore(t *testing.T) {
	s := synthesize(t, 2, 2*Period, 600)
	dir := filepath.Join(t.TempDir(), "git-anchor", "headers")
	store := storeIn(t, dir)
	if _, ok := store.Period(s.Network, 1); ok {
		t.Error("a period in an empty store")
	}
	if err := store.Put(s.Network, 1, s.headers[Period:]); err != nil {
		t.Fatal(err)
	}
	if run, ok := store.Period(s.Network, 1); !ok || !slices.Equal(run, s.headers[Period:]) {
		t.Error("not what was put into it")
	}
	for _, period := range []uint64{0, 2, 1 << 60} {
		if _, ok := store.Period(s.Network, period); ok {
			t.Errorf("period %d", period)
		}
	}
	if _, ok := store.Period(Mainnet(), 1); ok {
		t.Error("another network's period")
	}
	left, err := os.ReadDir(filepath.Join(dir, "synthetic"))
	if err != nil || len(left) != 1 || left[0].Name() != "0001.bin" {
		t.Errorf("files %v, %v", left, err)
	}
	for _, tt := range []struct {
		name   string
		period uint64
		run    []Header
		want   string
	}{
		{"part", 1, s.headers[Period+1:], "keep headers: 2015 of them are not a period"},
		{"more", 1, s.headers[Period-1:], "keep headers: 2017 of them are not a period"},
		{"above the table", 2, s.headers[Period:], "keep headers: headers 4032 to 6047 do not end on the row of their period in the table"},
	} {
		if err := store.Put(s.Network, tt.period, tt.run); err == nil || err.Error() != tt.want {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestOpenStoreRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{"": "open cache of headers: no directory", file: "open cache of headers: " + file + " is not a directory"} {
		if _, err := OpenStore(dir); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", dir, err, want)
		}
	}
}

// TestStoreDamaged: what somebody else may have put in a file's place is neither
// believed nor in the way of the next Put.
func TestStoreDamaged(t *testing.T) {
	s := synthesize(t, 2, 2*Period, 600)
	fork := s.mine(t, s.headers[:3000], 2*Period-3000, 600)
	raw := func(run []Header) []byte {
		var b []byte
		for _, h := range run {
			b = append(b, h[:]...)
		}
		return b
	}
	good := raw(s.headers[Period:])
	for _, tt := range []struct {
		name string
		put  func(path string) error
	}{
		{"empty", func(path string) error { return os.WriteFile(path, nil, 0o600) }},
		{"truncated", func(path string) error { return os.WriteFile(path, good[:len(good)-1], 0o600) }},
		{"longer", func(path string) error { return os.WriteFile(path, append(bytes.Clone(good), 0), 0o600) }},
		{"one bit", func(path string) error {
			b := bytes.Clone(good)
			b[len(b)/2] ^= 1
			return os.WriteFile(path, b, 0o600)
		}},
		{"another period", func(path string) error { return os.WriteFile(path, raw(s.headers[:Period]), 0o600) }},
		{"a fork with all its work", func(path string) error { return os.WriteFile(path, raw(fork[Period:]), 0o600) }},
		{"a link", func(path string) error {
			if err := os.WriteFile(path+".elsewhere", good, 0o600); err != nil {
				return err
			}
			return os.Symlink(path+".elsewhere", path)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			store, path := storeIn(t, dir), filepath.Join(dir, "synthetic", "0001.bin")
			if err := store.Put(s.Network, 1, s.headers[Period:]); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(os.Remove(path), tt.put(path)); err != nil {
				t.Fatal(err)
			}
			if _, ok := store.Period(s.Network, 1); ok {
				t.Fatal("believed")
			}
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("still there: %v", err)
			}
			carrier := &bringer{name: "a", headers: s.headers}
			c := NewChain(s.Network, Options{Store: store, Carriers: []Named{{carrier, true}}})
			if e := c.Root(t.Context(), Period+7, s.headers[Period+7].MerkleRoot()); e.Rung != RungChain || carrier.asked.Load() != 1 {
				t.Errorf("not fetched again: %+v", e)
			}
			if _, ok := store.Period(s.Network, 1); !ok {
				t.Error("not healed")
			}
		})
	}
}

// TestStoreDirectoryInPlace: a directory is left alone, and costs nothing but
// the cache.
func TestStoreDirectoryInPlace(t *testing.T) {
	s := synthesize(t, 1, Period, 600)
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "synthetic", "0000.bin", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	store := storeIn(t, dir)
	if _, ok := store.Period(s.Network, 0); ok {
		t.Error("read from a directory")
	}
	if err := store.Put(s.Network, 0, s.headers); err == nil {
		t.Error("replaced a directory")
	}
	left, err := os.ReadDir(filepath.Join(dir, "synthetic"))
	if err != nil || len(left) != 1 {
		t.Errorf("%d files left, %v", len(left), err)
	}
	c := NewChain(s.Network, Options{Store: store, Carriers: []Named{{&bringer{name: "a", headers: s.headers}, true}}})
	if e := c.Root(t.Context(), 7, s.headers[7].MerkleRoot()); e.Rung != RungChain {
		t.Errorf("%+v", e)
	}
}

// TestStoreShared: many at once read and write one period; all that is ever
// read is whole.
func TestStoreShared(t *testing.T) {
	s := synthesize(t, 1, Period, 600)
	dir := t.TempDir()
	var run sync.WaitGroup
	for range 8 {
		run.Go(func() {
			store := storeIn(t, dir)
			for range 5 {
				if err := store.Put(s.Network, 0, s.headers); err != nil {
					t.Error(err)
				}
				if _, ok := store.Period(s.Network, 0); !ok {
					t.Error("a period that was put is not there")
				}
			}
		})
	}
	run.Wait()
}

// FuzzStore: whatever a file holds, only the true headers come out of it.
func FuzzStore(f *testing.F) {
	s := synthesize(f, 1, Period, 600)
	f.Add(uint16(0), uint16(periodSize>>8), byte(0))
	f.Add(uint16(100), uint16(0), byte(1))
	f.Add(uint16(65535), uint16(periodSize>>8), byte(255))
	dir := f.TempDir()
	store := storeIn(f, dir)
	path := filepath.Join(dir, "synthetic", "0000.bin")
	var good []byte
	for _, h := range s.headers {
		good = append(good, h[:]...)
	}
	f.Fuzz(func(t *testing.T, at, size uint16, flip byte) {
		if err := store.Put(s.Network, 0, s.headers); err != nil {
			t.Fatal(err)
		}
		raw := bytes.Clone(good)
		raw[int(at)*2%len(raw)] ^= flip
		raw = raw[:min(len(raw), int(size)<<8|0xff)]
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		run, ok := store.Period(s.Network, 0)
		if ok != bytes.Equal(raw, good) || ok && !slices.Equal(run, s.headers) {
			t.Errorf("believed %t", ok)
		}
	})
}
