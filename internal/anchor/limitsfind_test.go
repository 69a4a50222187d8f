package anchor

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// blobs stores texts, and gives their ids.
func (s *site) blobs(texts ...string) (ids []string) {
	s.t.Helper()
	f := files{}
	for i, text := range texts {
		f[fmt.Sprintf("blobs/%d", i)] = text
	}
	s.commit(f)
	for i := range texts {
		ids = append(ids, s.git(s.work, "rev-parse", fmt.Sprintf("HEAD:blobs/%d", i)))
	}
	return ids
}

// As many tags of a commit are looked into, and as many commits' tags listed; where
// there are more it is noted.
func TestTagLimits(t *testing.T) {
	for _, extra := range []int{0, 1} {
		s := newSite(t, files{"a.md": "text"})
		session := s.session()
		head, err := session.Repo.Resolve(t.Context(), "HEAD")
		if err != nil {
			t.Fatal(err)
		}
		for i := range maxTags + extra {
			s.git(s.work, "tag", fmt.Sprintf("v%03d", i))
		}
		find := func(known int) (*Found, error) {
			tags := tagging{session, map[string][]string{}}
			for i := range known {
				tags.containing[fmt.Sprint(i)] = nil
			}
			f := &Found{Blob: s.git(s.work, "rev-parse", "HEAD:a.md"), Sites: []gitrepo.Site{{Path: "a.md", First: head}}}
			return f, tags.of(t.Context(), f)
		}
		f, err := find(maxTagged - 1)
		var notes []string
		if extra > 0 {
			notes = []string{"of 101 tags that lead to commit " + briefly(head) + ", only 100 were looked into"}
		}
		if err != nil || len(f.Tags) != maxTags || !slices.Equal(f.Notes, notes) {
			t.Errorf("%d tags: %d found, notes %q, %v", maxTags+extra, len(f.Tags), f.Notes, err)
		}
		f, err = find(maxTagged)
		if want := []string{"tags were not looked for: too many different commits"}; err != nil || len(f.Tags) != 0 || !slices.Equal(f.Notes, want) {
			t.Errorf("one commit more: %d found, notes %q, %v", len(f.Tags), f.Notes, err)
		}
	}
}

// Lines of so many files are compared; of others it is said that they differ.
func TestLinesLimit(t *testing.T) {
	s := newSite(t, files{"a.md": "text"})
	ids := s.blobs("one\n", "two\n")
	now := today{s: s.session(), stats: maxStats - 1}
	for _, want := range []string{"1 line added, 1 removed", "its bytes"} {
		if got := now.differences(t.Context(), ids[0], ids[1]); !slices.Equal(got, []string{want}) {
			t.Errorf("differs in %q, want %q", got, want)
		}
	}
}

// Front matter is compared in documents up to a size, and some keys named.
func TestKeysLimits(t *testing.T) {
	of := func(value string, keys, size int) string {
		var b strings.Builder
		b.WriteString("---\n")
		for i := range keys {
			fmt.Fprintf(&b, "k%02d: %s\n", i, value)
		}
		b.WriteString("---\n")
		return b.String() + strings.Repeat("x", max(0, size-b.Len()))
	}
	all := []string{}
	for i := range maxEntries {
		all = append(all, fmt.Sprintf("k%02d: \"a\" → \"b\"", i))
	}
	tests := []struct {
		name       string
		keys, size int
		want       []string
	}{
		{"keys at the limit", maxEntries, 0, all},
		{"keys past it", maxEntries + 1, 0, append(slices.Clone(all), "and 1 more")},
		{"size at the limit", 1, maxCompared, all[:1]},
		{"size past it", 1, maxCompared + 1, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, files{"a.md": "text"})
			ids := s.blobs(of("a", tt.keys, tt.size), of("b", tt.keys, tt.size))
			if got := (&today{s: s.session()}).keys(t.Context(), ids[0], ids[1]); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestBaseNameLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		f := Found{names: []string{strings.Repeat("a", maxBaseName-1) + "b" + strings.Repeat("c", extra)}}
		if got, want := f.baseName(), strings.Repeat("a", maxBaseName-1)+"b"; got != want {
			t.Errorf("%d bytes: %s", maxBaseName+extra, got)
		}
	}
}
