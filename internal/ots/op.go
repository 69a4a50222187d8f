package ots

import (
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	//lint:ignore SA1019 proofs made with it exist and must be judged
	"golang.org/x/crypto/ripemd160"
	"golang.org/x/crypto/sha3"
)

// An Op computes a message from a message.
type Op struct {
	Tag Tag
	Arg []byte // 1 to MaxMessage bytes for Append and Prepend, else nil
}

// String returns the operation as the reference client prints it, for example
// "sha256" or "append 0a0b".
func (o Op) String() string {
	if o.binary() {
		return o.Tag.String() + " " + hex.EncodeToString(o.Arg)
	}
	return o.Tag.String()
}

// String returns the name that the reference client uses.
func (t Tag) String() string {
	switch t {
	case SHA1:
		return "sha1"
	case RIPEMD160:
		return "ripemd160"
	case SHA256:
		return "sha256"
	case Keccak256:
		return "keccak256"
	case Append:
		return "append"
	case Prepend:
		return "prepend"
	case Reverse:
		return "reverse"
	case Hexlify:
		return "hexlify"
	}
	return fmt.Sprintf("operation %#02x", byte(t))
}

// NewHash returns the hash that a document's digest is taken with, or nil for
// a tag that cannot be a document's hash.
func (t Tag) NewHash() hash.Hash {
	switch t {
	case SHA1:
		return sha1.New()
	case RIPEMD160:
		return ripemd160.New()
	case SHA256:
		return sha256.New()
	}
	return nil
}

// digestLen returns the length in bytes of a document's digest, 0 for a tag
// that cannot be one. Keccak256 is left out as in the reference, which cannot
// load such a file either.
func (t Tag) digestLen() int {
	switch t {
	case SHA1, RIPEMD160:
		return 20
	case SHA256:
		return 32
	}
	return 0
}

// Apply returns the result on msg in a slice of its own. The error wraps
// ErrUnknownOp or ErrMalformed.
func (o Op) Apply(msg []byte) ([]byte, error) {
	n, err := o.resultLen(len(msg))
	if err != nil {
		return nil, err
	}
	return o.appendResult(make([]byte, 0, n), msg), nil
}

// binary reports whether the operation has an argument.
func (o Op) binary() bool { return o.Tag == Append || o.Tag == Prepend }

// resultLen returns the length of the result on a message of n bytes. The
// limits are checked here, before anything is computed or allocated.
func (o Op) resultLen(n int) (int, error) {
	if n > MaxMessage {
		return 0, fmt.Errorf("%w: %s of a message of %d bytes, at most %d", ErrMalformed, o.Tag, n, MaxMessage)
	}
	switch o.Tag {
	case SHA1, RIPEMD160:
		return 20, nil
	case SHA256, Keccak256:
		return 32, nil
	case Append, Prepend:
		if len(o.Arg) == 0 {
			return 0, fmt.Errorf("%w: %s without an argument", ErrMalformed, o.Tag)
		}
		n += len(o.Arg)
	case Reverse, Hexlify:
		// An empty result would let the tree come back to where it was.
		if n == 0 {
			return 0, fmt.Errorf("%w: %s of an empty message", ErrMalformed, o.Tag)
		}
		if o.Tag == Hexlify {
			n *= 2
		}
	default:
		return 0, fmt.Errorf("%w: tag %#02x", ErrUnknownOp, byte(o.Tag))
	}
	if n > MaxMessage {
		return 0, fmt.Errorf("%w: %s gives a message of %d bytes, at most %d", ErrMalformed, o.Tag, n, MaxMessage)
	}
	return n, nil
}

// appendResult appends the result on msg to dst. resultLen has allowed it.
func (o Op) appendResult(dst, msg []byte) []byte {
	switch o.Tag {
	case SHA256:
		sum := sha256.Sum256(msg) // most of all operations; allocates nothing
		return append(dst, sum[:]...)
	case Append:
		return append(append(dst, msg...), o.Arg...)
	case Prepend:
		return append(append(dst, o.Arg...), msg...)
	case SHA1:
		sum := sha1.Sum(msg)
		return append(dst, sum[:]...)
	case RIPEMD160:
		return sum(ripemd160.New(), dst, msg)
	case Keccak256:
		return sum(sha3.NewLegacyKeccak256(), dst, msg)
	case Reverse:
		start := len(dst)
		dst = append(dst, msg...)
		slices.Reverse(dst[start:])
		return dst
	case Hexlify:
		return hex.AppendEncode(dst, msg)
	}
	panic("ots: operation passed resultLen but is not known")
}

func sum(h hash.Hash, dst, msg []byte) []byte {
	h.Write(msg) // never fails
	return h.Sum(dst)
}

// compareOps is the order in which operations of one node are written.
func compareOps(a, b Op) int {
	return cmp.Or(cmp.Compare(a.Tag, b.Tag), bytes.Compare(a.Arg, b.Arg))
}
