package objects

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// noise cannot be compressed, so that its file is as large as it is.
func noise(n int) string {
	b := make([]byte, n)
	x := uint32(n)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return string(b)
}

func looseStream(content string) []byte {
	return deflated(append(fmt.Appendf(nil, "blob %d\x00", len(content)), content...))
}

// Files that are not read at once, and objects that are not held.
func TestLargeObjects(t *testing.T) {
	middle, large := noise(1<<20+1), noise(streamAbove+1)
	dir := packDir(t, []rawEntry{{id: blobID(large + "packed"), kind: Blob, data: []byte(large + "packed")}})
	want := map[ID]object{blobID(large + "packed"): {"blob", large + "packed"}}
	for _, text := range []string{middle, large} {
		loosen(t, dir, blobID(text), looseStream(text))
		want[blobID(text)] = object{"blob", text}
	}
	both(t, func(t *testing.T, o Options) {
		s := openStore(t, o, dir)
		same(t, s, want)
		found, bad, err := collect(t, s, ScanOptions{Kind: Blob, Verify: true})
		if err != nil || len(bad) > 0 || len(found) != len(want) {
			t.Errorf("scan: %d found, %v, %v", len(found), bad, err)
		}
	})
}

func TestDamagedLargeObjects(t *testing.T) {
	text := noise(streamAbove + 1)
	id, good := blobID(text), looseStream(text)
	flipped := bytes.Clone(good)
	flipped[len(flipped)-1] ^= 1
	short := fmt.Appendf(nil, "blob %d\x00%s", len(text)+1, text)
	tests := []struct {
		name   string
		stream []byte
		says   string
	}{
		{"cut", good[:len(good)-100], "unexpected EOF"},
		{"checksum", flipped, "invalid checksum"},
		{"more behind", append(bytes.Clone(good), 'x'), "something follows"},
		{"shorter", deflated(short), "8388609 bytes, not the 8388610 announced"},
		{"longer", deflated(append(fmt.Appendf(nil, "blob %d\x00", len(text)), text+"x"...)), "more bytes than the 8388609 announced"},
		{"other bytes", looseStream("x" + text[1:]), "its bytes have the id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			loosen(t, dir, id, tt.stream)
			s := openStore(t, Options{}, dir)
			if _, _, err := s.Bytes(t.Context(), id, 1<<30); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Bytes: %v", err)
			}
			if _, err := s.Read(t.Context(), id, 1<<30, io.Discard); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Read: %v", err)
			}
		})
	}
	packed := []rawEntry{{id: id, kind: Blob, data: []byte(text), raw: deflated([]byte("x" + text[1:]))}}
	both(t, func(t *testing.T, o Options) {
		s := openStore(t, o, packDir(t, packed))
		if _, err := s.Read(t.Context(), id, 1<<30, io.Discard); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "its bytes have the id") {
			t.Errorf("Read: %v", err)
		}
	})
}

// A writer's failure is not taken for the object's: no other copy is tried.
func TestWriterFails(t *testing.T) {
	full := errors.New("disk full")
	for _, text := range []string{"small", noise(streamAbove + 1)} {
		id := blobID(text)
		e := rawEntry{id: id, kind: Blob, data: []byte(text)}
		s := openStore(t, Options{}, packDir(t, []rawEntry{e}, []rawEntry{e}))
		w := &failing{err: full}
		if _, err := s.Read(t.Context(), id, 1<<30, w); !errors.Is(err, full) || errors.Is(err, ErrCorrupt) || w.calls != 1 {
			t.Errorf("%d bytes: %v after %d calls", len(text), err, w.calls)
		}
	}
}

type failing struct {
	err   error
	calls int
}

func (f *failing) Write([]byte) (int, error) {
	f.calls++
	return 0, f.err
}

// More than MaxHeld bytes that are not what they should be: the reader's end
// tells.
func TestDamagedBigBlob(t *testing.T) {
	text := strings.Repeat("0123456789abcde\n", MaxHeld/16) + "!"
	id := blobID(text)
	loose := fmt.Appendf(nil, "blob %d\x00?%s", len(text), text[1:])
	packed := packDir(t, []rawEntry{{id: id, kind: Blob, data: []byte("?" + text[1:])}})
	unpacked := t.TempDir()
	loosen(t, unpacked, id, deflated(loose))
	for _, dir := range []string{packed, unpacked} {
		s := openStore(t, Options{}, dir)
		_, bad, err := collect(t, s, ScanOptions{Kind: Blob, Verify: true})
		if err != nil || !errors.Is(bad[id], ErrCorrupt) {
			t.Errorf("%v, %v", bad, err)
		}
	}
}
