package ots

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// Each limit, at it and one past it.
func TestLimits(t *testing.T) {
	zeros := func(n int) []byte { return make([]byte, n) }
	reverses := func(n int) []byte { return bytes.Repeat(op(Reverse), n) }
	for _, tt := range []struct {
		name  string
		at    []byte // allowed
		past  []byte
		rule  error
		where int // offset in past
		text  string
	}{
		{"operations on a path", file(chain(reverses(MaxDepth), bitcoin(1))), file(chain(reverses(MaxDepth+1), bitcoin(1))),
			ErrMalformed, treeAt + MaxDepth, "more than 255 operations on one path"},
		{"message", file(chain(opArg(Append, zeros(MaxMessage-32)), bitcoin(1))), file(chain(opArg(Append, zeros(MaxMessage-31)), bitcoin(1))),
			ErrMalformed, treeAt, "append gives a message of 4097 bytes"},
		{"hexlified message", file(chain(opArg(Append, zeros(MaxMessage/2-32)), op(Hexlify), bitcoin(1))),
			file(chain(opArg(Append, zeros(MaxMessage/2-31)), op(Hexlify), bitcoin(1))),
			ErrMalformed, treeAt + 3 + MaxMessage/2 - 31, "hexlify gives a message of 4098 bytes"},
		{"argument", file(chain(op(SHA256), opArg(Append, zeros(MaxMessage-32)), bitcoin(1))), file(chain(opArg(Append, zeros(MaxMessage+1)), bitcoin(1))),
			ErrMalformed, treeAt + 1, "an argument of 4097 bytes, expected 1 to 4096"},
		{"payload", file(attest([8]byte{}, zeros(MaxPayload))), file(attest([8]byte{}, zeros(MaxPayload+1))),
			ErrMalformed, treeAt + 9, "payload of 8193 bytes, expected 0 to 8192"},
		{"URI", file(pending(strings.Repeat("a", MaxURI))), file(pending(strings.Repeat("a", MaxURI+1))),
			ErrMalformed, treeAt + 11, "a URI of 1001 bytes, at most 1000"},
		{"height", file(attest(tagBitcoin, []byte("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"))), file(attest(tagBitcoin, []byte("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"))),
			ErrTooLarge, treeAt + 10, "more than 63 bits"},
		{"height of 2^64+1", file(bitcoin(1)), file(attest(tagBitcoin, []byte("\x81\x80\x80\x80\x80\x80\x80\x80\x80\x02"))),
			ErrTooLarge, treeAt + 10, "more than 63 bits"},
		{"length", file(chain(opArg(Append, zeros(1)), bitcoin(1))), file(chain(op(Append), []byte("\x81\x80\x80\x80\x80\x80\x80\x80\x80\x02"), zeros(1), bitcoin(1))),
			ErrTooLarge, treeAt + 1, "a length of more than 63 bits"},
		{"nodes, all claims", file(claims(MaxNodes)), file(claims(MaxNodes + 1)),
			ErrTooLarge, treeAt + 11*MaxNodes, "more than 20000 operations and attestations"},
		{"bytes of messages", file(longMessages(MaxMessageBytes/MaxMessage, 0)), file(longMessages(MaxMessageBytes/MaxMessage, 1)),
			ErrTooLarge, treeAt + len(longMessages(MaxMessageBytes/MaxMessage, 0)) - len(bitcoin(1)) - 3 - (MaxMessage - 64), "more than 16777216 bytes of messages"},
		{"bytes of a file", sized(MaxProof), sized(MaxProof + 1), ErrTooLarge, MaxProof, "more than 1048576 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse(tt.at)
			if err != nil {
				t.Fatalf("at the limit: %v", err)
			}
			if again, err := Parse(p.Bytes()); err != nil || len(again.Claims()) != len(p.Claims()) {
				t.Errorf("written and read again: %v", err)
			}
			_, err = Parse(tt.past)
			checkError(t, err, tt.rule, tt.where, tt.text)
		})
	}
}

// claims returns a node of n different attestations of 11 bytes each.
func claims(n int) []byte {
	items := make([][]byte, n)
	for i := range items {
		items[i] = attest([8]byte{byte(i >> 16), byte(i >> 8), byte(i)}, nil)
	}
	return fork(items...)
}

// longMessages returns a tree whose messages, the digest of 32 bytes included,
// have n times MaxMessage bytes and extra. Its last operation is at the end of
// the root and completes the last MaxMessage.
func longMessages(n, extra int) []byte {
	var items [][]byte
	for rest := n - 1; rest > 0; rest -= MaxDepth {
		arg := make([]byte, MaxMessage-32)
		arg[0] = byte(len(items))
		reverses := bytes.Repeat(op(Reverse), min(rest, MaxDepth)-1)
		items = append(items, chain(opArg(Append, arg), reverses, bitcoin(1)))
	}
	return fork(append(items, chain(opArg(Prepend, make([]byte, MaxMessage-64+extra)), bitcoin(1)))...)
}

// sized returns a valid proof of n bytes.
func sized(n int) []byte {
	var items [][]byte
	rest := n - treeAt
	for i := 0; rest > 0; i++ {
		size := min(rest, MaxPayload/2)
		if rest-size < 100 && rest != size {
			size = rest / 2
		}
		// An item is 00, the tag, a length of two bytes and the payload; all
		// but the last have a separator.
		payload := size - 12
		if size == rest {
			payload++
		}
		items = append(items, attest([8]byte{byte(i >> 8), byte(i)}, make([]byte, payload)))
		rest -= size
	}
	return file(fork(items...))
}

func TestAnswerLimit(t *testing.T) {
	answer := func(n int) []byte {
		return fork(attest([8]byte{1}, make([]byte, 8000)), attest([8]byte{2}, make([]byte, n-8000-12-11)))
	}
	at := answer(MaxAnswer)
	if len(at) != MaxAnswer {
		t.Fatalf("the test's answer has %d bytes", len(at))
	}
	if _, err := ParseTree(digest, at); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	_, err := ParseTree(digest, answer(MaxAnswer+1))
	checkError(t, err, ErrTooLarge, MaxAnswer, "an answer of more than 10000 bytes")
}

// A megabyte of claims costs no more than the limit on nodes allows.
func TestSeventyThousandClaims(t *testing.T) {
	b := file(claims(70_000))
	_, err := Parse(b)
	checkError(t, err, ErrTooLarge, treeAt+11*MaxNodes+len("\xff"), "more than 20000")
	perRun := testing.AllocsPerRun(3, func() { _, err = Parse(b) })
	if !errors.Is(err, ErrTooLarge) || perRun > 100 {
		t.Errorf("%v, %v allocations", err, perRun)
	}
}
