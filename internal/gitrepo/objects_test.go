package gitrepo

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestCancelled(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", strings.Repeat("x", 9<<20)) // more than is held in memory
	r := tr.open()
	c := resolve(t, r, "HEAD")
	blob, err := r.Blob(t.Context(), c, "doc.md")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := writes(func() { cancel() })
	if err := r.CopyBlob(ctx, blob.ID, blob.Size, w); !errors.Is(err, context.Canceled) {
		t.Errorf("in the middle: %v", err)
	}
	if _, err := r.Blob(ctx, Commit{ID: c.ID, Tree: c.Tree}, "doc.md"); !errors.Is(err, context.Canceled) {
		t.Errorf("before: %v", err)
	}
	if got := committed(t, r, "HEAD", "doc.md"); len(got) != 9<<20 {
		t.Errorf("afterwards: %d bytes", len(got))
	}
}

type writes func()

func (w writes) Write(p []byte) (int, error) {
	w()
	return len(p), nil
}

// TestWrittenMeanwhile: what git stores and packs while a repository is open is
// found.
func TestWrittenMeanwhile(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1\n")
	both(t, tr, func(t *testing.T, r *Repo) {
		if got := committed(t, r, "HEAD", "doc.md"); got != "1\n" {
			t.Errorf("got %q", got)
		}
	})
	r := tr.open()
	for i, text := range []string{"2\n", "3\n", "4\n"} {
		committed(t, r, "HEAD", "doc.md")
		tr.commit("doc.md", text)
		if i > 0 {
			tr.git("repack", "-adq")
			tr.git("prune-packed")
		}
		if got := committed(t, r, "HEAD", "doc.md"); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
}

// TestObject: what a revision names itself, byte by byte.
func TestObject(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "text\n")
	raw := tr.git("cat-file", "commit", "HEAD") + "\r\n\r\nno line feed at the end \xff"
	odd := tr.gitIn(raw, "hash-object", "-t", "commit", "-w", "--stdin")
	tr.git("tag", "-a", "-m", "x", "v1", "HEAD:doc.md")
	tr.git("tag", "-a", "-m", "x", "v2", "v1")
	tree := "100644 doc.md\x00" + unhex(t, tr.git("rev-parse", "HEAD:doc.md"))
	tests := []struct{ rev, kind, want string }{
		{odd, "commit", raw}, {odd[:10], "commit", raw}, {"HEAD:doc.md", "blob", "text\n"}, {"HEAD^{tree}", "tree", tree},
		{"v1", "tag", tr.git("cat-file", "tag", "v1") + "\n"}, {"refs/tags/v2", "tag", tr.git("cat-file", "tag", "v2") + "\n"},
		{"v1^{}", "blob", "text\n"}, {strings.ToUpper(tr.git("rev-parse", "HEAD:doc.md")), "blob", "text\n"},
	}
	r := tr.open()
	for _, tt := range tests {
		o, err := r.Object(t.Context(), tt.rev)
		if err != nil || o.Kind != tt.kind || string(o.Data) != tt.want || !IsID(o.ID) {
			t.Errorf("%s: %+v, %v", tt.rev, o, err)
		}
	}
	large := tr.gitIn(strings.Repeat("x", maxMeta+1), "hash-object", "-w", "--stdin")
	for rev, want := range map[string]error{large: ErrTooLarge, strings.Repeat("1", 40): ErrMissingObject, strings.Repeat("1", 64): ErrMissingObject, "none": ErrNoCommit, "": ErrNoCommit} {
		if _, err := r.Object(t.Context(), rev); !errors.Is(err, want) {
			t.Errorf("%.10q: %v, want %v", rev, err, want)
		}
	}
}

// TestScan: every blob once, reachable or not, and how far it is.
func TestScan(t *testing.T) {
	tr := newRepo(t)
	tr.commit("doc.md", "1\n")
	tr.commit("doc.md", "2\n")
	tr.git("repack", "-adq")
	loose := tr.gitIn("nobody names me\n", "hash-object", "-w", "--stdin")
	r := tr.open()
	var last [2]int64
	found := make(chan string, 10)
	stats, err := r.Scan(t.Context(), ScanOptions{Progress: func(done, total int64) { last = [2]int64{done, total} }}, func(b ScannedBlob) error {
		found <- b.ID.String() + string(b.Data)
		return b.Err
	})
	close(found)
	got := map[string]bool{}
	for text := range found {
		got[text] = true
	}
	if err != nil || len(got) != 3 || !got[loose+"nobody names me\n"] || stats.Objects != 3 || last != [2]int64{3, 3} {
		t.Errorf("%v, %+v, %v, progress %v", got, stats, err, last)
	}
	stats, err = r.Scan(t.Context(), ScanOptions{}, func(ScannedBlob) error { return ErrStopScan })
	if err != nil || stats.Objects == 0 || stats.Objects > 3 {
		t.Errorf("stopped: %+v, %v", stats, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Scan(ctx, ScanOptions{}, func(ScannedBlob) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
