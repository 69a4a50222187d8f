package objects

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func both(t *testing.T, test func(t *testing.T, o Options)) {
	t.Run("mapped", func(t *testing.T) { test(t, Options{}) })
	t.Run("unmapped", func(t *testing.T) { test(t, Options{unmapped: true}) })
}

// A pack with one thing wrong: which error there is, and what it says.
func TestDamagedObjects(t *testing.T) {
	const base, text = "the base\n", "the base\nand more\n"
	id, baseID := blobID(text), blobID(base)
	good := rawEntry{id: baseID, kind: Blob, data: []byte(base)}
	delta := func(data []byte) []rawEntry {
		return []rawEntry{good, {id: id, kind: ofsDelta, back: 1, data: data}}
	}
	whole := func(e rawEntry) []rawEntry {
		e.id = id
		return []rawEntry{e}
	}
	stream := deflated([]byte(text))
	flipped := bytes.Clone(stream)
	flipped[len(flipped)-1] ^= 1
	tests := []struct {
		name    string
		entries []rawEntry
		is      error
		says    string
	}{
		{"good", whole(rawEntry{kind: Blob, data: []byte(text)}), nil, ""},
		{"good delta", delta(deltaOf(base, "and more\n")), nil, ""},
		{"other bytes", whole(rawEntry{kind: Blob, data: []byte("others\n")}), ErrCorrupt, "its bytes have the id"},
		{"other kind", whole(rawEntry{kind: Tag, data: []byte(text)}), ErrCorrupt, "its bytes have the id"},
		{"kind 0", whole(rawEntry{kind: 0, data: []byte(text)}), ErrCorrupt, "no entry at offset 12"},
		{"kind 5", whole(rawEntry{kind: 5, data: []byte(text)}), ErrCorrupt, "no entry at offset 12"},
		{"shorter than announced", whole(rawEntry{kind: Blob, size: 30, data: []byte(text)}), ErrCorrupt, "18 bytes, not the 30 announced"},
		{"longer than announced", whole(rawEntry{kind: Blob, size: 17, data: []byte(text)}), ErrCorrupt, "more bytes than the 17 announced"},
		{"more than can be", whole(rawEntry{kind: Blob, size: 1 << 40, data: []byte(text)}), ErrCorrupt, "1099511627776 bytes announced and"},
		{"checksum", whole(rawEntry{kind: Blob, data: []byte(text), raw: flipped}), ErrCorrupt, "zlib: invalid checksum"},
		{"cut off", whole(rawEntry{kind: Blob, data: []byte(text), raw: stream[:10]}), ErrCorrupt, "unexpected EOF"},
		{"no stream", whole(rawEntry{kind: Blob, data: []byte(text), raw: []byte("not zlib")}), ErrCorrupt, "zlib: invalid header"},
		{"delta of nothing", delta([]byte{}), ErrCorrupt, "a delta's sizes are damaged"},
		{"delta for another base", delta(deltaOf(base+"x", "and more\n")), ErrCorrupt, "a delta for 10 bytes builds on 9"},
		{"delta copies beyond", delta([]byte{9, 18, 0x91, 1, 9}), ErrCorrupt, "copies what its base has not"},
		{"delta reserved", delta([]byte{9, 18, 0}), ErrCorrupt, "reserved instruction"},
		{"delta ends early", delta([]byte{9, 18, 18, 'x'}), ErrCorrupt, "ends early"},
		{"delta too short", delta([]byte{9, 18, 1, 'x'}), ErrCorrupt, "a delta gives 1 bytes, not the 18 announced"},
		{"delta too long", delta([]byte{9, 18, 0x90, 9, 0x90, 9, 1, 'x'}), ErrCorrupt, "longer than announced"},
		{"delta bomb", delta([]byte{9, 0xff, 0xff, 0xff, 0x7f, 0x90, 9}), ErrCorrupt, "announces 268435455"},
		{"base missing", whole(rawEntry{kind: refDelta, base: blobID("nowhere"), data: deltaOf(base, "")}), ErrCorrupt, "which a delta builds on"},
		{"its own base", whole(rawEntry{kind: refDelta, base: id, data: deltaOf(base, "")}), ErrCorrupt, "more than 4096 deltas deep"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, o Options) {
				s := openStore(t, o, packDir(t, tt.entries))
				_, data, err := s.Bytes(t.Context(), id, 1<<30)
				if !errors.Is(err, tt.is) || err != nil && !strings.Contains(err.Error(), tt.says) {
					t.Errorf("Bytes: %v", err)
				}
				if tt.is == nil && string(data) != text {
					t.Errorf("got %q", data)
				}
				found, bad, err := collect(t, s, ScanOptions{Kind: Blob, Verify: true})
				if err != nil {
					t.Errorf("Scan: %v", err)
				}
				if o, ok := found[id]; ok != (tt.is == nil) || ok && o.data != text {
					t.Errorf("Scan found %q", o.data)
				}
				if err := bad[id]; !errors.Is(err, tt.is) && tt.name != "other kind" {
					t.Errorf("Scan: %v", err)
				}
			})
		})
	}
}

