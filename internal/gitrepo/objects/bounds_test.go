package objects

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

// chainOf gives a blob and deltas that each add a digit.
func chainOf(deltas int) (entries []rawEntry, texts []string) {
	text := strings.Repeat("0123456789abcde\n", 1000)
	entries, texts = []rawEntry{{id: blobID(text), kind: Blob, data: []byte(text)}}, []string{text}
	for i := range deltas {
		more := string(rune('0' + i%10))
		d := deltaOf(text, more)
		text += more
		entries = append(entries, rawEntry{id: blobID(text), kind: ofsDelta, back: 1, data: d})
		texts = append(texts, text)
	}
	return entries, texts
}

// What deltas may make together ends before the delta that goes past it.
func TestChainBudget(t *testing.T) {
	entries, texts := chainOf(3)
	s := openStore(t, Options{Cache: -1}, packDir(t, entries))
	d := s.decoders.get(t.Context().Err)
	defer s.decoders.put(d)
	p := (*s.packs.Load())[0]
	var chain []link
	var sum int64
	for i := len(entries) - 1; i > 0; i-- {
		off, _, err := p.find(entries[i].id)
		if err != nil {
			t.Fatal(err)
		}
		e, err := p.entry(off)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, link{spot{p, off}, e})
		sum += int64(len(texts[i]))
	}
	build := func(budget int64) (string, int64, error) {
		before := s.Stats()
		_, data, err := s.build(Blob, []byte(texts[0]), chain, entries[3].data, budget, d)
		return string(data), s.Stats().Since(before).Patched, err
	}
	if data, patched, err := build(sum); err != nil || data != texts[3] || patched != sum {
		t.Errorf("at the budget: %d bytes, %d made, %v", len(data), patched, err)
	}
	if _, patched, err := build(sum - 1); !errors.Is(err, ErrTooLarge) || patched != sum-int64(len(texts[3])) {
		t.Errorf("past it: %d bytes made, %v", patched, err)
	}
}

// Of a large base no delta is inflated when they say that they make too much.
func TestChainBudgetOfLargeBase(t *testing.T) {
	base := strings.Repeat("0123456789abcde\n", streamAbove/16+1)
	entries := []rawEntry{{id: blobID(base), kind: Blob, data: []byte(base)}}
	const deltas = minChainBytes/streamAbove + 1
	same := deltaOf(base, "")
	for i := range deltas {
		id := blobID("fake" + string(rune('a'+i)))
		entries = append(entries, rawEntry{id: id, kind: ofsDelta, back: 1, data: same})
	}
	s := openStore(t, Options{Cache: -1}, packDir(t, entries))
	if _, _, err := s.Bytes(t.Context(), entries[deltas].id, int64(len(base))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("%d deltas: %v", deltas, err)
	}
	if patched := s.Stats().Patched; patched > 0 {
		t.Errorf("%d bytes made before that was known", patched)
	}
}

