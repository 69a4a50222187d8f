package devnet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// Error codes of Bitcoin Core's RPC.
const (
	rpcParse        = -32700
	rpcInvalid      = -32600
	rpcNoMethod     = -32601
	rpcMisc         = -1 // its help text: wrong number of parameters
	rpcType         = -3
	rpcAddressOrKey = -5 // nothing has that hash
	rpcParameter    = -8 // out of range, or no hash
	rpcWarmup       = -28
)

type rpcRequest struct {
	Method string            `json:"method"`
	Params []json.RawMessage `json:"params"`
	ID     json.RawMessage   `json:"id"`
}

type rpcReply struct {
	Result any             `json:"result"`
	Error  *rpcError       `json:"error"`
	ID     json.RawMessage `json:"id"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// node answers a request for RPC, in a state that a fault chooses.
func (v view) node(c call) answer {
	switch v.fault {
	case "401":
		return answer{status: http.StatusUnauthorized, kind: typeText}.with("WWW-Authenticate", `Basic realm="jsonrpc"`)
	case "echo":
		user, password, _ := c.BasicAuth()
		said := fmt.Sprintf("%s %s:%s %s", c.Header.Get("Authorization"), user, password, c.body)
		return rpcAnswer(rpcReply{Error: &rpcError{rpcType, said}})
	}
	return v.rpc(c.body)
}

// rpc answers as Bitcoin Core does to JSON-RPC 1.0: errors come with status 500
// or 404 and a body, batches always with 200.
func (v view) rpc(body []byte) answer {
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		var batch []rpcRequest
		if err := json.Unmarshal(body, &batch); err != nil {
			return rpcAnswer(rpcReply{Error: &rpcError{rpcParse, "Parse error"}})
		}
		replies := []rpcReply{}
		for _, r := range batch {
			replies = append(replies, v.rpcCall(r))
		}
		return asJSON(http.StatusOK, replies)
	}
	var r rpcRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return rpcAnswer(rpcReply{Error: &rpcError{rpcParse, "Parse error"}})
	}
	return rpcAnswer(v.rpcCall(r))
}

func rpcAnswer(r rpcReply) answer {
	switch {
	case r.Error == nil:
		return asJSON(http.StatusOK, r)
	case r.Error.Code == rpcNoMethod:
		return asJSON(http.StatusNotFound, r)
	case r.Error.Code == rpcInvalid:
		return asJSON(http.StatusBadRequest, r)
	}
	return asJSON(http.StatusInternalServerError, r)
}

func (v view) rpcCall(r rpcRequest) rpcReply {
	result, failure := v.rpcResult(r)
	return rpcReply{Result: result, Error: failure, ID: r.ID}
}

func (v view) rpcResult(r rpcRequest) (any, *rpcError) {
	if v.fault == "warmup" {
		return nil, &rpcError{rpcWarmup, "Verifying blocks…"}
	}
	switch r.Method {
	case "":
		return nil, &rpcError{rpcInvalid, "Missing method"}
	case "getblockcount":
		return v.tip(), nil
	case "getbestblockhash":
		s, _ := v.at(v.tip())
		return s.hash.String(), nil
	case "getblockchaininfo":
		return v.chainInfo(), nil
	case "getblockhash":
		return v.rpcHash(r.Params)
	case "getblockheader":
		return v.rpcHeader(r.Params)
	}
	return nil, &rpcError{rpcNoMethod, "Method not found"}
}

func (v view) rpcHash(params []json.RawMessage) (any, *rpcError) {
	if len(params) != 1 {
		return nil, &rpcError{rpcMisc, "getblockhash height"}
	}
	var height int64
	if err := json.Unmarshal(params[0], &height); err != nil {
		return nil, &rpcError{rpcType, "JSON value is not an integer as expected"}
	}
	if height < 0 {
		return nil, &rpcError{rpcParameter, "Block height out of range"}
	}
	s, ok := v.at(uint64(height))
	if !ok {
		return nil, &rpcError{rpcParameter, "Block height out of range"}
	}
	return s.hash.String(), nil
}

func (v view) rpcHeader(params []json.RawMessage) (any, *rpcError) {
	name, verbose := "", true
	if len(params) < 1 || len(params) > 2 {
		return nil, &rpcError{rpcMisc, `getblockheader "blockhash" ( verbose )`}
	}
	if err := json.Unmarshal(params[0], &name); err != nil {
		return nil, &rpcError{rpcType, "JSON value is not a string as expected"}
	}
	if len(params) == 2 {
		if err := json.Unmarshal(params[1], &verbose); err != nil {
			return nil, &rpcError{rpcType, "JSON value is not a boolean as expected"}
		}
	}
	hash, err := bitcoin.ParseHash(name)
	if err != nil {
		return nil, &rpcError{rpcParameter, fmt.Sprintf("blockhash must be of length 64 and hexadecimal (not '%.64s')", name)}
	}
	s, ok := v.find(hash)
	switch {
	case !ok:
		return nil, &rpcError{rpcAddressOrKey, "Block not found"}
	case !verbose && v.fault == "longheaders":
		return hex.EncodeToString(append(s.header[:], make([]byte, 164-bitcoin.HeaderSize)...)), nil
	case !verbose:
		return hex.EncodeToString(s.header[:]), nil
	}
	return v.headerInfo(s), nil
}

// headerInfo is the verbose form. Confirmations are -1 off the main chain.
func (v view) headerInfo(s sighting) map[string]any {
	info := map[string]any{
		"hash": s.hash.String(), "confirmations": -1, "height": s.height,
		"version": s.header.Version(), "versionHex": fmt.Sprintf("%08x", uint32(s.header.Version())),
		"merkleroot": s.header.MerkleRoot().String(), "time": s.header.Time().Unix(),
		"mediantime": v.mediantime(s.block).Unix(), "nonce": s.header.Nonce(),
		"bits": fmt.Sprintf("%08x", s.header.Bits()), "difficulty": difficulty(s.header.Bits()),
		"chainwork": chainwork(s.height), "nTx": len(s.txs),
	}
	if s.height > 0 {
		info["previousblockhash"] = s.header.Prev().String()
	}
	if v.onMain(s.block) {
		info["confirmations"] = v.tip() - s.height + 1
		if next, ok := v.at(s.height + 1); ok {
			info["nextblockhash"] = next.hash.String()
		}
	}
	return info
}

func (v view) chainInfo() map[string]any {
	s, _ := v.at(v.tip())
	chain := bitcoin.Regtest().Name()
	if v.fault == "wrongchain" {
		chain = "signet"
	}
	return map[string]any{
		"chain": chain, "blocks": s.height, "headers": s.height, "bestblockhash": s.hash.String(),
		"difficulty": difficulty(s.header.Bits()), "time": s.header.Time().Unix(), "mediantime": v.mediantime(s.block).Unix(),
		"verificationprogress": 1, "initialblockdownload": v.fault == "ibd", "chainwork": chainwork(s.height),
		"pruned": v.fault == "pruned", "warnings": "",
	}
}

// chainwork returns the expected number of hashes: two for each regtest block.
func chainwork(height uint64) string { return fmt.Sprintf("%064x", 2*(height+1)) }

const (
	restHeaders    = 5    // headers in an answer when no count is asked for
	restMaxHeaders = 2000 // most that may be asked for
)

// rest answers as Bitcoin Core's REST interface does; errors end in CR LF.
func (v view) rest(path, count string) answer {
	if name, ok := strings.CutPrefix(path, "blockhashbyheight/"); ok {
		return v.restHash(name)
	}
	if name, ok := strings.CutPrefix(path, "headers/"); ok {
		return v.restHeaders(name, count)
	}
	return text(http.StatusNotFound, "no such path under /rest\r\n")
}

func (v view) restHash(name string) answer {
	number, format, _ := strings.Cut(name, ".")
	height, err := strconv.ParseUint(number, 10, 31)
	if err != nil {
		return text(http.StatusBadRequest, "Invalid height: %.64s\r\n", number)
	}
	s, ok := v.at(height)
	switch {
	case !ok:
		return text(http.StatusNotFound, "Block height out of range\r\n")
	case format == "json":
		return asJSON(http.StatusOK, map[string]string{"blockhash": s.hash.String()})
	}
	return restData(format, s.hash[:], s.hash.String())
}

func (v view) restHeaders(name, count string) answer {
	number, format, _ := strings.Cut(name, ".")
	most := restHeaders
	if count != "" {
		var err error
		if most, err = strconv.Atoi(count); err != nil || most < 1 || most > restMaxHeaders {
			return text(http.StatusBadRequest, "Header count is invalid or out of acceptable range (1-%d): %.64s\r\n", restMaxHeaders, count)
		}
	}
	hash, err := bitcoin.ParseHash(number)
	if err != nil {
		return text(http.StatusBadRequest, "Invalid hash: %.64s\r\n", number)
	}
	var raw []byte // empty when the hash is not on the main chain, as Core
	if s, ok := v.find(hash); ok && v.onMain(s.block) {
		for height := s.height; ok && len(raw) < most*bitcoin.HeaderSize; height++ {
			raw = append(raw, s.header[:]...)
			s, ok = v.at(height + 1)
		}
	}
	return restData(format, raw, hex.EncodeToString(raw))
}

// restData sends bytes as .bin or as .hex, whose digits are not always theirs:
// a hash is shown reversed.
func restData(format string, raw []byte, digits string) answer {
	switch format {
	case "bin":
		return answer{status: http.StatusOK, kind: typeBinary, body: raw}
	case "hex":
		return text(http.StatusOK, "%s\n", digits)
	}
	return text(http.StatusNotFound, "output format not found (available: .bin, .hex)\r\n")
}