// A circle of three, which no object is outside of.
func TestCircle(t *testing.T) {
	a, b, c := blobID("a"), blobID("b"), blobID("c")
	d := deltaOf("x", "")
	s := openStore(t, Options{}, packDir(t, []rawEntry{
		{id: a, kind: refDelta, base: b, data: d}, {id: b, kind: refDelta, base: c, data: d}, {id: c, kind: refDelta, base: a, data: d},
		{id: blobID("d"), kind: Blob, data: []byte("d")},
	}))
	if _, _, err := s.Header(t.Context(), a); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "deltas deep") {
		t.Errorf("Header: %v", err)
	}
	found, bad, err := collect(t, s, ScanOptions{Kind: Blob})
	if err != nil || len(found) != 1 || len(bad) != 3 {
		t.Errorf("found %d and %v, %v", len(found), bad, err)
	}
	for id, err := range bad {
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "its chain of deltas has no end") {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func TestLongestChain(t *testing.T) {
	entries := []rawEntry{{id: blobID("x"), kind: Blob, data: []byte("x")}}
	text := "x"
	for range maxChain + 1 {
		more := string(rune('a' + len(text)%26))
		d := deltaOf(text, more)
		text += more
		entries = append(entries, rawEntry{id: blobID(text), kind: ofsDelta, back: 1, data: d})
	}
	s := openStore(t, Options{Cache: -1}, packDir(t, entries))
	last, beyond := entries[maxChain].id, entries[maxChain+1].id
	if _, data, err := s.Bytes(t.Context(), last, 1<<20); err != nil || string(data) != text[:len(text)-1] {
		t.Errorf("%d deltas: %d bytes, %v", maxChain, len(data), err)
	}
	if _, _, err := s.Header(t.Context(), last); err != nil {
		t.Errorf("%d deltas: %v", maxChain, err)
	}
	if _, _, err := s.Bytes(t.Context(), beyond, 1<<20); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%d deltas: %v", maxChain+1, err)
	}
	if _, _, err := s.Header(t.Context(), beyond); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%d deltas: %v", maxChain+1, err)
	}
	found, bad, err := collect(t, s, ScanOptions{Kind: Blob})
	if err != nil || len(found) != maxChain+1 || len(bad) != 1 || !errors.Is(bad[beyond], ErrCorrupt) {
		t.Errorf("scan: %d found, %v, %v", len(found), bad, err)
	}
}

// Deltas to objects of another pack, and to loose ones.
func TestThinPack(t *testing.T) {
	base, loose := "a base in another pack\n", "a loose base\n"
	dir := packDir(t,
		[]rawEntry{
			{id: blobID(base + "1"), kind: refDelta, base: blobID(base), data: deltaOf(base, "1")},
			{id: blobID(base + "12"), kind: ofsDelta, back: 1, data: deltaOf(base+"1", "2")},
			{id: blobID(loose + "1"), kind: refDelta, base: blobID(loose), data: deltaOf(loose, "1")},
		},
		[]rawEntry{{id: blobID(base), kind: Blob, data: []byte(base)}})
	loosen(t, dir, blobID(loose), deflated([]byte("blob 13\x00"+loose)))
	both(t, func(t *testing.T, o Options) {
		s := openStore(t, o, dir)
		want := map[ID]object{}
		for _, text := range []string{base, base + "1", base + "12", loose, loose + "1"} {
			want[blobID(text)] = object{"blob", text}
		}
		same(t, s, want)
		scanned(t, s, want)
	})
}

