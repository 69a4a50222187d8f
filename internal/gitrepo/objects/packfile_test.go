package objects

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// rawEntry is an entry of a pack made by hand, which may say what is not true.
type rawEntry struct {
	id   ID
	kind Kind
	size int64  // announced; 0: as it is
	back int    // of an ofsDelta: which entry, so many before
	base ID     // of a refDelta
	data []byte // uncompressed
	raw  []byte // instead of a zlib stream of data
}

// blobID is the id of a blob with that content.
func blobID(content string) ID {
	h := NewHash(SHA1, Blob, int64(len(content)))
	h.Write([]byte(content))
	return rawID(h.Sum(nil))
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err != nil {
		panic(err)
	}
	if _, err := z.Write(data); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// makePack makes a pack with an index of version 2.
func makePack(entries []rawEntry) (pack, idx []byte) {
	pack = binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), uint32(len(entries)))
	type place struct {
		id  ID
		off int
		crc uint32
	}
	var places []place
	for i, e := range entries {
		start := len(pack)
		size := e.size
		if size == 0 {
			size = int64(len(e.data))
		}
		c := byte(e.kind)<<4 | byte(size&15)
		for size >>= 4; size > 0; size >>= 7 {
			pack = append(pack, c|0x80)
			c = byte(size & 0x7f)
		}
		pack = append(pack, c)
		switch e.kind {
		case ofsDelta:
			pack = append(pack, distance(start-places[i-e.back].off)...)
		case refDelta:
			pack = append(pack, e.base.bytes()...)
		}
		if e.raw == nil {
			e.raw = deflated(e.data)
		}
		pack = append(pack, e.raw...)
		places = append(places, place{e.id, start, crc32.ChecksumIEEE(pack[start:])})
	}
	sum := sha1.Sum(pack)
	pack = append(pack, sum[:]...)

	slices.SortFunc(places, func(a, b place) int { return compareIDs(a.id, b.id) })
	idx = []byte(indexMagic + "\x00\x00\x00\x02")
	n := 0
	for first := range 256 {
		for n < len(places) && int(places[n].id.raw[0]) <= first {
			n++
		}
		idx = binary.BigEndian.AppendUint32(idx, uint32(n))
	}
	for _, p := range places {
		idx = append(idx, p.id.bytes()...)
	}
	for _, p := range places {
		idx = binary.BigEndian.AppendUint32(idx, p.crc)
	}
	for _, p := range places {
		idx = binary.BigEndian.AppendUint32(idx, uint32(p.off))
	}
	idx = append(idx, sum[:]...)
	own := sha1.Sum(idx)
	return pack, append(idx, own[:]...)
}

func distance(n int) []byte {
	b := []byte{byte(n & 0x7f)}
	for n >>= 7; n > 0; n >>= 7 {
		n--
		b = append([]byte{byte(n&0x7f) | 0x80}, b...)
	}
	return b
}

// deltaOf is a delta that copies all of the base and adds more.
func deltaOf(base, more string) []byte {
	b := binary.AppendUvarint(nil, uint64(len(base)))
	b = binary.AppendUvarint(b, uint64(len(base)+len(more)))
	for at := 0; at < len(base); at += 0xffff {
		n := min(0xffff, len(base)-at)
		b = append(b, 0xbf, byte(at), byte(at>>8), byte(at>>16), byte(at>>24), byte(n), byte(n>>8))
	}
	for len(more) > 0 {
		n := min(127, len(more))
		b = append(append(b, byte(n)), more[:n]...)
		more = more[n:]
	}
	return b
}

// packDir is an object directory with packs made by hand.
func packDir(t testing.TB, packs ...[]rawEntry) string {
	t.Helper()
	dir := t.TempDir()
	for i, entries := range packs {
		pack, idx := makePack(entries)
		writePack(t, dir, string(rune('a'+i)), pack, idx)
	}
	return dir
}

func writePack(t testing.TB, dir, name string, pack, idx []byte) {
	t.Helper()
	writeFile(t, filepath.Join(dir, "pack", name+packSuffix), pack)
	writeFile(t, filepath.Join(dir, "pack", name+indexSuffix), idx)
}

// loosen writes a loose blob by hand.
func loosen(t testing.TB, dir string, id ID, stream []byte) {
	t.Helper()
	writeFile(t, loosePath(dir, id), stream)
}

func truncate(t testing.TB, path string, size int64) {
	t.Helper()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, size); err != nil {
		t.Fatal(err)
	}
}
