package bitcoin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// A mirror is a directory of files that any web server can serve, one for each
// period of 2016 blocks: BASE/NNNN.bin, NNNN being the number of the period in
// decimal digits, at least four (0000.bin begins with the genesis block). A
// file holds the period's 2016 headers, 80 bytes each, and nothing else.
type mirror struct{ site }

// periodSize is the length in bytes of a mirror's file.
const periodSize = Period * HeaderSize

// NewMirror returns the mirror at the base URL. Named is as for NewEsplora.
func NewMirror(baseURL string, f *fetch.Client, named bool) Carrier {
	return mirror{newSite(baseURL, f, named)}
}

// periodFile is the name of a period's file in a mirror.
func periodFile(period uint64) string { return fmt.Sprintf("%04d.bin", period) }

func (s mirror) Headers(ctx context.Context, after Hash, first uint64, count int) ([]Header, error) {
	if count < 1 {
		return nil, nil
	}
	var run []Header
	for len(run) < count {
		height := first + uint64(len(run))
		whole, err := s.period(ctx, height/Period)
		if err != nil {
			return nil, err
		}
		if whole == nil {
			break
		}
		rest := whole[height%Period:]
		run = append(run, rest[:min(len(rest), count-len(run))]...)
	}
	return handOver(after, first, run)
}

// period returns the headers of a period; nil if the mirror does not have them.
func (s mirror) period(ctx context.Context, period uint64) ([]Header, error) {
	res, err := s.get(ctx, fetch.Request{
		Accept: "application/octet-stream", Limit: periodSize, Timeout: blocksTimeout,
	}, periodFile(period), "")
	switch {
	case err != nil:
		return nil, err
	case res.Status == http.StatusNotFound:
		return nil, nil
	case res.Status != http.StatusOK:
		return nil, badStatus(res)
	case len(res.Body) != periodSize:
		return nil, fmt.Errorf("%w: %s has %d bytes, not %d", ErrUnavailable, periodFile(period), len(res.Body), periodSize)
	}
	return splitHeaders(res.Body)
}
