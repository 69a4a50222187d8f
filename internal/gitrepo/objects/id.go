package objects

import (
	"encoding/hex"
	"fmt"
)

const (
	// SHA1 and SHA256 are the lengths in bytes of an object id.
	SHA1   = 20
	SHA256 = 32
)

// ID names an object. IDs can be compared and be keys of a map.
type ID struct {
	raw [SHA256]byte
	n   uint8
}

// ParseID reads 40 or 64 hexadecimal digits.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 2*SHA1 && len(s) != 2*SHA256 {
		return ID{}, fmt.Errorf("an object id has 40 or 64 digits, not %d", len(s))
	}
	n, err := hex.Decode(id.raw[:], []byte(s))
	if err != nil {
		return ID{}, fmt.Errorf("object id: %w", err)
	}
	id.n = uint8(n)
	return id, nil
}

// rawID takes the id's bytes.
func rawID(b []byte) ID {
	id := ID{n: uint8(len(b))}
	copy(id.raw[:], b)
	return id
}

// bytes are the id's 20 or 32.
func (id *ID) bytes() []byte { return id.raw[:id.n] }

// String is the id in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id.bytes()) }

// Kind is the type of an object.
type Kind uint8

// The kinds, numbered as in packs.
const (
	Commit Kind = 1
	Tree   Kind = 2
	Blob   Kind = 3
	Tag    Kind = 4

	ofsDelta Kind = 6
	refDelta Kind = 7
)

// String is git's word for it.
func (k Kind) String() string {
	switch k {
	case Commit:
		return "commit"
	case Tree:
		return "tree"
	case Blob:
		return "blob"
	case Tag:
		return "tag"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// KindOf is the kind that git's word means, 0 when it means none.
func KindOf(word string) Kind {
	for k := Commit; k <= Tag; k++ {
		if k.String() == word {
			return k
		}
	}
	return 0
}
