package objects

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

const fuzzLimit = 1 << 20

func FuzzDelta(f *testing.F) {
	f.Add([]byte("the base"), deltaOf("the base", " and more"))
	f.Add([]byte("x"), []byte{1, 2, 0x90, 1, 0x90, 1})
	f.Add([]byte{}, []byte{0, 1, 1, 'x'})
	f.Fuzz(func(t *testing.T, base, delta []byte) {
		s := new(Store)
		_, size, _, err := deltaSizes(delta)
		if err != nil || size > fuzzLimit {
			return
		}
		out, err := s.apply(base, delta, nil)
		if err == nil && int64(len(out)) != size {
			t.Errorf("%d bytes, %d announced", len(out), size)
		}
	})
}

func FuzzEntry(f *testing.F) {
	f.Add([]byte{0x35, 0x78}, int64(12))
	f.Add([]byte{0xe5, 0x01, 0x80, 0x01, 0x78}, int64(1000))
	f.Add(append([]byte{0x75}, make([]byte, 32)...), int64(12))
	f.Fuzz(func(t *testing.T, b []byte, off int64) {
		off &= 1<<62 - 1
		for _, idLen := range []int{SHA1, SHA256} {
			e, n, ok := parseEntry(b, off, idLen)
			if !ok {
				continue
			}
			if n < 1 || n > len(b) || n > maxEntryHead || e.size < 0 || e.kind == ofsDelta && (e.base < packHead || e.base >= off) {
				t.Errorf("%d bytes: %+v", n, e)
			}
		}
	})
}

func FuzzLooseHead(f *testing.F) {
	f.Add("blob 12")
	f.Add("commit 0")
	f.Add("tag -1")
	f.Fuzz(func(t *testing.T, head string) {
		kind, size, ok := parseLooseHead(head)
		if ok && kind.String()+" "+strings.TrimLeft(head[len(kind.String()):], " ") != head || ok && size < 0 {
			t.Errorf("%q: %s, %d", head, kind, size)
		}
	})
}

func FuzzAlternates(f *testing.F) {
	f.Add("a\n# b\n\"c\\n\"\n")
	f.Fuzz(func(t *testing.T, list string) {
		for _, dir := range splitDirs(list, '\n') {
			if dir == "" {
				t.Error("an empty name")
			}
		}
	})
}

// FuzzIndex puts any index beside a good pack, FuzzPack any pack, whose
// checksum is repaired, beside an index of it.
func FuzzIndex(f *testing.F) {
	pack, idx := fuzzPack()
	f.Add(idx)
	f.Add(idx[:len(idx)-1])
	f.Fuzz(func(t *testing.T, idx []byte) { readAll(t, pack, idx) })
}

func FuzzPack(f *testing.F) {
	pack, _ := fuzzPack()
	f.Add(pack[packHead:len(pack)-SHA1], uint16(0), uint16(30), uint16(60))
	f.Fuzz(func(t *testing.T, body []byte, a, b, c uint16) {
		var entries []rawEntry
		for i, off := range []uint16{a, b, c} {
			entries = append(entries, rawEntry{id: blobID("text" + string(rune('0'+i))), kind: Blob, raw: []byte{byte(off)}})
		}
		pack, idx := makePack(entries)
		sum := pack[len(pack)-SHA1:]
		pack = slices.Concat(pack[:packHead], body, sum)
		offsets := len(idx) - 2*SHA1 - 4*len(entries)
		for i, off := range []uint16{a, b, c} {
			binary.BigEndian.PutUint32(idx[offsets+4*i:], packHead+uint32(off))
		}
		readAll(t, pack, idx)
	})
}

func fuzzPack() (pack, idx []byte) {
	return makePack([]rawEntry{
		{id: blobID("text"), kind: Blob, data: []byte("text")},
		{id: blobID("text1"), kind: ofsDelta, back: 1, data: deltaOf("text", "1")},
		{id: blobID("text2"), kind: refDelta, base: blobID("text1"), data: deltaOf("text1", "2")},
	})
}

// readAll reads what the index names in all ways: whatever is given is what
// its id says, and is given once by a scan.
func readAll(t *testing.T, pack, idx []byte) {
	dir := t.TempDir()
	writePack(t, dir, "x", pack, idx)
	for _, o := range []Options{{}, {unmapped: true}} {
		s, err := Open([]string{dir}, o)
		if err != nil {
			t.Fatal(err)
		}
		p := (*s.packs.Load())[0]
		x, err := p.index()
		if err == nil && x.count < 1000 {
			for pos := range x.count {
				raw, err := x.id(pos, nil)
				if err != nil {
					t.Fatal(err)
				}
				id := rawID(raw)
				kind, data, err := s.Bytes(t.Context(), id, fuzzLimit)
				if err == nil && s.verify(id, kind, data) != nil {
					t.Errorf("%s has other bytes", id)
				}
				_, _, _ = s.Header(t.Context(), id) // must not panic; it verifies nothing
			}
			seen := map[ID]bool{}
			// Its error is about packs that cannot be used.
			_ = s.Scan(context.Background(), ScanOptions{Kind: Blob, Workers: 1}, func(o Object) error {
				if seen[o.ID] {
					t.Errorf("%s twice", o.ID)
				}
				seen[o.ID] = true
				return nil
			})
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
