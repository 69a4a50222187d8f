package objects

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layouts are ways in which git keeps the same objects.
func layouts() []struct {
	name string
	init []string
	make func(*testRepo)
} {
	packed := func(args ...string) func(*testRepo) {
		return func(r *testRepo) { r.git(append(args, "-q")...) }
	}
	type layout = struct {
		name string
		init []string
		make func(*testRepo)
	}
	return []layout{
		{"as imported", nil, func(*testRepo) {}},
		{"gc", nil, packed("gc")},
		{"depth 50", nil, packed("repack", "-adf", "--depth=50", "--window=50")},
		{"index v1", nil, packed("-c", "pack.indexVersion=1", "repack", "-adf")},
		{"ref deltas", nil, packed("-c", "repack.useDeltaBaseOffset=false", "repack", "-adf")},
		{"stored uncompressed", nil, packed("-c", "core.compression=0", "repack", "-adF")},
		{"best compression", nil, packed("-c", "core.compression=9", "repack", "-adF")},
		{"loose", nil, unpacked},
		{"sha256 packed", []string{"--object-format=sha256"}, packed("repack", "-adf")},
		{"sha256 index v1", []string{"--object-format=sha256"}, packed("-c", "pack.indexVersion=1", "repack", "-adf")},
		{"sha256 ref deltas", []string{"--object-format=sha256"}, packed("-c", "repack.useDeltaBaseOffset=false", "repack", "-adf")},
		{"sha256 loose", []string{"--object-format=sha256"}, unpacked},
		{"64-bit offsets", nil, func(r *testRepo) {
			r.git("repack", "-adfq")
			for _, pack := range files(r.t, r.objects(), "pack/*.pack") {
				idx := strings.TrimSuffix(pack, packSuffix) + indexSuffix
				writeFile(r.t, idx, nil)
				r.git("index-pack", "--index-version=2,0x200", "-o", idx+".new", pack)
				writeFile(r.t, idx, readFile(r.t, idx+".new"))
			}
		}},
		{"any name", nil, func(r *testRepo) {
			r.git("repack", "-adfq")
			for _, pack := range files(r.t, r.objects(), "pack/*.pack") {
				stem := strings.TrimSuffix(pack, packSuffix)
				for _, suffix := range []string{packSuffix, indexSuffix} {
					if err := os.Rename(stem+suffix, filepath.Join(filepath.Dir(pack), "old name"+suffix)); err != nil {
						r.t.Fatal(err)
					}
				}
			}
		}},
		{"everything twice", nil, func(r *testRepo) {
			r.git("repack", "-adfq")
			for _, pack := range files(r.t, r.objects(), "pack/*.pack") {
				for _, suffix := range []string{packSuffix, indexSuffix} {
					from := strings.TrimSuffix(pack, packSuffix) + suffix
					writeFile(r.t, filepath.Join(filepath.Dir(pack), "copy"+suffix), readFile(r.t, from))
				}
			}
			r.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-aq")
			copyUnpacked(r)
		}},
	}
}

// unpacked makes everything loose.
func unpacked(r *testRepo) {
	for _, pack := range files(r.t, r.objects(), "pack/*.pack") {
		moved := filepath.Join(r.dir, filepath.Base(pack))
		b := readFile(r.t, pack)
		writeFile(r.t, moved, b)
		for _, suffix := range []string{packSuffix, indexSuffix} {
			if err := os.Remove(strings.TrimSuffix(pack, packSuffix) + suffix); err != nil {
				r.t.Fatal(err)
			}
		}
		r.run(string(b), "-C", r.dir, "unpack-objects", "-q")
	}
}

// copyUnpacked makes everything loose too.
func copyUnpacked(r *testRepo) {
	other := &testRepo{r.t, filepath.Join(filepath.Dir(r.dir), "other")}
	other.run("", "init", "--quiet", "--bare", other.dir)
	for _, pack := range files(r.t, r.objects(), "pack/pack-*.pack") {
		other.run(string(readFile(r.t, pack)), "-C", other.dir, "unpack-objects", "-q")
	}
	for _, from := range files(r.t, other.objects(), "[0-9a-f][0-9a-f]/*") {
		dir, name := filepath.Split(from)
		writeFile(r.t, filepath.Join(r.objects(), filepath.Base(dir), name), readFile(r.t, from))
	}
}

