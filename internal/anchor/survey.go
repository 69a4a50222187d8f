package anchor

import (
	"context"
	"errors"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
)

// A survey is what a repository holds that may be anchored. Directories are
// slash paths from the top, "." for the top itself.
type survey struct {
	LIPs       []string // directories of lip-NNNN.md
	Legacy     []string // directories of lip-NNNN.mdx, as LIPs were named before
	Registries []string // directories of YYYY-MM.json
	Proofs     []string // directories of YYYY-MM.json.ots
	Evidence   bool     // there is JSON below evidence/
	Anchored   []string // other documents that have a proof beside them
}

var (
	registryFile = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])\.json$`)
	legacyFile   = regexp.MustCompile(`^lip-[0-9]{4}\.mdx$`)
)

// survey looks for documents among the names at HEAD and in the work tree; it
// opens none. A repository without a commit is its work tree.
func (s *Session) survey(ctx context.Context) (survey, error) {
	all := map[string]bool{}
	if err := s.Repo.WorkFiles(ctx, func(path string) { all[path] = true }); err != nil {
		return survey{}, err
	}
	c, err := s.Repo.Resolve(ctx, "HEAD")
	if err == nil {
		_, err = s.Repo.Files(ctx, c, func(path string) bool {
			all[path] = true
			return false
		})
	}
	var some gitrepo.PathErrors
	if err != nil && !errors.Is(err, gitrepo.ErrUnborn) && !errors.As(err, &some) {
		return survey{}, err
	}
	return surveyed(all), nil
}

func surveyed(all map[string]bool) survey {
	lips, legacy, registries, proofs := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	var v survey
	for p := range all {
		dir, base := path.Dir(p), path.Base(p)
		switch {
		case registryFile.MatchString(strings.TrimSuffix(base, ".ots")) && strings.HasSuffix(base, ".ots"):
			proofs[dir] = true
		case registryFile.MatchString(base):
			registries[dir] = true
		case legacyFile.MatchString(base):
			legacy[dir] = true
		case strings.HasPrefix(p, "evidence/") && strings.HasSuffix(p, ".json"):
			v.Evidence = true
		default:
			if _, err := lip.ParseName(base); err == nil {
				lips[dir] = true
			}
		}
	}
	for proof := range all {
		doc, ok := strings.CutSuffix(proof, ".ots")
		base := path.Base(doc)
		if !ok || !all[doc] || isEarlier(proof) || lips[path.Dir(doc)] || registryFile.MatchString(base) || legacyFile.MatchString(base) ||
			strings.HasPrefix(doc, "evidence/") && strings.HasSuffix(doc, ".json") {
			continue
		}
		v.Anchored = append(v.Anchored, doc)
	}
	slices.Sort(v.Anchored)
	v.LIPs, v.Legacy = slices.Sorted(maps.Keys(lips)), slices.Sorted(maps.Keys(legacy))
	v.Registries, v.Proofs = slices.Sorted(maps.Keys(registries)), slices.Sorted(maps.Keys(proofs))
	return v
}
