package anchor

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// Elsewhere says that the blob is here, and that no commit of Rev brought it.
func (f *Found) Elsewhere() bool { return f.Rev != "" && f.Blob != "" && len(f.Sites) == 0 }

// order gives each proof the sites of its blob: first those that its name
// speaks of, or that it was called by before, last the copies that Find wrote.
func (s *Session) order(ctx context.Context, found []Found, sites map[string][]gitrepo.Site) {
	within, cancel := context.WithTimeout(ctx, likelyTime)
	defer cancel()
	followed := 0
	for i := range found {
		f := &found[i]
		f.Sites = slices.Clone(sites[f.Blob])
		if len(f.Sites) < 2 {
			continue
		}
		names := f.names
		named := func(site gitrepo.Site) bool { return slices.Contains(names, path.Base(site.Path)) }
		if f.Document != "" && !slices.ContainsFunc(f.Sites, named) && followed < likelyFollow {
			followed++
			names = s.formerNames(within, f)
		}
		rank := func(site gitrepo.Site) int {
			switch {
			case copied(site.Path, f.Digest):
				return 3
			case site.Path == f.Document:
				return 0
			case named(site):
				return 1
			}
			return 2
		}
		slices.SortStableFunc(f.Sites, func(a, b gitrepo.Site) int {
			return cmp.Or(cmp.Compare(rank(a), rank(b)), a.First.When.Compare(b.First.When))
		})
	}
}

// formerNames are the documents' names that go with what a proof was called
// before it was renamed. What git cannot follow has none.
func (s *Session) formerNames(ctx context.Context, f *Found) []string {
	paths, err := s.Repo.FormerNames(ctx, f.Proof)
	if err != nil {
		return nil
	}
	var names []string
	for _, p := range paths {
		names = append(names, documentNames(p)...)
	}
	return names
}

// copied says that a path is one that Find writes the bytes of this digest to.
func copied(p string, digest []byte) bool {
	return strings.HasPrefix(path.Base(p), fmt.Sprintf("%x-", digest))
}
