package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
)

const (
	maxCompared = 4 << 20   // bytes of a document whose front matter is compared
	maxSaved    = 256 << 20 // bytes of a document that Find writes
	maxBaseName = 100       // bytes of a name that is kept in that of a written file
	maxEntries  = 20        // keys of front matter that are named
	maxStats    = 256       // files whose lines git is asked to compare, one process each
)

// today finds the file of HEAD that a blob was once, and says in what it
// differs.
type today struct {
	s     *Session
	head  gitrepo.Commit
	named map[string][]gitrepo.Entry // files of HEAD by base name, once asked for
	stats int                        // files whose lines were compared
}

// compare fills in what a proof's file is today.
func (t *today) compare(ctx context.Context, f *Found) {
	if t.head.ID == "" {
		return
	}
	e, ok := t.file(ctx, f)
	if !ok {
		return
	}
	f.TodayPath = e.Path
	switch {
	case e.ID == f.Blob && f.Variant != asIs:
		f.Today = []string{"its line ends"}
		return
	case e.ID == f.Blob:
		return
	case !e.Regular():
		f.Today = []string{"it is no regular file any more"}
		return
	}
	f.Today = t.differences(ctx, f.Blob, e.ID)
}

// file is the document that the proof is kept for, else the one at a path where
// the blob was committed, else one of such a name.
func (t *today) file(ctx context.Context, f *Found) (gitrepo.Entry, bool) {
	paths := []string{f.Document}
	for _, site := range f.Sites {
		paths = append(paths, site.Path)
		if now, _, ok := lip.LegacyPath(site.Path); ok {
			paths = append(paths, now)
		}
	}
	for _, p := range paths {
		if p == "" {
			continue
		}
		if e, err := t.s.Repo.Entry(ctx, t.head, p); err == nil {
			return e, true
		}
	}
	return t.byName(ctx, f)
}

// byName is the only file of HEAD with a name that the document may have.
func (t *today) byName(ctx context.Context, f *Found) (gitrepo.Entry, bool) {
	if t.named == nil {
		t.named = map[string][]gitrepo.Entry{}
		entries, err := t.s.Repo.Files(ctx, t.head, func(p string) bool { return !proofLike(path.Base(p)) })
		var some gitrepo.PathErrors
		if err != nil && !errors.As(err, &some) {
			return gitrepo.Entry{}, false
		}
		for _, e := range entries {
			t.named[path.Base(e.Path)] = append(t.named[path.Base(e.Path)], e)
		}
	}
	for _, name := range f.names {
		if list := t.named[name]; len(list) == 1 {
			return list[0], true
		}
	}
	return gitrepo.Entry{}, false
}

// differences says in what blob b differs from a: in how many lines, and in
// which keys of its front matter.
func (t *today) differences(ctx context.Context, a, b string) []string {
	return append(t.lines(ctx, a, b), t.keys(ctx, a, b)...)
}

// lines says how many lines differ.
func (t *today) lines(ctx context.Context, a, b string) []string {
	if t.stats++; t.stats > maxStats {
		return []string{"its bytes"}
	}
	switch added, removed, binary, err := t.s.Repo.LineChanges(ctx, a, b); {
	case err != nil:
		return []string{"its bytes, which could not be compared: " + err.Error()}
	case binary:
		return []string{"its bytes, which are no text"}
	default:
		return []string{fmt.Sprintf("%s added, %d removed", lineCount(added), removed)}
	}
}

// keys says which keys of the front matter differ, of a document that has any.
func (t *today) keys(ctx context.Context, a, b string) []string {
	var before, after bytes.Buffer
	if t.s.Repo.CopyBlob(ctx, a, maxCompared, &before) != nil || t.s.Repo.CopyBlob(ctx, b, maxCompared, &after) != nil {
		return nil
	}
	fields, text, ok := lip.Differences(before.Bytes(), after.Bytes())
	if !ok {
		return nil
	}
	if n := len(fields) - maxEntries; n > 0 {
		fields = append(fields[:maxEntries], fmt.Sprintf("and %d more", n))
	}
	if text {
		fields = append(fields, "the text below the front matter")
	}
	return fields
}

func lineCount(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}

// save writes the bytes that a proof is for into a directory, under the name of
// their digest and a cleaned one of their own.
func (s *Session) save(ctx context.Context, f *Found, dir string) {
	if f.Blob == "" || f.Err != nil || f.Elsewhere() {
		return
	}
	if f.Size > maxSaved {
		f.Err = refuse("git cat-file blob "+f.Blob, "its %d bytes are more than the %d that are written", f.Size, maxSaved)
		return
	}
	raw, err := s.exact(ctx, f, maxSaved)
	if err != nil {
		f.Err = err
		return
	}
	name := fmt.Sprintf("%x-%s", f.Digest, f.baseName())
	if err := gitrepo.WriteNew(dir, name, raw); err != nil {
		f.Err = err
		return
	}
	f.Wrote = filepath.Join(dir, name)
}

// exact gives the bytes that a proof is for, out of a blob of at most limit bytes.
func (s *Session) exact(ctx context.Context, f *Found, limit int64) ([]byte, error) {
	var b bytes.Buffer
	var err error
	if f.Variant == asIs {
		err = s.Repo.CopyBlob(ctx, f.Blob, limit, &b)
	} else {
		w := swapper{out: &b, crlf: f.Variant == withCR}
		err = s.Repo.CopyBlob(ctx, f.Blob, limit, &w)
		w.end()
	}
	if err != nil {
		return nil, err
	}
	h := f.Hash.NewHash()
	h.Write(b.Bytes())
	if !bytes.Equal(h.Sum(nil), f.Digest) {
		return nil, fmt.Errorf("blob %s: %w", f.Blob, gitrepo.ErrCorrupt)
	}
	return b.Bytes(), nil
}

// baseName is what the document was called, in characters that no file system
// and no terminal takes for anything else.
func (f *Found) baseName() string {
	name := "blob"
	if len(f.Sites) > 0 {
		name = path.Base(f.Sites[0].Path)
	} else if len(f.names) > 0 {
		name = f.names[0]
	}
	clean := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '_'
	}, name)
	clean = strings.Trim(clean[:min(len(clean), maxBaseName)], ".")
	if clean == "" {
		return "blob"
	}
	return clean
}
