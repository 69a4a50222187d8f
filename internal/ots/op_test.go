package ots

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestOpApply(t *testing.T) {
	// The hashes of "abc" are those of FIPS 180, the RIPEMD-160 paper and the
	// Keccak submission (not SHA3-256, which gives 3a985da7…).
	for _, tt := range []struct {
		name, msg, want, text string
		op                    Op
	}{
		{"sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d", "sha1", Op{Tag: SHA1}},
		{"ripemd160", "abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc", "ripemd160", Op{Tag: RIPEMD160}},
		{"sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "sha256", Op{Tag: SHA256}},
		{"keccak256", "abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45", "keccak256", Op{Tag: Keccak256}},
		{"sha256 of nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256", Op{Tag: SHA256}},
		{"append", "abc", hexOf("abc\n\v"), "append 0a0b", Op{Append, []byte("\n\v")}},
		{"prepend", "abc", hexOf("\n\vabc"), "prepend 0a0b", Op{Prepend, []byte("\n\v")}},
		{"reverse", "abc", hexOf("cba"), "reverse", Op{Tag: Reverse}},
		{"hexlify", "\x0a\xbc", hexOf("0abc"), "hexlify", Op{Tag: Hexlify}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.op.Apply([]byte(tt.msg))
			if err != nil || hex.EncodeToString(got) != tt.want {
				t.Errorf("Apply(%q) = %x, %v, expected %s", tt.msg, got, err, tt.want)
			}
			if tt.op.String() != tt.text {
				t.Errorf("String() = %q, expected %q", tt.op.String(), tt.text)
			}
		})
	}
}

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }

func TestOpApplyRefuses(t *testing.T) {
	arg := func(n int) []byte { return make([]byte, n) }
	for _, tt := range []struct {
		name string
		op   Op
		msg  int    // bytes
		rule error  // nil: allowed
		text string // part of the error
	}{
		{"longest message hashed", Op{Tag: SHA256}, MaxMessage, nil, ""},
		{"longer message hashed", Op{Tag: SHA256}, MaxMessage + 1, ErrMalformed, "sha256 of a message of 4097 bytes"},
		{"append up to the limit", Op{Append, arg(1)}, MaxMessage - 1, nil, ""},
		{"append past the limit", Op{Append, arg(1)}, MaxMessage, ErrMalformed, "append gives a message of 4097 bytes"},
		{"prepend up to the limit", Op{Prepend, arg(MaxMessage)}, 0, nil, ""},
		{"prepend past the limit", Op{Prepend, arg(MaxMessage)}, 1, ErrMalformed, "prepend gives a message of 4097 bytes"},
		{"reverse at the limit", Op{Tag: Reverse}, MaxMessage, nil, ""},
		{"reverse past the limit", Op{Tag: Reverse}, MaxMessage + 1, ErrMalformed, "reverse of a message of 4097 bytes"},
		{"hexlify at the limit", Op{Tag: Hexlify}, MaxMessage / 2, nil, ""},
		{"hexlify past the limit", Op{Tag: Hexlify}, MaxMessage/2 + 1, ErrMalformed, "hexlify gives a message of 4098 bytes"},
		{"reverse of nothing", Op{Tag: Reverse}, 0, ErrMalformed, "reverse of an empty message"},
		{"hexlify of nothing", Op{Tag: Hexlify}, 0, ErrMalformed, "hexlify of an empty message"},
		{"append nothing", Op{Tag: Append}, 3, ErrMalformed, "append without an argument"},
		{"prepend nothing", Op{Tag: Prepend}, 3, ErrMalformed, "prepend without an argument"},
		{"unknown", Op{Tag: 0x55}, 3, ErrUnknownOp, "tag 0x55"},
		{"the zero op", Op{}, 3, ErrUnknownOp, "tag 0x00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.op.Apply(make([]byte, tt.msg))
			if !errors.Is(err, tt.rule) || err != nil && !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, expected %v with %q", err, tt.rule, tt.text)
			}
		})
	}
}

func TestApplyReturnsItsOwnSlice(t *testing.T) {
	msg := append(make([]byte, 0, 64), "message"...)
	got, err := Op{Append, []byte("!")}.Apply(msg)
	if err != nil {
		t.Fatal(err)
	}
	got[0] = 'M'
	if !bytes.Equal(msg, []byte("message")) || msg[:8][7] != 0 {
		t.Errorf("the message became %q", msg[:8])
	}
}

func TestNewHash(t *testing.T) {
	for tag, size := range map[Tag]int{SHA1: 20, RIPEMD160: 20, SHA256: 32, Keccak256: 0, Append: 0, 0x55: 0} {
		h := tag.NewHash()
		if h == nil {
			if size != 0 {
				t.Errorf("%s: no hash", tag)
			}
			continue
		}
		h.Write([]byte("abc"))
		want, err := Op{Tag: tag}.Apply([]byte("abc"))
		if err != nil || size != h.Size() || !bytes.Equal(h.Sum(nil), want) {
			t.Errorf("%s: %x, expected %x", tag, h.Sum(nil), want)
		}
	}
}
