package bitcoin

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"
	"time"
)

// linkedHeaders returns count headers that follow one another, after a block.
func linkedHeaders(after Hash, count int) []Header {
	run := make([]Header, count)
	for i := range run {
		run[i] = Fields{Version: 1, Prev: after, Root: rootOf(byte(i)), Time: uint32(1700000000 + i), Bits: 0x207fffff}.Header()
		after = run[i].Hash()
	}
	return run
}

func TestMagic(t *testing.T) {
	for n, want := range map[*Network]string{Mainnet(): "f9beb4d9", Regtest(): "fabfb5da", Simnet(): "161c1412"} {
		magic := n.magic()
		if got := hex.EncodeToString(magic[:]); got != want {
			t.Errorf("%s: %s, want %s", n.Name(), got, want)
		}
	}
	if got := Simnet().Genesis().Hash().String(); got != "683e86bd5c6d110d91b94b97137ba6bfe02dbbdb8e3dff722a669b5d69d77af6" {
		t.Errorf("simnet begins with %s", got)
	}
}

// The bytes are those of the protocol's documentation: an empty verack on
// mainnet.
func TestFrame(t *testing.T) {
	const verack = "f9beb4d976657261636b000000000000000000005df6e0e2"
	if got := hex.EncodeToString(frame(Mainnet().magic(), "verack", nil)); got != verack {
		t.Errorf("verack is %s", got)
	}
	after, stop := rootOf(1), rootOf(2)
	want := slices.Concat([]byte{0x71, 0x11, 1, 0, 1}, after[:], stop[:])
	if got := getHeadersPayload(after, stop); !bytes.Equal(got, want) {
		t.Errorf("getheaders is %x", got)
	}
	version := versionPayload("/a/", time.Unix(1700000000, 0))
	if height, err := parseVersion(version); err != nil || height != 0 || len(version) != 80+1+3+5 {
		t.Errorf("our version has %d bytes and reads as %d, %v", len(version), height, err)
	}
	if got := binary.LittleEndian.Uint64(version[12:]); got != 1700000000 {
		t.Errorf("our clock is at %d", got)
	}
}

func TestReadMessage(t *testing.T) {
	magic := Mainnet().magic()
	big := frame(magic, "headers", make([]byte, maxPayload))
	head := func(change func([]byte)) []byte {
		b := frame(magic, "ping", []byte("12345678"))
		change(b)
		return b
	}
	for _, tt := range []struct {
		name string
		in   []byte
		err  string
		is   error
	}{
		{"largest", big, "", nil},
		{"empty payload", frame(magic, "verack", nil), "", nil},
		{"longest name", frame(magic, "twelve_bytes", nil), "", nil},
		{"nothing", nil, "unavailable: EOF", io.EOF},
		{"short head", big[:23], "unavailable: unexpected EOF", ErrUnavailable},
		{"short payload", big[:len(big)-1], "unavailable: unexpected EOF", ErrUnavailable},
		{"no payload", big[:24], "unavailable: EOF", ErrUnavailable},
		{"other network", frame(Regtest().magic(), "verack", nil),
			"inconsistent: its message begins with fabfb5da, not with f9beb4d9: another network, or no Bitcoin peer", ErrInconsistent},
		{"one byte more", frame(magic, "headers", make([]byte, maxPayload+1)),
			`inconsistent: a message "headers" of 162004 bytes, more than 162003`, ErrInconsistent},
		{"4 GiB", head(func(b []byte) { copy(b[16:], "\xff\xff\xff\xff") }),
			`inconsistent: a message "ping" of 4294967295 bytes, more than 162003`, ErrInconsistent},
		{"checksum", head(func(b []byte) { b[20] ^= 1 }), `inconsistent: a message "ping" whose checksum is wrong`, ErrInconsistent},
		{"payload", head(func(b []byte) { b[24] ^= 1 }), `inconsistent: a message "ping" whose checksum is wrong`, ErrInconsistent},
		{"control in the name", head(func(b []byte) { b[5] = '\n' }), "inconsistent: a message without a proper name", ErrInconsistent},
		{"NUL in the name", head(func(b []byte) { b[5] = 0 }), "inconsistent: a message without a proper name", ErrInconsistent},
	} {
		t.Run(tt.name, func(t *testing.T) {
			command, payload, err := readMessage(bytes.NewReader(tt.in), magic)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err || !errors.Is(err, tt.is) {
					t.Fatalf("error %v\n want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if again := frame(magic, command, payload); !bytes.Equal(again, tt.in) {
				t.Errorf("%q of %d bytes is not what was read", command, len(payload))
			}
		})
	}
}

// headersPayload is the payload of a message with these headers.
func headersPayload(run []Header) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{0xfd}, uint16(len(run)))
	if len(run) < 0xfd {
		b = []byte{byte(len(run))}
	}
	for _, h := range run {
		b = append(append(b, h[:]...), 0)
	}
	return b
}