func idLenOf(init []string) int {
	if len(init) > 0 {
		return SHA256
	}
	return SHA1
}

// Whatever the layout, there are the same objects as git finds, with the same
// bytes.
func TestSameAsGit(t *testing.T) {
	for _, layout := range layouts() {
		t.Run(layout.name, func(t *testing.T) {
			r := newRepo(t, layout.init...)
			r.fill(1, 30)
			layout.make(r)
			want := r.all()
			if len(want) < 150 {
				t.Fatalf("only %d objects", len(want))
			}
			for _, unmapped := range []bool{false, true} {
				for _, cache := range []int{0, -1, 4000} {
					t.Run(fmt.Sprintf("unmapped=%v cache=%d", unmapped, cache), func(t *testing.T) {
						s := openStore(t, Options{IDLen: idLenOf(layout.init), Cache: cache, unmapped: unmapped}, r.objects())
						same(t, s, want)
						scanned(t, s, want)
					})
				}
			}
		})
	}
}

func same(t *testing.T, s *Store, want map[ID]object) {
	t.Helper()
	for id, o := range want {
		kind, size, err := s.Header(t.Context(), id)
		if err != nil || kind.String() != o.kind || size != int64(len(o.data)) {
			t.Fatalf("%s: %s of %d bytes, %v; want %s of %d", id, kind, size, err, o.kind, len(o.data))
		}
		kind, data, err := s.Bytes(t.Context(), id, size)
		if err != nil || kind.String() != o.kind || string(data) != o.data {
			t.Fatalf("%s: %s, %v:\n%s", id, kind, err, cmp.Diff(o.data, string(data)))
		}
		clear(data) // it is ours
		var b bytes.Buffer
		kind, err = s.Read(t.Context(), id, size, &b)
		if err != nil || kind.String() != o.kind || b.String() != o.data {
			t.Fatalf("%s: %s, %v:\n%s", id, kind, err, cmp.Diff(o.data, b.String()))
		}
	}
}

// collect scans and gives what was visited.
func collect(t *testing.T, s *Store, o ScanOptions) (found map[ID]object, bad map[ID]error, err error) {
	t.Helper()
	var mu sync.Mutex
	found, bad = map[ID]object{}, map[ID]error{}
	err = s.Scan(t.Context(), o, func(o Object) error {
		if o.Err == nil && o.Reader != nil {
			o.Data, o.Err = io.ReadAll(o.Reader)
		}
		mu.Lock()
		defer mu.Unlock()
		if _, twice := found[o.ID]; twice || bad[o.ID] != nil {
			t.Errorf("%s was visited twice", o.ID)
		}
		if o.Err != nil {
			bad[o.ID] = o.Err
			return nil
		}
		if o.Size != int64(len(o.Data)) {
			t.Errorf("%s: %d bytes, %d announced", o.ID, len(o.Data), o.Size)
		}
		found[o.ID] = object{o.Kind.String(), string(o.Data)}
		return nil
	})
	return found, bad, err
}

// scanned makes sure that Scan visits what there is, in several ways.
func scanned(t *testing.T, s *Store, want map[ID]object) {
	t.Helper()
	for _, o := range []ScanOptions{{}, {Workers: 1}, {Workers: 7, Verify: true}, {Memory: 1}} {
		all := map[ID]object{}
		for kind := Commit; kind <= Tag; kind++ {
			o.Kind = kind
			before := s.Stats()
			found, bad, err := collect(t, s, o)
			if err != nil || len(bad) > 0 {
				t.Fatalf("scan for %s: %v, %v", kind, err, bad)
			}
			for id, o := range found {
				all[id] = o
			}
			if after := s.Stats(); after.Listed-before.Listed < int64(len(found)) || after.Objects-before.Objects != int64(len(found)) {
				t.Errorf("scan for %s: from %+v to %+v for %d objects", kind, before, after, len(found))
			}
		}
		if !cmp.Equal(all, want, cmp.AllowUnexported(object{})) {
			t.Fatalf("%+v: visited %d objects, want %d", o, len(all), len(want))
		}
	}
}
