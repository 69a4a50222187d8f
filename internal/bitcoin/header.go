package bitcoin

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// HeaderSize is the length of a block header in bytes. Chains that left Bitcoin
// have longer ones; they are refused for it.
const HeaderSize = 80

// A Hash is a double SHA-256 in internal order: a block's hash or a merkle root.
type Hash [32]byte

// ParseHash reads the 64 hex digits of a hash in display order.
func ParseHash(display string) (Hash, error) {
	var h Hash
	if len(display) != 2*len(h) {
		return Hash{}, fmt.Errorf("parse hash: %d characters, not 64 hex digits", len(display))
	}
	if _, err := hex.Decode(h[:], []byte(display)); err != nil {
		return Hash{}, fmt.Errorf("parse hash: %w", err)
	}
	slices.Reverse(h[:])
	return h, nil
}

// String returns the hash in display order, in lower case.
func (h Hash) String() string {
	slices.Reverse(h[:])
	return hex.EncodeToString(h[:])
}

// A Header is a block header as it is hashed: version, previous hash, merkle
// root, time, bits and nonce, integers in little-endian order.
type Header [HeaderSize]byte

// Fields are the six values of a header. [Fields.Header] puts them together.
type Fields struct {
	Version           int32
	Prev, Root        Hash
	Time, Bits, Nonce uint32 // Time is in seconds since 1970
}

// Header returns the 80 bytes of the fields.
func (f Fields) Header() Header {
	var h Header
	binary.LittleEndian.PutUint32(h[0:], uint32(f.Version))
	copy(h[4:], f.Prev[:])
	copy(h[36:], f.Root[:])
	binary.LittleEndian.PutUint32(h[68:], f.Time)
	binary.LittleEndian.PutUint32(h[72:], f.Bits)
	binary.LittleEndian.PutUint32(h[76:], f.Nonce)
	return h
}

// ParseHeader copies a header from exactly 80 bytes.
func ParseHeader(raw []byte) (Header, error) {
	if len(raw) != HeaderSize {
		return Header{}, fmt.Errorf("parse header: %d bytes, not %d", len(raw), HeaderSize)
	}
	return Header(raw), nil
}

// ParseHeaderHex reads a header from its hex digits.
func ParseHeaderHex(s string) (Header, error) {
	raw, err := hex.DecodeString(s)
	if err != nil {
		return Header{}, fmt.Errorf("parse header: %w", err)
	}
	return ParseHeader(raw)
}

// Hash returns the block's hash.
func (h Header) Hash() Hash {
	first := sha256.Sum256(h[:])
	return sha256.Sum256(first[:])
}

// Version returns the block version, as signed as the protocol has it.
func (h Header) Version() int32 { return int32(binary.LittleEndian.Uint32(h[0:])) }

// Prev returns the hash of the block before.
func (h Header) Prev() Hash { return Hash(h[4:36]) }

// MerkleRoot returns the root over the block's transactions.
func (h Header) MerkleRoot() Hash { return Hash(h[36:68]) }

// Time returns the miner's clock, in UTC. It may be hours off; see [ClaimDate].
func (h Header) Time() time.Time { return time.Unix(int64(h.seconds()), 0).UTC() }

// Bits returns the difficulty that the header states, in compact form.
func (h Header) Bits() uint32 { return binary.LittleEndian.Uint32(h[72:]) }

// Nonce returns the miner's counter.
func (h Header) Nonce() uint32 { return binary.LittleEndian.Uint32(h[76:]) }

func (h Header) seconds() uint32 { return binary.LittleEndian.Uint32(h[68:]) }

// CheckWork reports whether the header's hash meets the difficulty that the
// header states. Which difficulty it has to state is [Network.CheckHeader]'s.
func (h Header) CheckWork() error {
	limit, err := expand(h.Bits())
	if err != nil {
		return err
	}
	hash := h.Hash()
	if hash.number().cmp(limit) > 0 {
		return fmt.Errorf("block %s does not meet its own difficulty %08x", hash, h.Bits())
	}
	return nil
}

// clockSlack is how far ahead of a majority's clock a block's time may be:
// MAX_FUTURE_BLOCK_TIME of Bitcoin Core.
const clockSlack = 2 * time.Hour

// ClaimDate returns the day, in UTC, that may be claimed for the block: what it
// commits to existed no later than that. A miner's clock may lag, so it is the
// later of the block's time and two hours, and of notAfter where that is known
// (see [Evidence]); zero where it is not. Never state it finer than the day.
func ClaimDate(h Header, notAfter time.Time) time.Time {
	at := h.Time().Add(clockSlack)
	if notAfter.After(at) {
		at = notAfter.UTC()
	}
	return at.Truncate(24 * time.Hour)
}

// notAfter returns the median of the times of the eleven blocks that follow
// one, by which a majority of their miners say that it was there; zero if they
// are not at hand.
func notAfter(following []Header) time.Time {
	if len(following) < medianSpan {
		return time.Time{}
	}
	var times [medianSpan]uint32
	for i := range times {
		times[i] = following[i].seconds()
	}
	slices.Sort(times[:])
	return time.Unix(int64(times[medianSpan/2]), 0).UTC()
}
