package devnet

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

const (
	p2pHead       = 24       // magic, command, length, checksum
	p2pMaxPayload = 64 << 10 // of what clients send
	p2pMaxHeaders = 2000     // in one message
)

// headP2P is what stands before a message's payload.
func headP2P(magic [4]byte, command string, size uint32, sum [4]byte) []byte {
	head := slices.Concat(magic[:], []byte(command), make([]byte, 12-len(command)))
	head = binary.LittleEndian.AppendUint32(head, size)
	return append(head, sum[:]...)
}

func frameP2P(magic [4]byte, command string, payload []byte) []byte {
	sum := doubleHash(payload)
	return append(headP2P(magic, command, uint32(len(payload)), [4]byte(sum[:4])), payload...)
}

// readP2P reads one message of a client, and is as strict with it as nodes are.
func readP2P(r io.Reader, magic [4]byte) (command string, payload []byte, err error) {
	head := make([]byte, p2pHead)
	if _, err := io.ReadFull(r, head); err != nil {
		return "", nil, err
	}
	size := binary.LittleEndian.Uint32(head[16:])
	if [4]byte(head[:4]) != magic || size > p2pMaxPayload {
		return "", nil, fmt.Errorf("message of magic %x and %d bytes", head[:4], size)
	}
	payload = make([]byte, size)
	if _, err := io.ReadFull(r, payload); err != nil {
		return "", nil, err
	}
	sum := doubleHash(payload)
	if [4]byte(sum[:4]) != [4]byte(head[20:]) {
		return "", nil, fmt.Errorf("message with a wrong checksum")
	}
	name := head[4:16]
	return string(name[:len(name)-trailing(name)]), payload, nil
}

// trailing counts the NULs at the end.
func trailing(b []byte) int {
	n := 0
	for n < len(b) && b[len(b)-1-n] == 0 {
		n++
	}
	return n
}

// versionP2P says that the chain's tip is at height.
func versionP2P(height uint64) []byte {
	const agent = "/devnet/"
	b := binary.LittleEndian.AppendUint32(nil, 70016)
	b = append(b, make([]byte, 8+8+26+26+8)...) // services, time, addresses, nonce
	b = append(append(b, byte(len(agent))), agent...)
	b = binary.LittleEndian.AppendUint32(b, uint32(height))
	return append(b, 1)
}

// headersP2P is the payload of a headers message whose header have size bytes
// each, the usual 80 or more.
func headersP2P(headers []bitcoin.Header, size int) []byte {
	b := countP2P(len(headers))
	for _, h := range headers {
		b = append(b, h[:]...)
		b = append(b, make([]byte, size-len(h)+1)...) // the last: no transactions
	}
	return b
}

func countP2P(n int) []byte {
	if n < 0xfd {
		return []byte{byte(n)}
	}
	return binary.LittleEndian.AppendUint16([]byte{0xfd}, uint16(n))
}

// locatorP2P reads the block hashes of a getheaders message and the one to stop
// at.
func locatorP2P(payload []byte) (blocks []bitcoin.Hash, stop bitcoin.Hash, err error) {
	const hash = 32
	if len(payload) < 5 || payload[4] >= 0xfd || len(payload) != 5+hash*int(payload[4])+hash {
		return nil, bitcoin.Hash{}, fmt.Errorf("getheaders of %d bytes", len(payload))
	}
	for rest := payload[5:]; len(rest) > hash; rest = rest[hash:] {
		blocks = append(blocks, bitcoin.Hash(rest))
	}
	return blocks, bitcoin.Hash(payload[len(payload)-hash:]), nil
}
