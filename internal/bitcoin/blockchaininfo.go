package bitcoin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
)

const (
	// maxBlocks is the most of an answer about one height that is read, in bytes.
	// It carries all transactions of each block there as JSON.
	maxBlocks = 32 << 20
	// maxLatest is the most of an answer about the tip that is read, in bytes. It
	// lists the indices of the block's transactions.
	maxLatest = 1 << 20
)

// blockchainInfo asks the interface of blockchain.info. It has no request for a
// header, which is rebuilt from a block's fields.
type blockchainInfo struct{ site }

// NewBlockchainInfo returns the explorer with the interface of blockchain.info
// at the base URL. Named is as for NewEsplora.
func NewBlockchainInfo(baseURL string, f *fetch.Client, named bool) Source {
	return blockchainInfo{newSite(baseURL, f, named)}
}

func (s blockchainInfo) Tip(ctx context.Context) (uint64, error) {
	return stream(ctx, s.site, maxLatest, lookupTimeout, parseLatest, "latestblock", "")
}

func (s blockchainInfo) Header(ctx context.Context, height uint64) (Header, error) {
	parse := func(r io.Reader) (Header, error) { return parseBlocks(r, height) }
	return stream(ctx, s.site, maxBlocks, blocksTimeout, parse, fmt.Sprintf("block-height/%d", height), "?format=json")
}

// stream makes a request and parses the answer as it arrives. A 404 is parsed
// as well: it may say that the height is not there yet.
func stream[V any](ctx context.Context, s site, limit int64, timeout time.Duration,
	parse func(io.Reader) (V, error), path, query string) (V, error) {
	var none, v V
	var bad error
	res, err := s.get(ctx, fetch.Request{
		Accept: "application/json", Limit: limit, Timeout: timeout,
		Read: func(r io.Reader) error { v, bad = parse(r); return bad },
	}, path, query)
	switch {
	case bad != nil:
		return none, bad
	case err != nil:
		return none, err
	case res.Status == http.StatusOK:
		return v, nil
	case res.Status == http.StatusNotFound:
		if _, err := parse(bytes.NewReader(res.Body)); errors.Is(err, ErrBehind) {
			return none, err
		}
	}
	return none, badStatus(res)
}

// parseLatest reads the height from {"height":…} among other fields.
func parseLatest(r io.Reader) (uint64, error) {
	var found fields
	d := newDecoder(r)
	if err := d.object(found.keep(d, "height")); err != nil {
		return 0, malformed(err)
	}
	if err := d.end(); err != nil {
		return 0, malformed(err)
	}
	number, ok := found["height"].(json.Number)
	if !ok {
		return 0, malformed(errors.New(`field "height" is missing or no number`))
	}
	return parseHeight(number.String())
}

// parseBlocks reads {"blocks":[…]} and returns the header of the one block that
// is on the main chain. Blocks that were left behind may stand there as well.
// An object without blocks is how the explorer says that the height is above
// its tip.
func parseBlocks(r io.Reader, height uint64) (Header, error) {
	d := newDecoder(r)
	var header *Header
	block := func() error {
		h, err := parseBlock(d, height)
		if err != nil || h == nil {
			return err
		}
		if header != nil {
			return fmt.Errorf("%w: two blocks on the main chain at height %d", ErrInconsistent, height)
		}
		header = h
		return nil
	}
	seen := false
	err := d.object(func(name string) error {
		switch {
		case name != "blocks":
			return d.skip()
		case seen:
			return errors.New(`field "blocks" comes twice`)
		}
		seen = true
		return d.array(block)
	})
	if err == nil {
		err = d.end()
	}
	switch {
	case errors.Is(err, ErrInconsistent):
		return Header{}, err
	case err != nil:
		return Header{}, malformed(err)
	case header == nil:
		return Header{}, fmt.Errorf("%w: no block on the main chain", ErrBehind)
	}
	return *header, nil
}

// parseBlock reads one block; nil if it is not on the main chain.
func parseBlock(d decoder, height uint64) (*Header, error) {
	var found fields
	wanted := []string{"hash", "ver", "prev_block", "mrkl_root", "time", "bits", "nonce", "height", "main_chain"}
	if err := d.object(found.keep(d, wanted...)); err != nil {
		return nil, err
	}
	if main, ok := found["main_chain"].(bool); !ok {
		return nil, errors.New(`field "main_chain" is missing or not true or false`)
	} else if !main {
		return nil, nil
	}
	var p picker
	stated := p.number(found, "height", 0, 1<<32-1)
	hash := p.hash(found, "hash")
	h := Fields{
		// The version is signed in the protocol and may be written either way.
		Version: int32(p.number(found, "ver", -1<<31, 1<<32-1)),
		Prev:    p.hash(found, "prev_block"),
		Root:    p.hash(found, "mrkl_root"),
		Time:    uint32(p.number(found, "time", 0, 1<<32-1)),
		Bits:    uint32(p.number(found, "bits", 0, 1<<32-1)),
		Nonce:   uint32(p.number(found, "nonce", 0, 1<<32-1)),
	}.Header()
	if p.err != nil {
		return nil, p.err
	}
	if uint64(stated) != height {
		return nil, fmt.Errorf("%w: block of height %d in place of %d", ErrInconsistent, stated, height)
	}
	if err := checkNamed(h, hash); err != nil {
		return nil, err
	}
	return &h, nil
}

// malformed is the error for an answer that is not what the explorer sends.
func malformed(err error) error {
	return fmt.Errorf("%w: read its JSON: %w", ErrUnavailable, err)
}

// A picker takes values out of a block's fields and keeps the first error.
type picker struct{ err error }

func (p *picker) fail(name, want string) {
	if p.err == nil {
		p.err = fmt.Errorf("field %q is missing or not %s", name, want)
	}
}

func (p *picker) number(f fields, name string, low, high int64) int64 {
	number, _ := f[name].(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 64)
	if err != nil || n < low || n > high {
		p.fail(name, "an integer in its range")
		return 0
	}
	return n
}

func (p *picker) hash(f fields, name string) Hash {
	s, _ := f[name].(string)
	h, err := ParseHash(s)
	if err != nil {
		p.fail(name, "64 hex digits")
	}
	return h
}
