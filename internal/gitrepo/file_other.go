//go:build !linux && !darwin

package gitrepo

import (
	"errors"
	"os"
)

// renameNoReplace: this system has no such call.
func renameNoReplace(*os.Root, string, string) error { return errors.ErrUnsupported }
