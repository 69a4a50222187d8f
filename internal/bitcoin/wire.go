package bitcoin

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// Bitcoin's P2P protocol, as far as headers need it. A message is a frame of 24
// bytes and a payload: the network's magic (4 bytes), the command in ASCII,
// padded with NUL (12), the payload's length (uint32) and the first 4 bytes of
// the payload's double SHA-256. Integers are little-endian.
// https://developer.bitcoin.org/reference/p2p_networking.html
const (
	frameSize   = 24
	commandSize = 12

	// protocolVersion is what we say we speak: 70001 knows pings with a nonce
	// and the wish for no transactions, and none of the chatter of later ones.
	protocolVersion = 70001

	// maxHeaders is how many headers one message may hold: MAX_HEADERS_RESULTS
	// of Bitcoin Core.
	maxHeaders = 2000
	// entrySize is a header and the number of its transactions, which is 0.
	entrySize = HeaderSize + 1
	// maxPayload is the most bytes that a message may bring, whatever it is: a
	// full one of headers has them.
	maxPayload = 3 + maxHeaders*entrySize
)

// magic marks the messages of a network.
func (n *Network) magic() [4]byte {
	switch n.name {
	case "mainnet":
		return [4]byte{0xf9, 0xbe, 0xb4, 0xd9}
	case "simnet":
		return [4]byte{0x16, 0x1c, 0x14, 0x12}
	}
	return [4]byte{0xfa, 0xbf, 0xb5, 0xda}
}

// frame returns a whole message.
func frame(magic [4]byte, command string, payload []byte) []byte {
	b := make([]byte, frameSize, frameSize+len(payload))
	copy(b, magic[:])
	copy(b[4:4+commandSize], command)
	binary.LittleEndian.PutUint32(b[16:], uint32(len(payload)))
	sum := checksum(payload)
	copy(b[20:], sum[:])
	return append(b, payload...)
}

func checksum(payload []byte) [4]byte {
	first := sha256.Sum256(payload)
	second := sha256.Sum256(first[:])
	return [4]byte(second[:4])
}

// readMessage reads one message. Nothing is held before its length is known to
// be allowed.
func readMessage(r io.Reader, magic [4]byte) (command string, payload []byte, err error) {
	var head [frameSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if [4]byte(head[:4]) != magic {
		return "", nil, fmt.Errorf("%w: its message begins with %x, not with %x: another network, or no Bitcoin peer", ErrInconsistent, head[:4], magic)
	}
	name := bytes.TrimRight(head[4:4+commandSize], "\x00")
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return "", nil, fmt.Errorf("%w: a message without a proper name", ErrInconsistent)
		}
	}
	command = string(name)
	size := binary.LittleEndian.Uint32(head[16:])
	if size > maxPayload {
		return "", nil, fmt.Errorf("%w: a message %q of %d bytes, more than %d", ErrInconsistent, command, size, maxPayload)
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return "", nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if checksum(payload) != [4]byte(head[20:]) {
		return "", nil, fmt.Errorf("%w: a message %q whose checksum is wrong", ErrInconsistent, command)
	}
	return command, payload, nil
}

// versionPayload introduces us: a client without services or blocks that wants
// no transactions. Addresses are left zero, which nobody needs, and so is the
// nonce, by which nodes notice that they talk to themselves.
func versionPayload(agent string, now time.Time) []byte {
	b := binary.LittleEndian.AppendUint32(nil, protocolVersion)
	b = append(b, make([]byte, 8)...) // services
	b = binary.LittleEndian.AppendUint64(b, uint64(now.Unix()))
	b = append(b, make([]byte, 26+26+8)...) // receiver, sender, nonce
	b = append(b, byte(len(agent)))
	b = append(b, agent...)
	b = append(b, make([]byte, 4)...) // height
	return append(b, 0)               // relay
}

// parseVersion returns the height that a peer says its chain has.
func parseVersion(payload []byte) (uint64, error) {
	const beforeAgent = 4 + 8 + 8 + 26 + 26 + 8
	if len(payload) <= beforeAgent {
		return 0, fmt.Errorf("%w: its version message ends after %d bytes", ErrInconsistent, len(payload))
	}
	// MAX_SUBVERSION_LENGTH of Bitcoin Core is 256; one byte of length reaches
	// to 252, and nobody's name is longer.
	size, rest := int(payload[beforeAgent]), payload[beforeAgent+1:]
	if size > 252 || len(rest) < size+4 {
		return 0, fmt.Errorf("%w: its version message has a bad user agent", ErrInconsistent)
	}
	height := int32(binary.LittleEndian.Uint32(rest[size:]))
	return uint64(max(0, height)), nil
}

// getHeadersPayload asks for the headers after a block, up to and with the
// block stop, which may be zero: as many as there are.
func getHeadersPayload(after, stop Hash) []byte {
	b := binary.LittleEndian.AppendUint32(nil, protocolVersion)
	b = append(b, 1) // number of blocks we name
	b = append(b, after[:]...)
	return append(b, stop[:]...)
}

// parseHeaders reads the payload of a headers message: a count, and for each
// header its 80 bytes and the number 0 of transactions. Headers of another
// length, which chains that left Bitcoin have, do not fit the count.
func parseHeaders(payload []byte) ([]Header, error) {
	count, rest, ok := compactSize(payload)
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: its headers begin with no proper count", ErrInconsistent)
	case count > maxHeaders:
		return nil, fmt.Errorf("%w: %d headers in one message, more than %d", ErrInconsistent, count, maxHeaders)
	case len(rest) != int(count)*entrySize:
		return nil, fmt.Errorf("%w: %d bytes for %d headers, not %d for each", ErrInconsistent, len(rest), count, entrySize)
	}
	run := make([]Header, count)
	for i := range run {
		entry := rest[i*entrySize:]
		run[i] = Header(entry)
		if entry[HeaderSize] != 0 {
			return nil, fmt.Errorf("%w: a header with transactions", ErrInconsistent)
		}
	}
	return run, nil
}

// compactSize reads a number of at most three bytes in its shortest form; more
// is past every limit here.
func compactSize(b []byte) (n uint64, rest []byte, ok bool) {
	switch {
	case len(b) >= 1 && b[0] < 0xfd:
		return uint64(b[0]), b[1:], true
	case len(b) >= 3 && b[0] == 0xfd:
		n = uint64(binary.LittleEndian.Uint16(b[1:]))
		return n, b[3:], n >= 0xfd
	}
	return 0, nil, false
}
