package anchor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// What a command changed within its patterns is collected, and nothing else.
func TestCollectExtra(t *testing.T) {
	s := newSite(t, files{
		"static/index.json": "1", "static/same.json": "1", "static/mode.json": "1", "static/gone.json": "1", "static/crlf.json": "1",
		"static/was-link.json": "1", "other.json": "1", "static/a.md.ots": "1", ".gitattributes": "static/crlf.json text\n",
	})
	if err := os.Symlink("same.json", filepath.Join(s.work, "static/link.json")); err != nil {
		t.Fatal(err)
	}
	s.commit(files{".gitignore": "*.log\n"})
	s.write(files{
		"static/index.json": "2", "static/same.json": "1", "static/gone.json": "", "static/crlf.json": "2\r\n", "static/new/a b.json": "3",
		"static/a.md.ots": "2", "static/b.md.ots": "2", bitcoin.BundleFile: "x", "static/x.log": "x", "other.json": "2", "more.txt": "x",
		"static/.gitattributes": "x", "static/GITATT~1": "x", "static/link.json": "", "static/was-link.json": "",
	})
	if err := os.Chmod(filepath.Join(s.work, "static/mode.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.write(files{"static/link.json": "a file now"})
	if err := os.Symlink("same.json", filepath.Join(s.work, "static/was-link.json")); err != nil {
		t.Fatal(err)
	}
	extra, notes, err := s.session().CollectExtra(t.Context(), []string{"static/**", bitcoin.BundleFile})
	if err != nil {
		t.Fatal(err)
	}
	want := Extra{Files: []ExtraFile{
		{"static/index.json", s.git(s.work, "rev-parse", "HEAD:static/index.json"), []byte("2")},
		{"static/new/a b.json", "", []byte("3")},
	}}
	if d := cmp.Diff(want, extra); d != "" {
		t.Error(d)
	}
	wantNotes := []string{
		`"static/.gitattributes" was left out: names like ".gitattributes" are git's`,
		`"static/GITATT~1" was left out: some file system takes "GITATT~1" for another name`,
		`changed files that no pattern allows were left out (2): ["more.txt" "other.json"]`,
		`"static/crlf.json" was left out: git would store other bytes`,
		`"static/gone.json" was left out: it was deleted`,
		`"static/link.json" was left out: read "static/link.json" at`,
		`"static/was-link.json" was left out: it is no regular file`,
	}
	for i, note := range notes {
		if i >= len(wantNotes) || !strings.HasPrefix(note, wantNotes[i]) {
			t.Errorf("note %d: %s", i, note)
		}
	}
	if len(notes) != len(wantNotes) {
		t.Errorf("%d notes, want %d", len(notes), len(wantNotes))
	}
	raw, err := extra.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseExtra(raw)
	if d := cmp.Diff(want, again); err != nil || d != "" {
		t.Error(err, d)
	}
}

func TestCollectExtraOfNothing(t *testing.T) {
	s := newSite(t, files{"a": "1"})
	s.write(files{"b": "1"})
	extra, notes, err := s.session().CollectExtra(t.Context(), []string{"static/**"})
	if err != nil || len(extra.Files) != 0 || len(notes) != 1 {
		t.Errorf("%+v, %q, %v", extra, notes, err)
	}
	if _, _, err := s.session().CollectExtra(t.Context(), []string{"../**"}); err == nil || !strings.Contains(err.Error(), "it must not contain ..") {
		t.Errorf("a pattern that leads out: %v", err)
	}
}

// Notes are bounded as everything is.
func TestCollectExtraNotes(t *testing.T) {
	for _, n := range []int{maxNotes, maxNotes + 1} {
		s := newSite(t, files{"a": "1"})
		for i := range n {
			s.write(files{fmt.Sprintf(".gitx%02d", i): "x"})
		}
		_, notes, err := s.session().CollectExtra(t.Context(), []string{"**"})
		if err != nil || len(notes) != n {
			t.Fatalf("%d notes of %d, %v", len(notes), n, err)
		}
		if last := notes[len(notes)-1]; (last == "1 more files were left out") != (n > maxNotes) {
			t.Errorf("%d: %q", n, last)
		}
	}
}

// So many files that no pattern allows are named, the rest is counted.
func TestCollectExtraLeftNamed(t *testing.T) {
	for _, n := range []int{maxLeftNamed, maxLeftNamed + 1} {
		s := newSite(t, files{"a": "1"})
		for i := range n {
			s.write(files{fmt.Sprintf("left%d", i): "x"})
		}
		_, notes, err := s.session().CollectExtra(t.Context(), []string{"static/**"})
		want := fmt.Sprintf(`changed files that no pattern allows were left out (%d): ["left0" "left1" "left2" "left3" "left4"]`, n)
		if err != nil || len(notes) != 1 || notes[0] != want {
			t.Errorf("%d: %q, %v", n, notes, err)
		}
	}
}

func TestCollectExtraLimits(t *testing.T) {
	big := func(n int) string { return strings.Repeat("x", n) }
	many := func(n int) files {
		f := files{}
		for i := range n {
			f[fmt.Sprintf("d/%04d", i)] = "x"
		}
		return f
	}
	for _, tt := range []struct {
		name  string
		write files
		over  bool
	}{
		{"a file", files{"f": big(maxExtraFile)}, false},
		{"a larger file", files{"f": big(maxExtraFile + 1)}, true},
		{"files", many(maxExtraFiles), false},
		{"more files", many(maxExtraFiles + 1), true},
		{"in all", files{"a": big(maxExtraFile), "b": big(maxExtraFile), "c": big(maxExtraFile), "d": big(maxExtraFile)}, false},
		{"more in all", files{"a": big(maxExtraFile), "b": big(maxExtraFile), "c": big(maxExtraFile), "d": big(maxExtraFile), "e": "x"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, files{"x": "1"})
			s.write(tt.write)
			extra, _, err := s.session().CollectExtra(t.Context(), []string{"**"})
			if over := errors.Is(err, gitrepo.ErrTooLarge); over != tt.over || err != nil && !over {
				t.Fatalf("error %v", err)
			}
			if tt.over {
				return
			}
			raw, err := extra.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := ParseExtra(raw); err != nil || len(again.Files) != len(tt.write) {
				t.Errorf("%d of %d files, %v", len(again.Files), len(tt.write), err)
			}
		})
	}
}
