package gitrepo

import (
	"context"
	"errors"
)

// Settings returns the person's git configuration under anchor.* and color.ui, in order.
func (r *Repo) Settings(ctx context.Context) ([][2]string, error) { return nil, errors.ErrUnsupported }
