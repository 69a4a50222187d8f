package objects

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
)

// MinPrefix is the fewest digits of an abbreviated id, as in git.
const MinPrefix = 4

// Prefix gives the ids, sorted, of at most limit objects that begin with these
// hexadecimal digits.
func (s *Store) Prefix(digits string, limit int) (ids []ID, err error) {
	if len(digits) < MinPrefix || len(digits) > 2*s.idLen {
		return nil, fmt.Errorf("an abbreviated id has %d to %d digits, not %d", MinPrefix, 2*s.idLen, len(digits))
	}
	even := digits + "0"[:len(digits)%2]
	low, err := hex.DecodeString(even)
	if err != nil {
		return nil, fmt.Errorf("abbreviated id: %w", err)
	}
	err = s.use(func() error {
		ids, err = s.prefix(low, len(digits), limit)
		if err == nil && len(ids) == 0 {
			if _, err = s.rescan(); err == nil {
				ids, err = s.prefix(low, len(digits), limit)
			}
		}
		return err
	})
	return ids, err
}

// begins reports whether id has the first digits of low.
func begins(id, low []byte, digits int) bool {
	whole := digits / 2
	return bytes.Equal(id[:whole], low[:whole]) && (digits%2 == 0 || id[whole]>>4 == low[whole]>>4)
}

func (s *Store) prefix(low []byte, digits, limit int) ([]ID, error) {
	var ids []ID
	for _, p := range *s.packs.Load() {
		x, err := p.index()
		if err != nil {
			continue // as if it were not there
		}
		pos, err := x.search(low)
		if err != nil {
			return nil, err
		}
		var buf [SHA256]byte
		for n := 0; pos < x.count && n < limit; pos, n = pos+1, n+1 {
			id, err := x.id(pos, buf[:])
			if err != nil {
				return nil, err
			}
			if !begins(id, low, digits) {
				break
			}
			ids = append(ids, rawID(id))
		}
		ids = firstIDs(ids, limit)
	}
	for _, dir := range s.dirs {
		found, err := looseIDs(dir, low[0], s.idLen)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			if begins(id.bytes(), low, digits) {
				ids = append(ids, id)
			}
		}
		ids = firstIDs(ids, limit)
	}
	return ids, nil
}

// firstIDs sorts, leaves out what is there twice and cuts.
func firstIDs(ids []ID, limit int) []ID {
	slices.SortFunc(ids, compareIDs)
	ids = slices.Compact(ids)
	return ids[:min(len(ids), limit)]
}

func compareIDs(a, b ID) int { return bytes.Compare(a.raw[:], b.raw[:]) }

// looseIDs lists a directory's loose objects whose ids begin with that byte.
func looseIDs(dir string, first byte, idLen int) ([]ID, error) {
	head := hex.EncodeToString([]byte{first})
	names, err := listNames(filepath.Join(dir, head))
	if err != nil {
		return nil, fmt.Errorf("list loose objects: %w", err)
	}
	var ids []ID
	for _, name := range names {
		if id, err := ParseID(head + name); err == nil && int(id.n) == idLen {
			ids = append(ids, id)
		}
	}
	return ids, nil
}
