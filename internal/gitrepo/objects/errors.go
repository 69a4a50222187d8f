package objects

import (
	"errors"
	"fmt"
)

// Conditions a caller may match with errors.Is.
var (
	ErrMissing  = errors.New("no such object here")
	ErrCorrupt  = errors.New("corrupt object") // or what it is stored in
	ErrTooLarge = errors.New("too large")
	ErrClosed   = errors.New("the object store is closed")

	// ErrStop, returned by the function that Scan calls, ends the scan.
	ErrStop = errors.New("stop scanning")
)

// errGone: a file that a directory listed is not there any more, or is another
// one. What it held is looked for again.
var errGone = errors.New("removed by somebody else")

// corrupt is an ErrCorrupt that says what is wrong.
func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

func tooLarge(size, limit int64) error {
	return fmt.Errorf("%w: %d bytes, %d allowed", ErrTooLarge, size, limit)
}