func TestLimit(t *testing.T) {
	text := strings.Repeat("text\n", 100)
	big := strings.Repeat("0123456789abcdef", streamAbove/16) + "!"
	dir := packDir(t, []rawEntry{
		{id: blobID(text), kind: Blob, data: []byte(text)},
		{id: blobID(text + "1"), kind: ofsDelta, back: 1, data: deltaOf(text, "1")},
		{id: blobID(big), kind: Blob, data: []byte(big)},
	})
	loosen(t, dir, blobID("loose"), deflated([]byte("blob 5\x00loose")))
	loosen(t, dir, blobID(big+"?"), deflated([]byte("blob 8388610\x00"+big+"?")))
	both(t, func(t *testing.T, o Options) {
		s := openStore(t, o, dir)
		for _, text := range []string{text, text + "1", big, "loose", big + "?"} {
			id, size := blobID(text), int64(len(text))
			for range 2 { // the second time from the cache
				if _, data, err := s.Bytes(t.Context(), id, size); err != nil || string(data) != text {
					t.Errorf("limit %d: %d bytes, %v", size, len(data), err)
				}
				if _, _, err := s.Bytes(t.Context(), id, size-1); !errors.Is(err, ErrTooLarge) {
					t.Errorf("Bytes, limit %d: %v", size-1, err)
				}
				var b bytes.Buffer
				if _, err := s.Read(t.Context(), id, size-1, &b); !errors.Is(err, ErrTooLarge) || b.Len() > 0 {
					t.Errorf("Read, limit %d: %v", size-1, err)
				}
				if _, err := s.Read(t.Context(), id, size, &b); err != nil || b.String() != text {
					t.Errorf("Read, limit %d: %d bytes, %v", size, b.Len(), err)
				}
			}
		}
	})
}

// What is damaged here is whole elsewhere.
func TestOtherCopy(t *testing.T) {
	text := "an object that is in two packs\n"
	bad := rawEntry{id: blobID(text), kind: Blob, data: []byte(text), raw: []byte("damaged")}
	child := rawEntry{id: blobID(text + "1"), kind: ofsDelta, back: 1, data: deltaOf(text, "1")}
	good := rawEntry{id: blobID(text), kind: Blob, data: []byte(text)}
	dir := packDir(t, []rawEntry{bad, child}, []rawEntry{good})
	s := openStore(t, Options{}, dir)
	if _, data, err := s.Bytes(t.Context(), blobID(text), 100); err != nil || string(data) != text {
		t.Errorf("%q, %v", data, err)
	}
	found, _, err := collect(t, s, ScanOptions{Kind: Blob})
	if err != nil || found[blobID(text)].data != text {
		t.Errorf("%v, %v", found, err)
	}
}

func TestDamagedLoose(t *testing.T) {
	id := blobID("text")
	tests := []struct {
		name   string
		stream []byte
		says   string
	}{
		{"empty file", nil, "without its kind"},
		{"no zero byte", deflated([]byte("blob 4 text and so on, for more than it may be")), "without its kind"},
		{"size", deflated([]byte("blob 04\x00text")), `begins "blob 04"`},
		{"negative", deflated([]byte("blob -4\x00text")), `begins "blob -4"`},
		{"kind", deflated([]byte("blub 4\x00text")), `begins "blub 4"`},
		{"shorter", deflated([]byte("blob 5\x00text")), "announced"},
		{"longer", deflated([]byte("blob 3\x00text")), "announced"},
		{"bomb", deflated([]byte("blob 4000000000\x00text")), "4000000000 bytes in a file of"},
		{"more behind", append(deflated([]byte("blob 4\x00text")), 'x'), "something follows"},
		{"other kind", deflated([]byte("tag 4\x00text")), "its bytes have the id"},
		{"not zlib", []byte("blob 4\x00text"), "zlib: invalid header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			loosen(t, dir, id, tt.stream)
			s := openStore(t, Options{}, dir)
			if _, _, err := s.Bytes(t.Context(), id, 1<<40); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Bytes: %v", err)
			}
			found, bad, err := collect(t, s, ScanOptions{Kind: Blob, Verify: true})
			if err != nil || len(found) != 0 || tt.name != "other kind" && !errors.Is(bad[id], ErrCorrupt) {
				t.Errorf("Scan: %v, %v, %v", found, bad, err)
			}
		})
	}
}

