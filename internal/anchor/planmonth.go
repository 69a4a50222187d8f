package anchor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/registry"
)

// A PlannedMonth is a month of the registry to commit with its proof: beside
// proofs and headers the only content that a run makes.
type PlannedMonth struct {
	Path string // in the directory of registries
	Data []byte
}

// plannedMonth reads a month off the disk.
func (s *Session) plannedMonth(at string) (PlannedMonth, error) {
	raw, err := s.Repo.ReadFile(at, registry.MaxFile)
	return PlannedMonth{at, raw}, err
}

// unrecorded gives proofs of months that are not committed yet the blobs that
// these will be.
func (s *Session) unrecorded(plan Plan) error {
	for _, m := range plan.Months {
		for i := range plan.Proofs {
			if plan.Proofs[i].Document != m.Path {
				continue
			}
			var err error
			if plan.Proofs[i].Blob, err = s.Repo.BlobID(m.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

// sortMonths puts months in order, each once.
func sortMonths(months []PlannedMonth) []PlannedMonth {
	slices.SortFunc(months, func(a, b PlannedMonth) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(months, func(a, b PlannedMonth) bool { return a.Path == b.Path })
}

// monthJSON is a month in a plan's file.
type monthJSON struct {
	Path string `json:"path"`
	Data []byte `json:"data"`
}

// checkMonths takes no month on trust.
func (p *Plan) checkMonths(list []monthJSON) error {
	paths := make([]string, len(list))
	for i, j := range list {
		period, ok := monthAt(p.layout(), j.Path)
		if !ok {
			return fmt.Errorf("%q is not the path of a month in %q", j.Path, p.Registries)
		}
		if _, err := registry.Parse(period, j.Data); err != nil {
			return fmt.Errorf("%q: %w", j.Path, err)
		}
		p.Months, paths[i] = append(p.Months, PlannedMonth(j)), j.Path
	}
	return checkPaths(paths)
}
