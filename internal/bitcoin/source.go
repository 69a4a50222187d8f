package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// A Source is asked for one header at a height. It need not be trusted with
// more than that: the header is checked by whoever asked.
type Source interface {
	// Name returns the host as it is printed, with the port if the URL has one.
	Name() string
	// Tip returns the height of the highest block that the source has.
	Tip(ctx context.Context) (uint64, error)
	// Header returns the header of the block at height, which meets its own
	// difficulty. Errors wrap ErrUnavailable, ErrBehind or ErrInconsistent.
	Header(ctx context.Context, height uint64) (Header, error)
}

// What can be wrong with a source. Every error of a Source wraps one of these.
var (
	// ErrUnavailable: there was no usable answer. It says nothing on the block.
	ErrUnavailable = errors.New("unavailable")
	// ErrBehind: the source does not have the block (yet).
	ErrBehind = errors.New("not there yet")
	// ErrInconsistent: the answer contradicts itself or what is known of the
	// chain, so it does not come from a sound source on this network.
	ErrInconsistent = errors.New("inconsistent")
)

// DefaultSources returns the explorers that are asked when the person names
// none, in the order of asking.
func DefaultSources(f *fetch.Client) []Source {
	return []Source{
		NewEsplora("https://blockstream.info/api", f, false),
		NewEsplora("https://mempool.space/api", f, false),
		NewBlockchainInfo("https://blockchain.info", f, false),
	}
}

// ParseSource reads a source that the person named: a URL, with esplora: or
// blockchain.info: before it to say which of the two interfaces it has. Without
// that the host blockchain.info has its own and any other has Esplora's.
func ParseSource(spec string, f *fetch.Client) (Source, error) {
	kind, base := "", spec
	for _, k := range []string{"esplora", "blockchain.info"} {
		if rest, ok := strings.CutPrefix(spec, k+":"); ok {
			kind, base = k, rest
		}
	}
	// The errors repeat nothing of the URL: it may hold a password.
	if err := fetch.CheckURL(base, true); err != nil {
		return nil, fmt.Errorf("explorer: %w", err)
	}
	u, err := url.Parse(base)
	if err != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(base, "#") {
		return nil, errors.New("explorer: the URL that requests begin with has no query and no fragment")
	}
	if kind == "blockchain.info" || kind == "" && strings.EqualFold(u.Hostname(), "blockchain.info") {
		return NewBlockchainInfo(base, f, true), nil
	}
	return NewEsplora(base, f, true), nil
}

// Runs returns the carriers among explorers: those with Esplora's interface hand
// over the last few headers of a period.
func Runs(sources []Source) []Carrier {
	var carriers []Carrier
	for _, s := range sources {
		if e, ok := s.(esplora); ok {
			carriers = append(carriers, esploraRun{e})
		}
	}
	return carriers
}