func TestDamagedFiles(t *testing.T) {
	id := blobID("text")
	pack, idx := makePack([]rawEntry{{id: id, kind: Blob, data: []byte("text")}})
	change := func(b []byte, at int, with ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], with)
		return b
	}
	tests := []struct {
		name      string
		pack, idx []byte
		says      string
	}{
		{"index empty", pack, nil, "ends early"},
		{"index cut", pack, idx[:len(idx)-1], "a pack index of 1 objects has"},
		{"index version 3", pack, change(idx, 7, 3), "unknown version"},
		{"index counts down", pack, change(idx, 8, 0xff), "counts down"},
		{"index of many", pack, change(idx, 8+255*4, 0xff, 0xff, 0xff, 0xff), "a pack index of 4294967295 objects"},
		{"offset beyond the pack", pack, change(idx, len(idx)-44, 0x7f), "offset"},
		{"offset in the head", pack, change(idx, len(idx)-44, 0, 0, 0, 1), "offset 1 of"},
		{"offset of 64 bits, not there", pack, change(idx, len(idx)-44, 0x80), "beyond those of the pack index"},
		{"pack of another index", change(pack, len(pack)-1, pack[len(pack)-1]^1), idx, "the index is for another pack"},
		{"pack version 4", change(pack, 7, 4), idx, "version 2 or 3"},
		{"pack cut", pack[:20], idx, "a pack of 20 bytes"},
		{"pack empty", nil, idx, "a pack of 0 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, o Options) {
				dir := t.TempDir()
				writePack(t, dir, "x", tt.pack, tt.idx)
				loosen(t, dir, blobID("other"), deflated([]byte("blob 5\x00other")))
				s := openStore(t, o, dir)
				for range 30 {
					_, _, err := s.Bytes(t.Context(), id, 100)
					if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) {
						t.Fatalf("Bytes: %v", err)
					}
				}
				if n := len(s.old); n > 0 {
					t.Errorf("opened the pack %d times again", n)
				}
				found, bad, err := collect(t, s, ScanOptions{Kind: Blob})
				if err == nil {
					err = bad[id]
				}
				if len(found) != 1 || !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), tt.says) && !strings.Contains(err.Error(), "offset 0 of") {
					t.Errorf("Scan: %v, %v, %v", found, bad, err)
				}
			})
		})
	}
}

// An index that says one is where the other is.
func TestSwapped(t *testing.T) {
	a, b := blobID("one"), blobID("two")
	s := openStore(t, Options{}, packDir(t, []rawEntry{{id: a, kind: Blob, data: []byte("two")}, {id: b, kind: Blob, data: []byte("one")}}))
	if _, _, err := s.Bytes(t.Context(), a, 100); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), b.String()) {
		t.Errorf("Bytes: %v", err)
	}
	_, bad, err := collect(t, s, ScanOptions{Kind: Blob, Verify: true})
	if err != nil || len(bad) != 2 {
		t.Errorf("verified scan: %v, %v", bad, err)
	}
	found, bad, err := collect(t, s, ScanOptions{Kind: Blob})
	if err != nil || len(bad) != 0 || found[a].data != "two" {
		t.Errorf("plain scan: %v, %v, %v", found, bad, err)
	}
}

