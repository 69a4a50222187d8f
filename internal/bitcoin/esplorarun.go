package bitcoin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/openllmo/git-anchor/internal/fetch"
)

const (
	// esploraPage is how many blocks an answer lists.
	esploraPage = 10
	// maxEsploraRun is how many headers an explorer is asked for at most: it has
	// ten a request, and allows some hundred requests an hour.
	maxEsploraRun = 60
	// maxPage is the most of a list of blocks that is read, in bytes. Ten have
	// some 6,000; mempool.space adds fields of its own.
	maxPage = 256 << 10
	// maxPageBlocks is how many blocks of a list are read: mempool.space has 15.
	maxPageBlocks = 25
)

// esploraRun asks an explorer of Esplora's kind for its lists of blocks, whose
// fields make headers.
type esploraRun struct{ esplora }

// NewEsploraRun returns the explorer with Esplora's interface at the base URL,
// as a carrier of at most 60 headers at a time. Named is as for NewEsplora.
func NewEsploraRun(baseURL string, f *fetch.Client, named bool) Carrier {
	return esploraRun{esplora{newSite(baseURL, f, named)}}
}

func (s esploraRun) Headers(ctx context.Context, after Hash, first uint64, count int) ([]Header, error) {
	switch {
	case count < 1:
		return nil, nil
	case count > maxEsploraRun:
		return nil, fmt.Errorf("%w: %d headers are more than an explorer is asked for, %d", ErrUnavailable, count, maxEsploraRun)
	}
	run, err := s.down(ctx, first, first+uint64(count)-1)
	if errors.Is(err, ErrBehind) {
		tip, tipErr := s.Tip(ctx)
		if tipErr != nil || tip < first || tip >= first+uint64(count)-1 {
			return nil, err
		}
		run, err = s.down(ctx, first, tip)
	}
	if err != nil {
		return nil, err
	}
	return handOver(after, first, run)
}

// down returns the headers from first to last. Lists go downwards.
func (s esploraRun) down(ctx context.Context, first, last uint64) ([]Header, error) {
	run := make([]Header, last-first+1)
	for left := len(run); left > 0; {
		top := first + uint64(left) - 1
		page, err := s.page(ctx, top)
		if err != nil {
			return nil, err
		}
		if len(page) < min(esploraPage, left) {
			return nil, fmt.Errorf("%w: %d blocks in the list from %d, not %d", ErrUnavailable, len(page), top, min(esploraPage, left))
		}
		page = page[:min(len(page), left)]
		left -= len(page)
		slices.Reverse(page)
		copy(run[left:], page)
	}
	return run, nil
}

// page returns the headers in the list of blocks from a height downwards.
func (s esploraRun) page(ctx context.Context, from uint64) ([]Header, error) {
	var page []Header
	var bad error
	res, err := s.get(ctx, fetch.Request{
		Accept: "application/json", Limit: maxPage, Timeout: lookupTimeout,
		Read: func(r io.Reader) error { page, bad = parseEsploraBlocks(r, from); return bad },
	}, fmt.Sprintf("blocks/%d", from), "")
	switch {
	case bad != nil:
		return nil, bad
	case err != nil:
		return nil, err
	case res.Status == http.StatusOK:
		return page, nil
	case res.Status == http.StatusNotFound && string(res.Body) == "Block not found":
		return nil, fmt.Errorf("%w: block not found", ErrBehind)
	}
	return nil, badStatus(res)
}

// parseEsploraBlocks reads a list of blocks of the heights from, from-1, … and
// rebuilds their headers.
func parseEsploraBlocks(r io.Reader, from uint64) ([]Header, error) {
	d := newDecoder(r)
	var page []Header
	err := d.array(func() error {
		if len(page) == maxPageBlocks || uint64(len(page)) > from {
			return fmt.Errorf("%w: its list has too many blocks", ErrInconsistent)
		}
		h, err := parseEsploraBlock(d, from-uint64(len(page)))
		page = append(page, h)
		return err
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case errors.Is(err, ErrInconsistent):
		return nil, err
	case err != nil:
		return nil, malformed(err)
	}
	return page, nil
}

func parseEsploraBlock(d decoder, height uint64) (Header, error) {
	var found fields
	wanted := []string{"id", "height", "version", "previousblockhash", "merkle_root", "timestamp", "bits", "nonce"}
	if err := d.object(found.keep(d, wanted...)); err != nil {
		return Header{}, err
	}
	var p picker
	stated := p.number(found, "height", 0, 1<<32-1)
	hash := p.hash(found, "id")
	f := Fields{
		Version: int32(p.number(found, "version", -1<<31, 1<<32-1)),
		Root:    p.hash(found, "merkle_root"),
		Time:    uint32(p.number(found, "timestamp", 0, 1<<32-1)),
		Bits:    uint32(p.number(found, "bits", 0, 1<<32-1)),
		Nonce:   uint32(p.number(found, "nonce", 0, 1<<32-1)),
	}
	if height > 0 { // the genesis block has null or nothing there
		f.Prev = p.hash(found, "previousblockhash")
	}
	if p.err != nil {
		return Header{}, p.err
	}
	if uint64(stated) != height {
		return Header{}, fmt.Errorf("%w: block of height %d in place of %d", ErrInconsistent, stated, height)
	}
	h := f.Header()
	return h, checkNamed(h, hash)
}
