package anchor

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// packed puts all objects of the site's clone into one pack, and gives the names
// of its index and of itself.
func (s *site) packed() (index, pack string) {
	s.t.Helper()
	s.git(s.work, "gc", "--quiet")
	list, err := filepath.Glob(filepath.Join(s.work, ".git/objects/pack/*.idx"))
	if err != nil || len(list) != 1 {
		s.t.Fatalf("packs %v, %v", list, err)
	}
	return list[0], strings.TrimSuffix(list[0], "idx") + "pack"
}

// change rewrites a file that git made read-only.
func (s *site) change(name string, edit func([]byte)) {
	s.t.Helper()
	raw, err := os.ReadFile(name)
	if err == nil {
		edit(raw)
		err = os.Chmod(name, 0o644)
	}
	if err == nil {
		err = os.WriteFile(name, raw, 0o644)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// An index that says of two blobs that each is where the other lies: the bytes
// are there, and not under the id that is named. Nothing is found, and nothing is
// said not to be there.
func TestFindSwappedIndex(t *testing.T) {
	s := newSite(t, files{"a.md": "the first text\n", "b.md": "the other text\n", "x.ots": proofOf(t, "the first text\n", "x")})
	ids := [][]byte{}
	for _, name := range []string{"a.md", "b.md"} {
		id, err := hex.DecodeString(s.git(s.work, "rev-parse", "HEAD:"+name))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	index, _ := s.packed()
	s.change(index, func(raw []byte) {
		const head, fan = 8, 1024
		count := int(raw[head+fan-1]) + int(raw[head+fan-2])<<8
		var at []int
		for _, id := range ids {
			i := bytes.Index(raw[head+fan:head+fan+count*sha1.Size], id) / sha1.Size
			at = append(at, head+fan+count*(sha1.Size+4)+4*i)
		}
		for i := range 4 {
			raw[at[0]+i], raw[at[1]+i] = raw[at[1]+i], raw[at[0]+i]
		}
		sum := sha1.Sum(raw[:len(raw)-sha1.Size])
		copy(raw[len(raw)-sha1.Size:], sum[:])
	})
	for _, o := range []FindOptions{{}, {AllObjects: true}} {
		found, stats, err := s.session().Find(t.Context(), []string{filepath.Join(s.work, "x.ots")}, o)
		if err != nil {
			t.Fatal(err)
		}
		f := found[0]
		if f.Err != nil || f.Blob != "" || !strings.Contains(f.Lacks, "damaged") || stats.Unreadable == 0 {
			t.Errorf("all objects %v: blob %q, lacks %q, %d unreadable, %v", o.AllObjects, f.Blob, f.Lacks, stats.Unreadable, f.Err)
		}
	}
}

// A pack that is cut short keeps nobody from finding what lies elsewhere.
func TestFindCorruptPack(t *testing.T) {
	s := newSite(t, files{"a.md": "the first text\n", "x.ots": proofOf(t, "the first text\n", "x"), "y.ots": proofOf(t, "a loose text\n", "x")})
	_, pack := s.packed()
	loose := filepath.Join(s.work, "loose")
	if err := os.WriteFile(loose, []byte("a loose text\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	id := s.git(s.work, "hash-object", "-w", loose)
	blob := s.git(s.work, "rev-parse", "HEAD:a.md")
	s.change(pack, func(raw []byte) {
		line := strings.Fields(s.git(s.work, "verify-pack", "-v", pack))
		for i, word := range line {
			if word == blob {
				offset := 0
				for _, c := range line[i+4] {
					offset = 10*offset + int(c-'0')
				}
				raw[offset+4] ^= 0xff
			}
		}
	})
	found, _, err := s.session().Find(t.Context(), []string{filepath.Join(s.work, "x.ots"), filepath.Join(s.work, "y.ots")}, FindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if f := found[0]; f.Blob != "" || f.Lacks == "" {
		t.Errorf("the damaged one: blob %q, lacks %q, %v", f.Blob, f.Lacks, f.Err)
	}
	if f := found[1]; f.Blob != id || f.Reachable {
		t.Errorf("the loose one: blob %q, reachable %v, %v; want %s", f.Blob, f.Reachable, f.Err, id)
	}
}

// A pack that is no pack loses nothing of what was found, and is named where
// something was not.
func TestFindNoPack(t *testing.T) {
	s := newSite(t, files{"a.md": "the first text\n", "x.ots": proofOf(t, "the first text\n", "x"), "y.ots": proofOf(t, "nobody has this\n", "x")})
	s.packed()
	bad := filepath.Join(s.work, ".git/objects/pack/pack-"+strings.Repeat("1", 40))
	for _, name := range []string{bad + ".idx", bad + ".pack"} {
		if err := os.WriteFile(name, []byte("no pack"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []FindOptions{{}, {AllObjects: true}} {
		found, _, err := s.session().Find(t.Context(), []string{filepath.Join(s.work, "x.ots"), filepath.Join(s.work, "y.ots")}, o)
		if err != nil {
			t.Fatal(err)
		}
		if f := found[0]; f.Blob != s.git(s.work, "rev-parse", "HEAD:a.md") || len(f.Sites) != 1 || f.Lacks != "" {
			t.Errorf("all objects %v: the one that is here: blob %q at %v, lacks %q", o.AllObjects, f.Blob, f.Sites, f.Lacks)
		}
		if f := found[1]; f.Blob != "" || !strings.Contains(f.Lacks, "a part of its objects cannot be read: ") || !strings.Contains(f.Lacks, "pack-1111") {
			t.Errorf("all objects %v: the one that is not: blob %q, lacks %q", o.AllObjects, f.Blob, f.Lacks)
		}
	}
}

// A search that has no time or bytes left says that it was not complete, and keeps what
// it found.
func TestFindNoTime(t *testing.T) {
	s := newSite(t, files{"a.md": "the first text\n", "a.md.ots": proofOf(t, "the first text\n", "x"), "y.ots": proofOf(t, "nobody has this\n", "x")})
	operands := []string{filepath.Join(s.work, "a.md.ots"), filepath.Join(s.work, "y.ots")}
	found, stats, err := s.session().Find(t.Context(), operands, FindOptions{Time: 1})
	if err != nil {
		t.Fatal(err)
	}
	if stats.Complete || stats.Scanned != 0 {
		t.Errorf("complete %v, %d blobs scanned", stats.Complete, stats.Scanned)
	}
	if f := found[0]; f.Blob == "" || f.Lacks != "" || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "could not be found out") {
		t.Errorf("the one that is here: blob %q, lacks %q, notes %q", f.Blob, f.Lacks, f.Notes)
	}
	if f := found[1]; f.Blob != "" || f.Lacks != "" {
		t.Errorf("the one that is not: blob %q, lacks %q", f.Blob, f.Lacks)
	}
	for budget, complete := range map[int64]bool{1: false, 1 << 20: true} {
		found, stats, err := s.session().Find(t.Context(), operands[1:], FindOptions{Budget: budget})
		if err != nil || stats.Complete != complete || found[0].Blob != "" || found[0].Lacks != "" {
			t.Errorf("within %d bytes: complete %v, blob %q, lacks %q, %v", budget, stats.Complete, found[0].Blob, found[0].Lacks, err)
		}
	}
}