// The context is looked at before each delta and each piece of a stream.
func TestContextEndsReading(t *testing.T) {
	entries, texts := chainOf(20)
	s := openStore(t, Options{Cache: -1}, packDir(t, entries))
	last := blobID(texts[20])
	calls := func(left int) (func() error, *int) {
		asked := 0
		return func() error {
			if asked++; asked > left {
				return context.Canceled
			}
			return nil
		}, &asked
	}
	p := (*s.packs.Load())[0]
	off, _, err := p.find(last)
	if err != nil {
		t.Fatal(err)
	}
	goOn, asked := calls(1 << 20)
	d := s.decoders.get(goOn)
	defer s.decoders.put(d)
	if _, _, err := s.unpack(spot{p, off}, 1<<20, d); err != nil || *asked < 3*20 {
		t.Fatalf("asked %d times for 20 deltas, %v", *asked, err)
	}
	for left := range *asked {
		d.goOn, _ = calls(left)
		if _, _, err := s.unpack(spot{p, off}, 1<<20, d); !errors.Is(err, context.Canceled) {
			t.Fatalf("ended after %d: %v", left, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Header(ended, last); !errors.Is(err, context.Canceled) {
		t.Errorf("Header: %v", err)
	}
	if _, _, err := s.Bytes(ended, last, 1<<20); !errors.Is(err, context.Canceled) || errors.Is(err, ErrCorrupt) {
		t.Errorf("Bytes: %v", err)
	}
	if _, err := s.Read(ended, last, 1<<20, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: %v", err)
	}
}

// A hundred ids at one place of a pack: one is the object, and the bytes are
// inflated once.
func TestManyIDsAtOneOffset(t *testing.T) {
	entries, texts := chainOf(1)
	const more = 100
	ids := []ID{entries[0].id, entries[1].id}
	padded := append([]rawEntry(nil), entries...)
	for i := range more {
		id := blobID(strings.Repeat("x", i))
		ids = append(ids, id)
		padded = append(padded, rawEntry{id: id, kind: Blob, data: []byte("x")})
	}
	dir := t.TempDir()
	pack, idx := makePack(padded)
	pointAll(t, idx, ids[2:], len(ids), packHead)
	writePack(t, dir, "a", pack, idx)
	s := openStore(t, Options{}, dir)
	before := s.Stats()
	found, bad, err := collect(t, s, ScanOptions{Kind: Blob, Workers: 1})
	if err != nil || len(found) != 2 || len(bad) != more {
		t.Fatalf("found %d, %d damaged, %v", len(found), len(bad), err)
	}
	for id, err := range bad {
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "another object is there too") {
			t.Errorf("%s: %v", id, err)
		}
	}
	if o := found[entries[1].id]; o.data != texts[1] {
		t.Errorf("the delta to it has %d bytes", len(o.data))
	}
	if inflated := s.Stats().Since(before).Inflated; inflated > 2*int64(len(texts[0])) {
		t.Errorf("%d bytes inflated for an object of %d", inflated, len(texts[0]))
	}
}

// pointAll sets the offset of some ids in an index of version 2.
func pointAll(t *testing.T, idx []byte, ids []ID, count, off int) {
	t.Helper()
	const idsAt = 8 + 4*256
	offsets := idx[idsAt+count*(SHA1+4):]
	for pos := range count {
		for _, id := range ids {
			if string(idx[idsAt+pos*SHA1:][:SHA1]) == string(id.bytes()) {
				copy(offsets[4*pos:], []byte{0, 0, 0, byte(off)})
			}
		}
	}
}

// Past its budget a scan ends; at it, it does not.
func TestScanBudget(t *testing.T) {
	entries, _ := chainOf(50)
	dir := packDir(t, entries)
	scan := func(budget int64) (visited int, made int64, err error) {
		s := openStore(t, Options{}, dir)
		err = s.Scan(t.Context(), ScanOptions{Kind: Blob, Workers: 1, Budget: budget}, func(o Object) error {
			visited++
			return o.Err
		})
		return visited, s.stats.made(), err
	}
	_, all, err := scan(0)
	if err != nil {
		t.Fatal(err)
	}
	if visited, _, err := scan(all); err != nil || visited != 51 {
		t.Errorf("at the budget: %d visited, %v", visited, err)
	}
	if visited, made, err := scan(all / 2); !errors.Is(err, ErrTooLarge) || visited < 20 || visited > 30 || made > all/2+40_000 {
		t.Errorf("half of it: %d visited, %d of %d bytes made, %v", visited, made, all, err)
	}
}

// Who stops a scan does not hear of packs that cannot be used.
func TestStopWithoutFaults(t *testing.T) {
	entries, _ := chainOf(0)
	dir := packDir(t, entries)
	writePack(t, dir, "b", []byte("not a pack"), []byte("not an index"))
	s := openStore(t, Options{}, dir)
	if err := s.Scan(t.Context(), ScanOptions{Kind: Blob}, func(Object) error { return ErrStop }); err != nil {
		t.Errorf("stopped: %v", err)
	}
	if err := s.Scan(t.Context(), ScanOptions{Kind: Blob}, func(Object) error { return nil }); !errors.Is(err, ErrCorrupt) {
		t.Errorf("not stopped: %v", err)
	}
}