func TestParseHeaders(t *testing.T) {
	run := linkedHeaders(rootOf(0), maxHeaders+1)
	with := func(b []byte, change func([]byte)) []byte { change(b); return b }
	long := append([]byte{2}, make([]byte, 2*165)...)
	for _, tt := range []struct {
		name string
		in   []byte
		want int
		err  string
	}{
		{"none", []byte{0}, 0, ""},
		{"one", headersPayload(run[:1]), 1, ""},
		{"252", headersPayload(run[:252]), 252, ""},
		{"253", headersPayload(run[:253]), 253, ""},
		{"most", headersPayload(run[:maxHeaders]), maxHeaders, ""},
		{"one more", headersPayload(run), 0, "inconsistent: 2001 headers in one message, more than 2000"},
		{"empty", nil, 0, "inconsistent: its headers begin with no proper count"},
		{"half a count", []byte{0xfd, 1}, 0, "inconsistent: its headers begin with no proper count"},
		{"count in a longer form", slices.Concat([]byte{0xfd, 1, 0}, headersPayload(run[:1])[1:]), 0, "inconsistent: its headers begin with no proper count"},
		{"count of four bytes", []byte{0xfe, 1, 0, 0, 0}, 0, "inconsistent: its headers begin with no proper count"},
		{"count of eight bytes", bytes.Repeat([]byte{0xff}, 9), 0, "inconsistent: its headers begin with no proper count"},
		{"164 bytes each", long, 0, "inconsistent: 330 bytes for 2 headers, not 81 for each"},
		{"one byte less", headersPayload(run[:2])[:162], 0, "inconsistent: 161 bytes for 2 headers, not 81 for each"},
		{"one byte more", append(headersPayload(run[:2]), 0), 0, "inconsistent: 163 bytes for 2 headers, not 81 for each"},
		{"transactions", with(headersPayload(run[:2]), func(b []byte) { b[81] = 1 }), 0, "inconsistent: a header with transactions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseHeaders(tt.in)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err || !errors.Is(err, ErrInconsistent) {
					t.Fatalf("error %v\n want %s", err, tt.err)
				}
				return
			}
			if err != nil || !slices.Equal(got, run[:tt.want]) {
				t.Errorf("%d headers, %v; want %d", len(got), err, tt.want)
			}
		})
	}
}

func TestParseVersion(t *testing.T) {
	whole := versionPayload("/Satoshi:29.0.0/", time.Unix(1700000000, 0))
	tall := slices.Clone(whole)
	binary.LittleEndian.PutUint32(tall[len(tall)-5:], 963647)
	negative := slices.Clone(whole)
	copy(negative[len(negative)-5:], "\xff\xff\xff\xff")
	longest := slices.Concat(whole[:80], []byte{252}, bytes.Repeat([]byte{'a'}, 252), []byte{7, 0, 0, 0})
	for _, tt := range []struct {
		name string
		in   []byte
		want uint64
		err  string
	}{
		{"ours", whole, 0, ""},
		{"height", tall, 963647, ""},
		{"without relay", tall[:len(tall)-1], 963647, ""},
		{"negative height", negative, 0, ""},
		{"longest agent", longest, 7, ""},
		{"longer agent", slices.Concat(whole[:80], []byte{253}, make([]byte, 300)), 0, "inconsistent: its version message has a bad user agent"},
		{"no agent", whole[:80], 0, "inconsistent: its version message ends after 80 bytes"},
		{"cut height", whole[:len(whole)-2], 0, "inconsistent: its version message has a bad user agent"},
		{"empty", nil, 0, "inconsistent: its version message ends after 0 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseVersion(tt.in)
			if tt.err != "" {
				if err == nil || err.Error() != tt.err {
					t.Fatalf("error %v\n want %s", err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want {
				t.Errorf("%d, %v; want %d", got, err, tt.want)
			}
		})
	}
}

// What a peer sends never panics, is bounded, and reads back as it was written.
func FuzzPeerMessages(f *testing.F) {
	magic := Regtest().magic()
	run := linkedHeaders(rootOf(0), 3)
	f.Add(frame(magic, "headers", headersPayload(run)))
	f.Add(frame(magic, "version", versionPayload("/a/", time.Unix(0, 0))))
	f.Add(frame(magic, "ping", make([]byte, 8)))
	f.Add(frame(magic, "headers", append([]byte{2}, make([]byte, 2*165)...)))
	f.Add(frame(magic, "headers", []byte{0xfd, 0xd1, 0x07}))
	f.Add(slices.Concat(frame(magic, "verack", nil), []byte("HTTP/1.1 400 Bad Request\r\n\r\n")))
	f.Fuzz(func(t *testing.T, in []byte) {
		command, payload, err := readMessage(bytes.NewReader(in), magic)
		if err != nil {
			if !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrInconsistent) {
				t.Fatalf("error of no kind: %v", err)
			}
			payload = in // so that the parsers see what the checksum would keep out
		} else if again := frame(magic, command, payload); !bytes.HasPrefix(in, again) {
			t.Fatalf("%q was written again as %x", command, again)
		}
		if _, err := parseVersion(payload); err != nil && !errors.Is(err, ErrInconsistent) {
			t.Fatalf("error of no kind: %v", err)
		}
		got, err := parseHeaders(payload)
		if err != nil {
			if !errors.Is(err, ErrInconsistent) {
				t.Fatalf("error of no kind: %v", err)
			}
			return
		}
		if !bytes.Equal(headersPayload(got), payload) {
			t.Fatal("headers are not written as they were read")
		}
	})
}
