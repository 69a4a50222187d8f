package gitrepo

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// format is what a repository's own configuration says about its layout. Git
// reads it without following include.path, and so do we.
type format struct {
	version  int
	bare     bool
	worktree string // core.worktree, as written
	sha256   bool
	reftable bool
}

// readFormat reads config, and config.worktree where the extension asks for
// it, and refuses what we do not know.
func readFormat(gitDir, commonDir string) (format, error) {
	var f format
	shared, err := readConfig(filepath.Join(commonDir, "config"))
	if err != nil {
		return f, err
	}
	own, err := f.extensions(shared)
	if err != nil {
		return f, err
	}
	if gitDir == commonDir || own {
		f.layout(shared)
	}
	if own {
		settings, err := readConfig(filepath.Join(gitDir, "config.worktree"))
		if err != nil {
			return f, err
		}
		f.layout(settings)
	}
	return f, nil
}

func readConfig(path string) ([]setting, error) {
	b, err := readSmall(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // git: silently version 0
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	settings, err := parseConfig(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return settings, nil
}

func (f *format) layout(settings []setting) {
	for _, s := range settings {
		switch s.key {
		case "core.bare":
			f.bare = gitBool(s.value)
		case "core.worktree":
			f.worktree = s.value
		}
	}
}

// extensions checks core.repositoryformatversion and extensions.* as git's
// verify_repository_format does: in version 0 only the old extensions count
// and unknown ones are ignored; in version 1 an unknown one is fatal.
func (f *format) extensions(settings []setting) (worktreeConfig bool, err error) {
	for _, s := range settings {
		if s.key != "core.repositoryformatversion" {
			continue
		}
		f.version, err = strconv.Atoi(s.value)
		if err != nil || f.version < 0 || f.version > 1 {
			return false, fmt.Errorf("%w: core.repositoryformatversion is %q (0 and 1 are known)", ErrUnsupported, s.value)
		}
	}
	for _, s := range settings {
		name, ok := strings.CutPrefix(s.key, "extensions.")
		if !ok {
			continue
		}
		switch name {
		case "noop", "preciousobjects", "partialclone":
			continue
		case "worktreeconfig":
			worktreeConfig = gitBool(s.value)
			continue
		}
		known := f.extension(name, s.value)
		if f.version == 0 && known {
			return false, fmt.Errorf("%w: extensions.%s needs core.repositoryformatversion 1", ErrUnsupported, name)
		}
		if f.version == 1 && !known {
			return false, fmt.Errorf("%w: extensions.%s = %q is not known", ErrUnsupported, name, s.value)
		}
	}
	return worktreeConfig, nil
}

// extension takes an extension that only version 1 may have.
func (f *format) extension(name, value string) (known bool) {
	switch name + "=" + value {
	case "objectformat=sha256":
		f.sha256 = true
		return true
	case "refstorage=reftable":
		f.reftable = true
		return true
	case "objectformat=sha1", "refstorage=files":
		return true
	}
	return name == "noop-v1" || name == "relativeworktrees"
}

// setting is one line of a configuration file; the key is lower-case but for
// a subsection.
type setting struct{ key, value string }

// gitBool reads a boolean as git does; a key without a value arrives here as
// "true".
func gitBool(v string) bool {
	switch strings.ToLower(v) {
	case "true", "yes", "on":
		return true
	}
	n, err := strconv.Atoi(v)
	return err == nil && n != 0
}
