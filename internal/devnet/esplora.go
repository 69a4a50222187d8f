package devnet

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

const (
	esploraPage = 10          // blocks in an answer to /blocks
	cacheDeep   = "157784630" // seconds: what electrs sends for blocks that stay
	cacheTip    = "10"        // and for what the next block may change
	deepEnough  = 10          // confirmations from which it is the former
	notFound    = "Block not found"
)

// esploraBlock is /block/:hash.
type esploraBlock struct {
	ID         string  `json:"id"`
	Height     uint64  `json:"height"`
	Version    int32   `json:"version"`
	Timestamp  int64   `json:"timestamp"`
	TxCount    int     `json:"tx_count"`
	Size       int     `json:"size"`
	Weight     int     `json:"weight"`
	MerkleRoot string  `json:"merkle_root"`
	Previous   *string `json:"previousblockhash"` // null before the genesis block
	MedianTime int64   `json:"mediantime"`
	Nonce      uint32  `json:"nonce"`
	Bits       uint32  `json:"bits"`
	Difficulty float64 `json:"difficulty"`
}

// esplora answers as electrs does: plain text without a line end, errors too.
func (v view) esplora(path string) answer {
	part := strings.Split(path, "/")
	switch {
	case path == "blocks/tip/height":
		return text(http.StatusOK, "%d", v.tip()).with("Cache-Control", "public, max-age="+cacheTip)
	case path == "blocks/tip/hash":
		s, _ := v.at(v.tip())
		return text(http.StatusOK, "%s", s.hash).with("Cache-Control", "public, max-age="+cacheTip)
	case path == "blocks":
		return v.esploraBlocks(v.tip())
	case part[0] == "blocks" && len(part) == 2, part[0] == "block-height" && len(part) == 2:
		height, err := strconv.ParseUint(part[1], 10, 32)
		if err != nil {
			return text(http.StatusBadRequest, "Invalid number")
		}
		if part[0] == "blocks" {
			return v.esploraBlocks(height)
		}
		s, ok := v.at(height)
		if !ok {
			return text(http.StatusNotFound, notFound)
		}
		return v.cached(s, text(http.StatusOK, "%s", s.hash))
	case part[0] == "block" && (len(part) == 2 || len(part) == 3 && part[2] == "header"):
		return v.esploraByHash(part[1], len(part) == 3)
	}
	return text(http.StatusNotFound, "endpoint does not exist %q", "/"+path)
}

func (v view) esploraByHash(name string, header bool) answer {
	hash, err := bitcoin.ParseHash(name)
	if err != nil {
		return text(http.StatusBadRequest, "Invalid hex string")
	}
	s, ok := v.find(hash)
	switch {
	case !ok:
		return text(http.StatusNotFound, notFound)
	case header:
		return v.cached(s, text(http.StatusOK, "%s", hex.EncodeToString(s.header[:])))
	}
	return v.cached(s, asJSON(http.StatusOK, v.esploraJSON(s)))
}

// esploraBlocks lists blocks downwards.
func (v view) esploraBlocks(from uint64) answer {
	list := []esploraBlock{}
	for height := from; len(list) < esploraPage; height-- {
		s, ok := v.at(height)
		if !ok {
			return text(http.StatusNotFound, notFound)
		}
		list = append(list, v.esploraJSON(s))
		if height == 0 {
			break
		}
	}
	return asJSON(http.StatusOK, list).with("Cache-Control", "public, max-age="+cacheTip)
}

func (v view) esploraJSON(s sighting) esploraBlock {
	b := esploraBlock{
		ID: s.hash.String(), Height: s.height, Version: s.header.Version(), Timestamp: s.header.Time().Unix(),
		TxCount: len(s.txs), Size: s.size(), Weight: 4 * s.size(), MerkleRoot: s.header.MerkleRoot().String(),
		MedianTime: v.mediantime(s.block).Unix(), Nonce: s.header.Nonce(), Bits: s.header.Bits(),
		Difficulty: difficulty(s.header.Bits()),
	}
	if s.height > 0 {
		prev := s.header.Prev().String()
		b.Previous = &prev
	}
	return b
}

// cached says how long an answer about s may be kept.
func (v view) cached(s sighting, a answer) answer {
	age := cacheTip
	if v.onMain(s.block) && v.depth(s.block) >= deepEnough {
		age = cacheDeep
	}
	return a.with("Cache-Control", "public, max-age="+age)
}