// Both documents of shattered.io begin with bytes made to collide, which do so
// without git's header only.
func TestCollision(t *testing.T) {
	lines := 0
	for line := range strings.Lines(string(readFile(t, "../testdata/collision.hex"))) {
		lines++
		data, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		h := NewHash(SHA1, Blob, int64(len(data)))
		h.Reset()
		h.Write(data)
		if err := checkHash(h, rawID(h.Sum(nil))); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "collide") {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
	if lines == 0 {
		t.Error("no lines")
	}
}

// Somebody cuts the pack short under our hands: an error, not the end of the
// process.
func TestCutShort(t *testing.T) {
	var entries []rawEntry
	for i := range 200 {
		noise := make([]byte, 5000)
		for j := range noise {
			noise[j] = byte(i*j) ^ byte(j>>8*i)
		}
		entries = append(entries, rawEntry{id: blobID(string(noise)), kind: Blob, data: noise})
	}
	both(t, func(t *testing.T, o Options) {
		dir := packDir(t, entries)
		s := openStore(t, o, dir)
		if _, _, err := s.Bytes(t.Context(), entries[0].id, 1<<20); err != nil {
			t.Fatal(err)
		}
		truncate(t, filepath.Join(dir, "pack/a.pack"), 4096)
		if _, _, err := s.Bytes(t.Context(), entries[199].id, 1<<20); !errors.Is(err, ErrCorrupt) {
			t.Errorf("pack: %v", err)
		}
		_, bad, err := collect(t, s, ScanOptions{Kind: Blob})
		if len(bad) == 0 && !errors.Is(err, ErrCorrupt) {
			t.Errorf("scan: %v", err)
		}
		truncate(t, filepath.Join(dir, "pack/a.idx"), 0)
		if _, _, err := s.Bytes(t.Context(), entries[0].id, 1<<20); !errors.Is(err, ErrCorrupt) {
			t.Errorf("index: %v", err)
		}
	})
}

// Names that are no regular files must not hold us.
func TestNotFiles(t *testing.T) {
	dir := t.TempDir()
	id := blobID("text")
	for _, name := range []string{"pack/x.pack", "pack/x.idx", "info/alternates/x"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open([]string{dir}, Options{}); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "alternates is not a regular file") {
		t.Errorf("alternates: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "info")); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, Options{}, dir)
	if _, _, err := s.Bytes(t.Context(), id, 100); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "x.idx is not a regular file") {
		t.Errorf("pack: %v", err)
	}
	if err := os.MkdirAll(loosePath(dir, id), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Bytes(t.Context(), id, 100); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("loose: %v", err)
	}
}

func TestStop(t *testing.T) {
	r := newRepo(t)
	r.fill(2, 20)
	s := openStore(t, Options{}, r.objects())
	other := errors.New("other")
	for _, want := range []error{ErrStop, other} {
		n := 0
		err := s.Scan(t.Context(), ScanOptions{Kind: Blob, Workers: 1}, func(Object) error {
			n++
			return want
		})
		if n != 1 || want == ErrStop && err != nil || want == other && !errors.Is(err, other) {
			t.Errorf("visited %d, %v", n, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Scan(ctx, ScanOptions{Kind: Blob}, func(Object) error {
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if err := s.Scan(ctx, ScanOptions{Kind: Blob}, func(Object) error { return other }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: %v", err)
	}
	if err := s.Scan(t.Context(), ScanOptions{}, func(Object) error { return nil }); err == nil || !strings.Contains(err.Error(), "no such kind") {
		t.Errorf("no kind: %v", err)
	}
}

// More than MaxHeld bytes come by a reader, whatever they are stored as.
func TestBigBlobs(t *testing.T) {
	big := strings.Repeat("0123456789abcde\n", MaxHeld/16)
	at, above, delta, child := big, big+"!", big+"?", big[:1000]
	small := []byte{0x80, 0x80, 0x80, 0x20, 0xe8, 0x07, 0xb0, 0xe8, 0x03}
	dir := packDir(t, []rawEntry{
		{id: blobID(at), kind: Blob, data: []byte(at)},
		{id: blobID(delta), kind: ofsDelta, back: 1, data: deltaOf(at, "?")},
		{id: blobID(above), kind: Blob, data: []byte(above)},
		{id: blobID(child), kind: ofsDelta, back: 3, data: small},
		{id: blobID(delta + "."), kind: ofsDelta, back: 3, data: deltaOf(delta, ".")},
		{id: blobID(above + "."), kind: ofsDelta, back: 3, data: deltaOf(above, ".")},
	})
	loosen(t, dir, blobID(above+"loose"), deflated([]byte("blob 67108870\x00"+above+"loose")))
	want := map[ID]string{}
	for _, text := range []string{at, above, delta, child, delta + ".", above + ".", above + "loose"} {
		want[blobID(text)] = text
	}
	both(t, func(t *testing.T, o Options) {
		s := openStore(t, o, dir)
		seen := 0
		err := s.Scan(t.Context(), ScanOptions{Kind: Blob, Workers: 1, Verify: true}, func(o Object) error {
			seen++
			if o.Err != nil || (o.Reader != nil) != (o.Size > MaxHeld) || o.Size != int64(len(want[o.ID])) {
				t.Errorf("%s: %d bytes, reader %v, %v", o.ID, o.Size, o.Reader != nil, o.Err)
				return nil
			}
			if o.Reader != nil {
				var b bytes.Buffer
				_, err := io.Copy(&b, o.Reader)
				o.Data = b.Bytes()
				if err != nil {
					t.Error(err)
				}
			}
			if string(o.Data) != want[o.ID] {
				t.Errorf("%s: other bytes", o.ID)
			}
			return nil
		})
		if err != nil || seen != len(want) {
			t.Errorf("visited %d of %d, %v", seen, len(want), err)
		}
	})
}
