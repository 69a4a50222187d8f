package anchor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A Plan is what a run wants committed. It is written by a step that has no
// token and read by the one that has: whatever else that one needs comes from
// the server.
type Plan struct {
	Registries     string         // the configuration's registry_path, "." for the top
	RegistryProofs string         // its proofs_path
	Proofs         []PlannedProof // by path, each once
	Months         []PlannedMonth // of the registry, by path, each once; each has a proof above
	Headers        []byte         // .git-anchor.headers; nil: the run did not extend it
}

// A PlannedProof is a proof to commit. Paths are from the top, raw bytes.
type PlannedProof struct {
	Path     string
	Document string
	Blob     string // id of the document's blob; "": there is no document, the proof is of an earlier version
	Old      string // id of the blob that HEAD had at Path, "" for none
	Proof    []byte
}

// Empty reports that there is nothing to commit.
func (p Plan) Empty() bool { return len(p.Proofs)+len(p.Months) == 0 && p.Headers == nil }

// Plan collects what the runs left to commit (Run.Written), as the files are on
// disk now. A path of which a run has no result, as Adopt returns it, is
// planned by its name.
func (s *Session) Plan(ctx context.Context, runs ...Run) (Plan, error) {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil {
		return Plan{}, err
	}
	plan := Plan{Registries: s.Config.OTS.RegistryPath, RegistryProofs: s.Config.OTS.ProofsPath}
	proofs := map[string]PlannedProof{}
	for _, run := range runs {
		if run.Commit.ID != "" && run.Commit.ID != head.ID {
			return Plan{}, fmt.Errorf("plan a commit: HEAD is %s now and was %s when the documents were read", head.ID, run.Commit.ID)
		}
		results := make(map[string]Result, len(run.Results))
		for _, r := range run.Results {
			results[r.Proof] = r
		}
		for _, p := range run.Written {
			if _, month := monthAt(s.Config, p); month {
				var m PlannedMonth
				m, err = s.plannedMonth(p)
				plan.Months = append(plan.Months, m)
			} else if p == bitcoin.BundleFile {
				plan.Headers, err = s.Repo.ReadFile(p, bitcoin.MaxBundle)
			} else if _, done := proofs[p]; !done {
				proofs[p], err = s.planned(p, results[p])
			}
			if err != nil {
				return Plan{}, fmt.Errorf("plan a commit: %w", err)
			}
		}
	}
	plan.Proofs = slices.SortedFunc(maps.Values(proofs), func(a, b PlannedProof) int { return strings.Compare(a.Path, b.Path) })
	plan.Months = sortMonths(plan.Months)
	if err := s.recorded(ctx, head, plan.Proofs); err != nil {
		return plan, err
	}
	return plan, s.unrecorded(plan)
}

// planned reads a proof off the disk. Its result, if there is one, says whose it
// is.
func (s *Session) planned(proof string, r Result) (PlannedProof, error) {
	p := PlannedProof{Path: proof, Document: r.Path}
	if _, earlier := Superseded(proof); earlier || r.Superseded {
		p.Document = ""
	} else if p.Document == "" {
		p.Document, _ = s.Config.DocumentPath(proof)
	}
	var err error
	p.Proof, err = s.Repo.ReadFile(proof, ots.MaxProof)
	return p, err
}

// recorded fills in which blobs the commit has at the proofs' paths, and for
// their documents.
func (s *Session) recorded(ctx context.Context, c gitrepo.Commit, proofs []PlannedProof) error {
	ids := map[string]string{}
	for _, p := range proofs {
		ids[p.Path] = ""
		if p.Document != "" {
			ids[p.Document] = ""
		}
	}
	entries, err := s.Repo.Files(ctx, c, func(path string) bool {
		_, wanted := ids[path]
		return wanted
	})
	var some gitrepo.PathErrors
	if err != nil && !errors.As(err, &some) {
		return err
	}
	for _, e := range entries {
		ids[e.Path] = e.ID
	}
	for i := range proofs {
		proofs[i].Old, proofs[i].Blob = ids[proofs[i].Path], ids[proofs[i].Document]
	}
	return nil
}

// layout is where proofs lie, as the configuration has it.
func (p Plan) layout() config.Config {
	return config.Config{OTS: config.OTS{RegistryPath: p.Registries, ProofsPath: p.RegistryProofs}}
}
