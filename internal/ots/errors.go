package ots

import (
	"errors"
	"fmt"
)

// Conditions that a caller may match with errors.Is. Every error of Parse and
// ParseTree is an *Error that wraps one of them.
var (
	ErrNotProof  = errors.New("not an OpenTimestamps proof")
	ErrTruncated = errors.New("proof ends early")
	ErrTrailing  = errors.New("bytes after the end of the proof")
	ErrMalformed = errors.New("proof breaks a rule of the format") // no client reads it

	// Other software may read these: they are beyond this package, not wrong.
	ErrVersion   = errors.New("unsupported proof version")
	ErrFileHash  = errors.New("unsupported file hash")
	ErrUnknownOp = errors.New("unknown operation")
	ErrTooLarge  = errors.New("proof is past a limit of git-anchor")
)

// An Error says where in its input a proof could not be read.
type Error struct {
	Offset int   // bytes from the start of the file or answer
	Err    error // the rule that broke; wraps one of the conditions above
}

// Error returns text of the form "byte 41: proof ends early: …".
func (e *Error) Error() string { return fmt.Sprintf("byte %d: %v", e.Offset, e.Err) }

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }
