package objects

import (
	"crypto"
	"fmt"
	"hash"
	"strconv"

	githash "github.com/go-git/go-git/v5/plumbing/hash"
)

// NewHash begins the hash of an object; SHA-1 with collision detection.
func NewHash(idLen int, kind Kind, size int64) hash.Hash {
	algorithm := crypto.SHA1
	if idLen == SHA256 {
		algorithm = crypto.SHA256
	}
	h := githash.New(algorithm)
	var head [40]byte
	b := append(append(head[:0], kind.String()...), ' ')
	h.Write(append(strconv.AppendInt(b, size, 10), 0))
	return h
}

// Sum ends it. As in git, bytes that were made to collide are refused.
func Sum(h hash.Hash) (ID, error) {
	d, ok := h.(interface {
		CollisionResistantSum([]byte) ([]byte, bool)
	})
	if !ok {
		return rawID(h.Sum(nil)), nil
	}
	sum, collides := d.CollisionResistantSum(nil)
	if collides {
		return ID{}, corrupt("its bytes are made to collide in SHA-1")
	}
	return rawID(sum), nil
}

func checkHash(h hash.Hash, want ID) error {
	got, err := Sum(h)
	if err == nil && got != want {
		err = corrupt("its bytes have the id %s", got)
	}
	return err
}

// verify hashes an object to its id.
func (s *Store) verify(id ID, kind Kind, data []byte) error {
	h := NewHash(s.idLen, kind, int64(len(data)))
	h.Write(data)
	s.stats.hashed.Add(int64(len(data)))
	if err := checkHash(h, id); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}
