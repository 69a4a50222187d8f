package gitrepo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// WriteNew writes a file of a name into any directory, which is made if it is
// not there: all of it or nothing, never through a symbolic link in its place. A
// file that holds the same is left as it is; any other is ErrExists.
func WriteNew(dir, name string, data []byte) error {
	if err := writeNew(dir, name, data); err != nil {
		return fmt.Errorf("write %q: %w", name, err)
	}
	return nil
}

func writeNew(dir, name string, data []byte) (err error) {
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00") {
		return ErrBadPath
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	err = put(root, name, File{Path: name, Data: data}, 0)
	if !errors.Is(err, ErrExists) {
		return err
	}
	f, openErr := openIn(root, name)
	if openErr != nil {
		return err
	}
	defer f.Close()
	have, readErr := io.ReadAll(io.LimitReader(f, int64(len(data))+1))
	if readErr == nil && bytes.Equal(have, data) {
		return nil
	}
	return err
}
