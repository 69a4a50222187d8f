package objects

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/adler32"
	"io"
	"slices"
	"strings"
	"testing"
)

const fuzzLimit = 1 << 20

// streams are zlib streams of every kind of block.
func streams(t testing.TB) [][]byte {
	t.Helper()
	var texts [][]byte
	noise := make([]byte, 70_000)
	x := uint32(1)
	for i := range noise {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	texts = append(texts, nil, []byte("a"), bytes.Repeat([]byte("abc"), 1000), bytes.Repeat([]byte{0}, 100_000), noise,
		[]byte(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 40)))
	var letters []byte
	for i, b := range noise {
		letters = append(letters, "etaoin shrdlu"[b%13])
		if i%100 == 99 && i > 5000 {
			letters = append(letters, letters[int(b)*10:int(b)*10+int(noise[i-1])]...)
		}
	}
	texts = append(texts, letters)
	var list [][]byte
	for _, text := range texts {
		for _, level := range []int{zlib.NoCompression, zlib.BestSpeed, zlib.DefaultCompression, zlib.BestCompression, zlib.HuffmanOnly} {
			var b bytes.Buffer
			z, err := zlib.NewWriterLevel(&b, level)
			if err != nil {
				t.Fatal(err)
			}
			for i, part := range [][]byte{text[:len(text)/2], text[len(text)/2:]} {
				if _, err := z.Write(part); err != nil {
					t.Fatal(err)
				}
				if i == 0 && level == zlib.BestSpeed {
					if err := z.Flush(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			list = append(list, b.Bytes())
		}
	}
	return list
}

// library inflates by the standard library; n is what it used of the input.
func library(in []byte) (out []byte, n int, err error) {
	r := bytes.NewReader(in)
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, 0, err
	}
	out, err = io.ReadAll(io.LimitReader(z, fuzzLimit+1))
	return out, len(in) - r.Len(), err
}

// checkInflate compares our decoder with the library's: the whole, a byte more
// or less, and piece by piece.
func checkInflate(t *testing.T, in []byte) {
	t.Helper()
	want, used, err := library(in)
	if len(want) > fuzzLimit {
		return
	}
	d := new(decoder)
	for _, room := range []int{0, slack} {
		out := make([]byte, len(want), len(want)+room)
		n, ours := d.inflate(out, in)
		if (ours == nil) != (err == nil) || err == nil && (n != used || !bytes.Equal(out, want)) {
			t.Fatalf("inflate: %d of %d bytes, %v; the library: %v", n, used, ours, err)
		}
		if err == nil {
			if _, ours := d.inflate(make([]byte, len(want)+1, len(want)+1+room), in); ours == nil {
				t.Fatal("a byte too few was taken for all")
			}
			if len(want) > 0 {
				if _, ours := d.inflate(make([]byte, len(want)-1, len(want)-1+room), in); ours == nil {
					t.Fatal("a byte too many was taken for all")
				}
			}
		}
	}
	z := newInflateReader(d, in)
	got, ours := io.ReadAll(z)
	if (ours == nil) != (err == nil) || err == nil && (!bytes.Equal(got, want) || zlibHead+d.pos != used) {
		t.Fatalf("reader: %d of %d bytes, %v; the library: %v", len(got), len(want), ours, err)
	}
	var head [20]byte
	if n, ours := d.peek(head[:], in); err == nil && (ours != nil || !bytes.Equal(head[:n], want[:min(len(want), len(head))])) {
		t.Fatalf("peek: %q, %v", head[:n], ours)
	}
}

func TestInflate(t *testing.T) {
	for _, in := range streams(t) {
		checkInflate(t, in)
		checkInflate(t, append(bytes.Clone(in), "what follows in a pack, for a while"...))
		for cut := 1; cut <= len(in); cut += 1 + cut/4 {
			checkInflate(t, in[:len(in)-cut])
		}
	}
}

func FuzzInflate(f *testing.F) {
	for _, in := range streams(f) {
		if len(in) < 5000 {
			f.Add(in)
		}
	}
	f.Fuzz(checkInflate)
}

// The checksum is repaired, so that more than the head is looked at.
func FuzzInflateRepaired(f *testing.F) {
	for _, in := range streams(f) {
		if len(in) < 5000 {
			f.Add(in[zlibHead : len(in)-zlibTail])
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		in := append([]byte{0x78, 0x9c}, stream...)
		in = append(in, 0, 0, 0, 0)
		out, used, _ := library(in)
		if used >= zlibHead+zlibTail && len(out) <= fuzzLimit {
			in = binary.BigEndian.AppendUint32(in[:used-zlibTail:used-zlibTail], adler32.Checksum(out))
		}
		checkInflate(t, in)
	})
}

func TestUpdate(t *testing.T) {
	text := bytes.Repeat([]byte{0xff, 0, 0xfe}, 100_000)
	for _, cut := range []int{0, 1, 5552, 65520, 65521, 65522, len(text)} {
		if got, want := update(update(1, text[:cut]), text[cut:]), adler32.Checksum(text); got != want {
			t.Errorf("cut at %d: %08x, want %08x", cut, got, want)
		}
	}
}

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
				kind, data, err := s.Bytes(id, fuzzLimit)
				if err == nil && s.verify(id, kind, data) != nil {
					t.Errorf("%s has other bytes", id)
				}
				_, _, _ = s.Header(id) // must not panic; it verifies nothing
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
