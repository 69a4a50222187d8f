package bitcoin

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// maxLine is the most of a one-line answer that is read, in bytes. The longest
// that is right has 161; more shows what came instead.
const maxLine = 1024

// esplora asks the HTTP interface of blockstream.info and mempool.space.
type esplora struct{ site }

// NewEsplora returns the explorer with Esplora's interface at the base URL, for
// example https://blockstream.info/api. Named means that the person named it:
// a loopback or private address is then allowed.
func NewEsplora(baseURL string, f *fetch.Client, named bool) Source {
	return esplora{newSite(baseURL, f, named)}
}

func (s esplora) Tip(ctx context.Context) (uint64, error) {
	line, err := s.line(ctx, "blocks/tip/height")
	if err != nil {
		return 0, err
	}
	return parseHeight(line)
}

func (s esplora) Header(ctx context.Context, height uint64) (Header, error) {
	line, err := s.line(ctx, fmt.Sprintf("block-height/%d", height))
	if err != nil {
		return Header{}, err
	}
	hash, err := ParseHash(line)
	if err != nil {
		return Header{}, fmt.Errorf("%w: not a block hash: %s", ErrUnavailable, quote(line))
	}
	if line, err = s.line(ctx, fmt.Sprintf("block/%s/header", hash)); err != nil {
		return Header{}, err
	}
	return parseHeaderLine(line, hash)
}

// line returns a one-line answer without its end of line.
func (s esplora) line(ctx context.Context, path string) (string, error) {
	res, err := s.get(ctx, fetch.Request{Accept: "text/plain", Limit: maxLine, Timeout: lookupTimeout}, path, "")
	if err != nil {
		return "", err
	}
	line := strings.TrimSuffix(string(res.Body), "\n")
	switch {
	case res.Status == http.StatusOK:
		return line, nil
	case res.Status == http.StatusNotFound && line == "Block not found":
		return "", fmt.Errorf("%w: block not found", ErrBehind)
	}
	return "", badStatus(res)
}

// parseHeaderLine reads the header of the block that was asked for by its hash.
// Hex of another length is a header too, of a chain that is not Bitcoin.
func parseHeaderLine(line string, hash Hash) (Header, error) {
	raw, err := hex.DecodeString(line)
	if err != nil || len(raw) == 0 {
		return Header{}, fmt.Errorf("%w: not a block header: %s", ErrUnavailable, quote(line))
	}
	h, err := ParseHeader(raw)
	if err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrInconsistent, err)
	}
	if err := checkNamed(h, hash); err != nil {
		return Header{}, err
	}
	return h, nil
}
