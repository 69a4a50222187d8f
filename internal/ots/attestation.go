package ots

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
)

// A Kind is what an attestation refers to.
type Kind int

// The kinds of attestation.
const (
	KindUnknown  Kind = iota // any other tag: kept and written back, never complete
	KindPending              // a calendar promises to attest later
	KindBitcoin              // the message is the merkle root of a Bitcoin block
	KindLitecoin             // the same for Litecoin
	KindEthereum             // the same for Ethereum
)

// The tags of the kinds, as the reference library defines them.
var (
	tagPending  = [8]byte{0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e}
	tagBitcoin  = [8]byte{0x05, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 0x01}
	tagLitecoin = [8]byte{0x06, 0x86, 0x9a, 0x0d, 0x73, 0xd7, 0x1b, 0x45}
	tagEthereum = [8]byte{0x30, 0xfe, 0x80, 0x87, 0xb5, 0xc7, 0xea, 0xd7}
)

// An Attestation says that a message existed at some time. The payload of an
// unknown kind is verbatim; that of a known one is canonical, so that equal
// attestations have equal bytes. Make them with PendingAt and BitcoinAt.
type Attestation struct {
	Tag     [8]byte
	Payload []byte
}

// PendingAt returns the promise of the calendar at uri. The error wraps
// ErrMalformed.
func PendingAt(uri string) (Attestation, error) {
	if err := checkURI([]byte(uri)); err != nil {
		return Attestation{}, err
	}
	payload := binary.AppendUvarint(nil, uint64(len(uri)))
	return Attestation{Tag: tagPending, Payload: append(payload, uri...)}, nil
}

// BitcoinAt returns the claim of the Bitcoin block at height (at most 2^63-1).
func BitcoinAt(height uint64) Attestation {
	return Attestation{Tag: tagBitcoin, Payload: binary.AppendUvarint(nil, height)}
}

// Kind returns what the attestation's tag says it is.
func (a Attestation) Kind() Kind {
	switch a.Tag {
	case tagPending:
		return KindPending
	case tagBitcoin:
		return KindBitcoin
	case tagLitecoin:
		return KindLitecoin
	case tagEthereum:
		return KindEthereum
	}
	return KindUnknown
}

// URI returns a pending attestation's calendar, "" for other kinds. It is made
// of A-Za-z0-9-._/: alone, but is still the text of whoever made the proof.
func (a Attestation) URI() string {
	if a.Kind() != KindPending {
		return ""
	}
	return string(a.uri())
}

func (a Attestation) uri() []byte {
	_, n := binary.Uvarint(a.Payload)
	return a.Payload[max(n, 0):]
}

// Height returns a block attestation's height, 0 for other kinds.
func (a Attestation) Height() uint64 {
	switch a.Kind() {
	case KindBitcoin, KindLitecoin, KindEthereum:
		height, _ := binary.Uvarint(a.Payload)
		return height
	}
	return 0
}

// Equal reports whether a and b say the same.
func (a Attestation) Equal(b Attestation) bool {
	return a.Tag == b.Tag && bytes.Equal(a.Payload, b.Payload)
}

// compareAttestations is the order in which attestations of one node are
// written: by tag, then by what the payload means.
func compareAttestations(a, b Attestation) int {
	if c := bytes.Compare(a.Tag[:], b.Tag[:]); c != 0 {
		return c
	}
	switch a.Kind() {
	case KindUnknown:
		return bytes.Compare(a.Payload, b.Payload)
	case KindPending:
		return bytes.Compare(a.uri(), b.uri())
	}
	return cmp.Compare(a.Height(), b.Height())
}

// checkURI enforces the reference's character set. It has no query, login,
// percent sign or control character, so a URI can be shown and compared.
func checkURI(uri []byte) error {
	if len(uri) > MaxURI {
		return fmt.Errorf("%w: a URI of %d bytes, at most %d", ErrMalformed, len(uri), MaxURI)
	}
	for _, c := range uri {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '.', c == '_', c == '/', c == ':':
		default:
			return fmt.Errorf("%w: byte %#02x in a URI", ErrMalformed, c)
		}
	}
	return nil
}
