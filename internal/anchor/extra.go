package anchor

import (
	"context"
	"errors"
)

// Extra is what a command of the repository's own changed, and what of it joins
// the commit.
type Extra struct {
	Commit string // id of the commit that was checked out
	Files  []ExtraFile
}

// An ExtraFile is one file as the command left it.
type ExtraFile struct {
	Path string // from the top, UTF-8
	Old  string // id of the blob that the commit has there, "" for a new file
	Data []byte
}

// CollectExtra lists the files of the work tree that differ from HEAD and that
// one of the patterns allows (as config.Action has them). The notes say what was
// left out. More than may be committed is an error that wraps
// gitrepo.ErrTooLarge: half of what a command made is worse than nothing.
func (s *Session) CollectExtra(ctx context.Context, allow []string) (Extra, []string, error) {
	return Extra{}, nil, errors.ErrUnsupported
}

// Bytes returns it as JSON.
func (e Extra) Bytes() ([]byte, error) { return nil, errors.ErrUnsupported }

// ParseExtra reads what Bytes wrote, or what somebody else put in its place:
// everything in it is checked again.
func ParseExtra(b []byte) (Extra, error) { return Extra{}, errors.ErrUnsupported }
