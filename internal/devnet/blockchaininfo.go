package devnet

import (
	"net/http"
	"strconv"
	"strings"
)

// infoBlock is a block as blockchain.info shows it, whole transactions
// included.
type infoBlock struct {
	Hash       string   `json:"hash"`
	Ver        int32    `json:"ver"`
	PrevBlock  string   `json:"prev_block"`
	MrklRoot   string   `json:"mrkl_root"`
	Time       int64    `json:"time"`
	Bits       uint32   `json:"bits"`
	NextBlock  []string `json:"next_block"`
	Fee        uint64   `json:"fee"`
	Nonce      uint32   `json:"nonce"`
	NTx        int      `json:"n_tx"`
	Size       int      `json:"size"`
	BlockIndex uint64   `json:"block_index"`
	MainChain  bool     `json:"main_chain"`
	Height     uint64   `json:"height"`
	Weight     int      `json:"weight"`
	Tx         []infoTx `json:"tx"`
}

type infoTx struct {
	Hash string `json:"hash"`
	Ver  int    `json:"ver"`
	Size int    `json:"size"`
}

// blockchainInfo answers as blockchain.info does.
func (v view) blockchainInfo(path, format string) answer {
	if path == "latestblock" {
		s, _ := v.at(v.tip())
		return asJSON(http.StatusOK, map[string]any{
			"hash": s.hash.String(), "time": s.header.Time().Unix(), "block_index": s.height,
			"height": s.height, "txIndexes": []int{},
		})
	}
	number, ok := strings.CutPrefix(path, "block-height/")
	if !ok {
		return infoError()
	}
	if format != "json" { // the site itself
		return answer{status: http.StatusOK, kind: typeHTML, body: []byte(htmlPage)}
	}
	height, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return infoError()
	}
	s, ok := v.at(height)
	if !ok {
		return infoError()
	}
	// Replaced blocks come first: a client has to look at main_chain.
	blocks := []infoBlock{}
	for _, b := range v.stale[height] {
		blocks = append(blocks, v.infoJSON(sighting{block: b, header: b.header, hash: b.hash}))
	}
	return asJSON(http.StatusOK, map[string]any{"blocks": append(blocks, v.infoJSON(s))})
}

// infoError has no "blocks", by which clients know it.
func infoError() answer {
	return asJSON(http.StatusNotFound, map[string]string{
		"error": "not-found-or-invalid-arg", "message": "Item not found or argument invalid",
	})
}

func (v view) infoJSON(s sighting) infoBlock {
	b := infoBlock{
		Hash: s.hash.String(), Ver: s.header.Version(), PrevBlock: s.header.Prev().String(),
		MrklRoot: s.header.MerkleRoot().String(), Time: s.header.Time().Unix(), Bits: s.header.Bits(),
		Nonce: s.header.Nonce(), NTx: len(s.txs), Size: s.size(), BlockIndex: s.height,
		MainChain: v.onMain(s.block), Height: s.height, Weight: 4 * s.size(), NextBlock: []string{},
	}
	if next, ok := v.at(s.height + 1); ok && b.MainChain {
		b.NextBlock = append(b.NextBlock, next.hash.String())
	}
	for _, tx := range s.txs {
		b.Tx = append(b.Tx, infoTx{Hash: doubleHash(tx).String(), Ver: 1, Size: len(tx)})
	}
	return b
}
