package bitcoin

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// maxREST is how many headers one request may ask for: MAX_REST_HEADERS_RESULTS
// of Bitcoin Core.
const maxREST = 2000

// rest asks the REST interface of a Bitcoin Core that runs with -rest.
type rest struct{ site }

// NewREST returns the node with Bitcoin Core's REST interface at the base URL,
// below which its paths begin with rest/. Named is as for NewEsplora.
func NewREST(baseURL string, f *fetch.Client, named bool) Carrier {
	return rest{newSite(baseURL, f, named)}
}

func (s rest) Headers(ctx context.Context, after Hash, first uint64, count int) ([]Header, error) {
	if count < 1 {
		return nil, nil
	}
	var run []Header
	from, skip := after, 1 // the answer begins with the block that is named
	if after == (Hash{}) {
		var err error
		if from, err = s.hashAt(ctx, first); err != nil {
			return nil, err
		}
		skip = 0
	}
	for len(run) < count {
		want := min(count-len(run)+skip, maxREST)
		got, err := s.headersFrom(ctx, from, want)
		if err != nil {
			return nil, err
		}
		if len(got) > want || len(got) > 0 && got[0].Hash() != from {
			return nil, fmt.Errorf("%w: it answers with other headers than those from %s", ErrInconsistent, from)
		}
		if len(got) <= skip {
			break // the tip, or a block that it does not have on its chain
		}
		run = append(run, got[skip:]...)
		if len(got) < want {
			break
		}
		from, skip = run[len(run)-1].Hash(), 1
	}
	return handOver(after, first, run)
}

// hashAt returns the hash of the block at a height.
func (s rest) hashAt(ctx context.Context, height uint64) (Hash, error) {
	res, err := s.get(ctx, fetch.Request{Limit: maxLine, Timeout: lookupTimeout}, fmt.Sprintf("rest/blockhashbyheight/%d.hex", height), "")
	if err != nil {
		return Hash{}, err
	}
	switch {
	case res.Status == http.StatusNotFound && strings.HasPrefix(string(res.Body), "Block height out of range"):
		return Hash{}, fmt.Errorf("%w: no header at height %d", ErrBehind, height)
	case res.Status != http.StatusOK:
		return Hash{}, badStatus(res)
	}
	hash, err := ParseHash(strings.TrimSuffix(string(res.Body), "\n"))
	if err != nil {
		return Hash{}, fmt.Errorf("%w: not a block hash: %s", ErrUnavailable, quote(string(res.Body)))
	}
	return hash, nil
}

// headersFrom returns headers from the block that is named on; none if that is
// not on the node's main chain.
func (s rest) headersFrom(ctx context.Context, from Hash, count int) ([]Header, error) {
	// One header more is read, so that too many are told from a cut answer.
	res, err := s.get(ctx, fetch.Request{
		Accept: "application/octet-stream", Limit: int64(count+1) * HeaderSize, Timeout: lookupTimeout,
	}, fmt.Sprintf("rest/headers/%s.bin", from), fmt.Sprintf("?count=%d", count))
	if err != nil {
		return nil, err
	}
	if res.Status != http.StatusOK {
		return nil, badStatus(res)
	}
	return splitHeaders(res.Body)
}
