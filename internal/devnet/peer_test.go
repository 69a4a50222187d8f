package devnet

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
)

var regtestMagic = [4]byte{0xfa, 0xbf, 0xb5, 0xda}

func startPeer(t *testing.T, o PeerOptions) *Peer {
	t.Helper()
	p, err := StartPeer(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// chain30 returns 31 headers of regtest, the genesis block first.
func chain30(t *testing.T) func() []bitcoin.Header { return run(t, Options{Blocks: 30}).Headers }

// meet connects and exchanges versions; it returns the connection and the
// height that the peer states.
func meet(t *testing.T, p *Peer) (net.Conn, uint32) {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	say(t, conn, "version", versionP2P(0))
	version := hear(t, conn, "version")
	hear(t, conn, "verack")
	hear(t, conn, "ping")
	say(t, conn, "verack", nil)
	return conn, binary.LittleEndian.Uint32(version[len(version)-5:])
}

func say(t *testing.T, conn net.Conn, command string, payload []byte) {
	t.Helper()
	if _, err := conn.Write(frameP2P(regtestMagic, command, payload)); err != nil {
		t.Fatal(err)
	}
}

func hear(t *testing.T, conn net.Conn, want string) []byte {
	t.Helper()
	head := make([]byte, p2pHead)
	if _, err := io.ReadFull(conn, head); err != nil {
		t.Fatal(err)
	}
	payload := make([]byte, binary.LittleEndian.Uint32(head[16:]))
	if _, err := io.ReadFull(conn, payload); err != nil {
		t.Fatal(err)
	}
	if command := string(bytes.TrimRight(head[4:16], "\x00")); command != want || [4]byte(head[:4]) != regtestMagic {
		t.Fatalf("message %q of magic %x, want %q", command, head[:4], want)
	}
	return payload
}

func locator(after, stop bitcoin.Hash) []byte {
	return slices.Concat([]byte{0x71, 0x11, 1, 0, 1}, after[:], stop[:])
}

func TestPeer(t *testing.T) {
	chain := chain30(t)
	p := startPeer(t, PeerOptions{Chain: chain})
	conn, height := meet(t, p)
	if height != 30 {
		t.Errorf("height %d", height)
	}
	all := chain()
	for _, test := range []struct {
		name        string
		after, stop bitcoin.Hash
		want        []bitcoin.Header
	}{
		{"all", all[0].Hash(), bitcoin.Hash{}, all[1:]},
		{"from the middle", all[10].Hash(), bitcoin.Hash{}, all[11:]},
		{"to a block", all[10].Hash(), all[12].Hash(), all[11:13]},
		{"to one before", all[10].Hash(), all[5].Hash(), all[11:]},
		{"after the tip", all[30].Hash(), bitcoin.Hash{}, nil},
		{"after an unknown block", bitcoin.Hash{1}, bitcoin.Hash{}, all[1:]},
		{"before the first", bitcoin.Hash{}, bitcoin.Hash{}, all},
	} {
		say(t, conn, "getheaders", locator(test.after, test.stop))
		if got := hear(t, conn, "headers"); !bytes.Equal(got, headersP2P(test.want, 80)) {
			t.Errorf("%s: %x…", test.name, got[:min(len(got), 90)])
		}
	}
	if connections, requests := p.Asked(); connections != 1 || requests != 7 {
		t.Errorf("asked %d times over %d connections", requests, connections)
	}
}

// What a client may get wrong ends the connection.
func TestPeerRefuses(t *testing.T) {
	p := startPeer(t, PeerOptions{Chain: chain30(t)})
	bad := frameP2P(regtestMagic, "ping", make([]byte, 8))
	bad[20] ^= 1
	for name, message := range map[string][]byte{
		"magic": frameP2P([4]byte{1}, "verack", nil), "checksum": bad,
		"size":    headP2P(regtestMagic, "tx", p2pMaxPayload+1, [4]byte{}),
		"locator": frameP2P(regtestMagic, "getheaders", make([]byte, 38)),
	} {
		conn, _ := meet(t, p)
		if _, err := conn.Write(message); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: %d bytes in answer", name, n)
		}
	}
}

func TestPeerOptions(t *testing.T) {
	for _, test := range []struct {
		name string
		o    PeerOptions
		err  string
	}{
		{"foreign", PeerOptions{Addr: "192.0.2.1:0"}, `start peer: "192.0.2.1:0" is not a loopback address and port`},
		{"no port", PeerOptions{Addr: "127.0.0.1"}, `start peer: "127.0.0.1" is not a loopback address and port`},
		{"no fault", PeerOptions{Fault: "lazy"}, `start peer: no fault is named "lazy"`},
	} {
		if _, err := StartPeer(test.o); err == nil || err.Error() != test.err {
			t.Errorf("%s: error %v", test.name, err)
		}
	}
}

// Each fault is said here in bytes; what a client makes of it, its own tests
// say.
func TestPeerFaults(t *testing.T) {
	chain := chain30(t)
	all := chain()
	truth := headersP2P(all[1:], 80)
	tests := map[string]func(payload []byte) bool{
		"badchecksum": func(b []byte) bool { return bytes.Equal(b, truth) },
		"toomany":     func(b []byte) bool { return bytes.HasPrefix(b, []byte{0xfd, 0xd1, 0x07}) && len(b) == 3+2001*81 },
		"longheaders": func(b []byte) bool { return b[0] == 30 && len(b) == 1+30*165 },
		"withtxs":     func(b []byte) bool { return b[len(b)-1] == 1 && len(b) == len(truth) },
		"short":       func(b []byte) bool { return b[0] == 30 && len(b) == len(truth)-81 },
		"trailing":    func(b []byte) bool { return len(b) == len(truth)+1 },
		"otherchain":  func(b []byte) bool { return len(b) == len(truth) && !bytes.Equal(b[1:81], truth[1:81]) },
		"forked": func(b []byte) bool {
			same := len(truth) - forkDepth*81
			return len(b) == len(truth) && bytes.Equal(b[:same], truth[:same]) && !bytes.Equal(b[same:], truth[same:])
		},
		"behind": func(b []byte) bool { return b[0] == 10 },
		"empty":  func(b []byte) bool { return len(b) == 1 && b[0] == 0 },
		"drip":   func(b []byte) bool { return bytes.Equal(b, truth) },
	}
	for name, ok := range tests {
		p := startPeer(t, PeerOptions{Chain: chain, Fault: name})
		conn, _ := meet(t, p)
		say(t, conn, "getheaders", locator(all[0].Hash(), bitcoin.Hash{}))
		if name == "drip" {
			continue // its bytes take their time; the client's test sees them
		}
		if payload := hear(t, conn, "headers"); !ok(payload) {
			t.Errorf("%s: %d bytes, %x…", name, len(payload), payload[:min(len(payload), 90)])
		}
	}
	if got := len(tests) + 8; got != len(PeerFaults()) { // the two tests below
		t.Errorf("%d faults are tested, of %d", got, len(PeerFaults()))
	}
}

func TestPeerFaultsOfConnections(t *testing.T) {
	chain := chain30(t)
	all := chain()
	truth := headersP2P(all[1:], 80)
	for _, name := range []string{"disconnect", "cut"} {
		p := startPeer(t, PeerOptions{Chain: chain, Fault: name})
		conn, _ := meet(t, p)
		say(t, conn, "getheaders", locator(all[0].Hash(), bitcoin.Hash{}))
		got, err := io.ReadAll(conn)
		if half := (p2pHead + len(truth)) / 2; err != nil || name == "cut" && len(got) != half || name == "disconnect" && len(got) != 0 {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for _, name := range []string{"garbage", "badmagic", "oversize"} {
		p := startPeer(t, PeerOptions{Chain: chain, Fault: name})
		conn, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		say(t, conn, "version", versionP2P(0))
		head := make([]byte, p2pHead)
		if _, err := io.ReadFull(conn, head); err != nil {
			t.Fatal(err)
		}
		sound := [4]byte(head[:4]) == regtestMagic && binary.LittleEndian.Uint32(head[16:]) < 1000
		if sound {
			t.Errorf("%s: %x", name, head)
		}
		conn.Close()
	}
}

// Those that say nothing, or never stop, end when the Peer does.
func TestPeerFaultsWithoutEnd(t *testing.T) {
	chain := chain30(t)
	all := chain()
	for _, name := range []string{"stall", "mute", "chatter", "oversize"} {
		p, err := StartPeer(PeerOptions{Chain: chain, Fault: name})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := net.Dial("tcp", p.Addr())
		if err != nil {
			t.Fatal(err)
		}
		say(t, conn, "version", versionP2P(0))
		say(t, conn, "getheaders", locator(all[0].Hash(), bitcoin.Hash{}))
		if err := p.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%s: second close: %v", name, err)
		}
		conn.Close()
	}
}
