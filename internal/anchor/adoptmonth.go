package anchor

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
)

// months lists those that our own branch has and HEAD and its history
// lack, as files of the work tree.
func (a adoption) months(ctx context.Context) ([]gitrepo.File, error) {
	conf := a.s.Config
	names, err := a.repo.Names(ctx, a.ours, topDir(conf.OTS.RegistryPath), isMonthFile)
	if errors.Is(err, gitrepo.ErrNotFound) || isRefusal(refusable(err)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var files []gitrepo.File
	for _, name := range names {
		at := path.Join(conf.OTS.RegistryPath, name)
		if _, err := a.s.Repo.Blob(ctx, a.head, at); !errors.Is(err, gitrepo.ErrNotFound) {
			continue
		}
		past, err := a.s.Repo.History(ctx, at)
		if len(past) > 0 || err != nil && !errors.Is(err, gitrepo.ErrMissingObject) {
			continue
		}
		blob, err := a.repo.Blob(ctx, a.ours, at)
		if err != nil || blob.Size > registry.MaxFile {
			continue
		}
		raw, err := blob.Bytes(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := a.s.Repo.ReadFile(at, registry.MaxFile); errors.Is(err, fs.ErrNotExist) {
			files = append(files, gitrepo.File{Path: at, Data: raw})
		}
		a.fresh[at] = blob
	}
	return files, nil
}
