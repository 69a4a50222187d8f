package anchor

import (
	"context"
	"errors"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// A Plan is what a run wants committed. It is written by a step that has no
// token and read by the one that has: whatever that commits beside it comes from
// the server.
type Plan struct {
	Commit     string         // id of the commit whose documents were stamped or judged
	Registries string         // directory of registries, as the configuration has it
	Proofs     []PlannedProof // by path, each once
	Headers    []byte         // .git-anchor.headers; nil: the run did not extend it

	RegistryProofs string // directory of the registries' proofs
}

// A PlannedProof is a proof to commit. Paths are from the top, raw bytes.
type PlannedProof struct {
	Path     string
	Document string
	Blob     string // id of the document's blob; "": no document belongs to it, it is of an earlier version
	Old      string // id of the blob that the plan's commit has at Path, "" for none
	Proof    []byte
}

// Plan collects what the runs left to commit (Run.Written). A path of which a
// run has no result, as Adopt returns it, is planned by its name.
func (s *Session) Plan(ctx context.Context, runs ...Run) (Plan, error) {
	return Plan{}, errors.ErrUnsupported
}

// Bytes returns the plan as JSON, at most 64 MiB.
func (p Plan) Bytes() ([]byte, error) { return nil, errors.ErrUnsupported }

// ParsePlan reads what Bytes wrote. It takes nothing on trust: sizes, paths and
// proofs are checked.
func ParsePlan(b []byte) (Plan, error) { return Plan{}, errors.ErrUnsupported }

// Adopt takes the proofs that our own branch has, and that HEAD lacks or has
// with fewer claims, into the work tree, where their documents are HEAD's: what
// waits in a pull request must not be stamped again. It returns the paths that
// it wrote. Without such a branch there are none.
func (s *Session) Adopt(ctx context.Context, tip *gitrepo.Tip, branch string) ([]string, error) {
	return nil, errors.ErrUnsupported
}
