package registry

import (
	"crypto/sha256"
)

// Parse judges the file of the month p. Where the error is Faults, the month is
// still there, with what could be read: its Period and Digest always, so that its
// place in the chain can be judged too. There is no other error.
func Parse(p Period, raw []byte) (*Month, error) {
	return &Month{Period: p, Digest: sha256.Sum256(raw)}, Faults{{Line: 1, Text: "not read yet"}}
}
