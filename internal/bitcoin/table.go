package bitcoin

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// A Confirmation says how a row of the table was confirmed before it was taken.
type Confirmation byte

const (
	// ByHeader: by an independent full header that hashes to it or links to it.
	ByHeader Confirmation = 1 + iota
	// ByPublication: by several independent publications.
	ByPublication
	// ByWork: one source named it, but the hash itself carries the full work of
	// its period.
	ByWork
)

func confirmationNames() [ByWork + 1]string {
	return [...]string{"", "header", "published", "work"}
}

// String returns the word that stands for it in data/checkpoints.tsv.
func (c Confirmation) String() string {
	names := confirmationNames()
	if c < ByHeader || int(c) >= len(names) {
		return fmt.Sprintf("confirmation %d", byte(c))
	}
	return names[c]
}

// A Stretch is rows of the table, one after another, confirmed in the same way.
type Stretch struct {
	First, Last uint64 // heights of the blocks that the first and last row name
	By          Confirmation
}

// Stretches returns all rows of the table, in order.
func (n *Network) Stretches() []Stretch {
	var all []Stretch
	for end := uint64(Period - 1); n.table != "" && end <= n.LastHeight(); end += Period {
		by := Confirmation(n.row(end / Period)[36])
		if last := len(all) - 1; last >= 0 && all[last].By == by {
			all[last].Last = end
			continue
		}
		all = append(all, Stretch{end, end, by})
	}
	return all
}

// TableDigest returns the SHA-256 of the table as it lies in the binary, by
// which two builds can be compared; that of nothing where there is no table.
func (n *Network) TableDigest() [sha256.Size]byte { return sha256.Sum256([]byte(n.table)) }

// LastTime returns the time of the table's last block, and how far it may be
// off either way where the block's header was not at hand; the genesis block's
// without a table.
func (n *Network) LastTime() (at time.Time, off time.Duration) {
	if n.table == "" {
		return n.genesis.Time(), 0
	}
	return time.Unix(int64(n.head(4)), 0).UTC(), time.Duration(n.head(8)) * time.Second
}

// periods returns how many periods the table covers.
func (n *Network) periods() uint64 {
	if n.table == "" {
		return 0
	}
	return n.rows()
}

// covers reports whether a header at height can be linked to the table.
func (n *Network) covers(height uint64) bool { return height/Period < n.periods() }
