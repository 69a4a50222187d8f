package gitrepo

import (
	"context"
	"errors"
)

// ProofAttributes finds out whether attributes would change the bytes of the proof at path.
func (r *Repo) ProofAttributes(ctx context.Context, path string) error {
	m, err := r.ProofAttributesOf(ctx, []string{path})
	if err != nil {
		return err
	}
	return m[path]
}

// ProofAttributesOf is ProofAttributes for many paths; paths without a finding are not in the map.
func (r *Repo) ProofAttributesOf(ctx context.Context, paths []string) (map[string]error, error) {
	return nil, errors.ErrUnsupported
}
