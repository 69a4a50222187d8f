package devnet

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

// mirror answers as a web server does that has a file for each whole period of
// the chain. Under "otherperiod" it hands out the file before or after.
func (v view) mirror(name string) answer {
	digits, ok := strings.CutSuffix(name, ".bin")
	period, err := strconv.ParseUint(digits, 10, 16)
	if !ok || err != nil || len(digits) < 4 {
		return text(http.StatusNotFound, "404 page not found\n")
	}
	if v.fault == "otherperiod" {
		period ^= 1
	}
	first := period * bitcoin.Period
	if first+bitcoin.Period-1 > v.tip() {
		return text(http.StatusNotFound, "404 page not found\n")
	}
	var raw []byte
	for height := first; height < first+bitcoin.Period; height++ {
		s, _ := v.at(height)
		raw = append(raw, s.header[:]...)
	}
	return answer{status: http.StatusOK, kind: typeBinary, body: raw}
}

// Mirror returns the base URL of a mirror of the chain's whole periods.
func (n *Net) Mirror() string { return n.base + "/mirror" }
