package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxHook is how many bytes of a hook are read.
const maxHook = 1 << 20

// Hook reads the person's hook of a name, from where git looks for it
// (core.hooksPath, else the git directory's hooks), and says where that is.
// Without one its content is nil. One that is a symbolic link is ErrSymlink.
func (r *Repo) Hook(ctx context.Context, name string) (path string, content []byte, err error) {
	path, dir, err := r.hooks(ctx, name, false)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil
	}
	if err != nil {
		return path, nil, fmt.Errorf("read hook %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	f, err := openIn(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil, nil
	}
	if err != nil {
		return path, nil, fmt.Errorf("read hook %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	content, err = io.ReadAll(io.LimitReader(f, maxHook+1))
	if err == nil && len(content) > maxHook {
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, maxHook)
	}
	if err != nil {
		return path, nil, fmt.Errorf("read hook %s: %w", path, err)
	}
	return path, content, nil
}

// InstallHook writes a hook to where Hook looks for it, and makes it
// executable. As with WriteFile, old is what it holds now (ErrChanged), nil for
// nothing (ErrExists), and nothing is written through a symbolic link. Where
// OwnHooks says no it is ErrOutside.
func (r *Repo) InstallHook(ctx context.Context, name string, content, old []byte) (err error) {
	own, err := r.OwnHooks(ctx)
	if err == nil && !own {
		err = ErrOutside
	}
	path, dir := name, (*os.Root)(nil)
	if err == nil {
		path, dir, err = r.hooks(ctx, name, true)
	}
	if err == nil {
		defer func() { err = errors.Join(err, dir.Close()) }()
		err = put(dir, name, File{path, content, old}, 0o755)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("write hook %s: %w", path, err)
	}
	return nil
}

// OwnHooks reports whether the directory of the person's hooks lies in the
// repository's git directory or its work tree, wherever links lead. Elsewhere
// other repositories run the same hooks.
func (r *Repo) OwnHooks(ctx context.Context) (bool, error) {
	at, err := r.hooksPath(ctx)
	if err != nil {
		return false, err
	}
	at = followed(at)
	for _, own := range []string{r.top, r.gitDir, r.commonDir} {
		if own == "" {
			continue
		}
		if _, ok := below(followed(own), at); ok {
			return true, nil
		}
	}
	return false, nil
}

// followed is a path with the links followed in as much of it as is there.
func followed(path string) string {
	path = filepath.Clean(path)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	dir := filepath.Dir(path)
	if dir == path {
		return path
	}
	return filepath.Join(followed(dir), filepath.Base(path))
}

// hooks opens the directory of the person's hooks, and gives the path of one.
// Within the work tree, which commits can change, no link may lead there.
func (r *Repo) hooks(ctx context.Context, name string, make bool) (path string, dir *os.Root, err error) {
	if err := checkName(name); err != nil || strings.ContainsAny(name, `/\`) {
		return name, nil, errors.Join(ErrBadPath, err)
	}
	at, err := r.hooksPath(ctx)
	if err != nil {
		return name, nil, err
	}
	path = filepath.Join(at, name)
	if r.top != "" {
		if rel, ok := below(r.top, path); ok && checkPath(rel) == nil {
			dir, _, err = r.walkTo(rel, make)
			return path, dir, err
		}
	}
	if make {
		if err := os.MkdirAll(at, 0o755); err != nil {
			return path, nil, err
		}
	}
	dir, err = os.OpenRoot(at)
	return path, dir, err
}

// hooksPath is the directory in which git looks for hooks. Our own git is told
// to find none, by the last value of the setting.
func (r *Repo) hooksPath(ctx context.Context) (string, error) {
	out, err := r.git.output(ctx, nil, "config", "-z", "--type=path", "--get-all", "core.hooksPath")
	if err != nil {
		return "", err
	}
	values := strings.Split(string(bytes.TrimSuffix(out, []byte{0})), "\x00")
	if len(values) < 2 || values[len(values)-2] == "" {
		return filepath.Join(r.commonDir, "hooks"), nil
	}
	at := values[len(values)-2]
	if !filepath.IsAbs(at) {
		base := r.top
		if base == "" {
			base = r.gitDir
		}
		at = filepath.Join(base, filepath.FromSlash(at))
	}
	return at, nil
}
