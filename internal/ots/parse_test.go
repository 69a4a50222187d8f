package ots

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// treeAt is where the tree begins in what file makes.
const treeAt = len(magic) + 2 + 32

func TestParseRefuses(t *testing.T) {
	header := file(nil)
	leaf := bitcoin(1)
	for _, tt := range []struct {
		name   string
		input  []byte
		rule   error
		offset int
		text   string
	}{
		{"half a magic", []byte(magic)[:12], ErrTruncated, 12, "the header lacks 19 bytes"},
		{"magic alone", []byte(magic), ErrTruncated, 31, "the version is missing"},
		{"version 0", chain([]byte(magic), []byte{0}), ErrVersion, 31, "unsupported proof version: 0, of the drafts of 2016, expected 1"},
		{"version 2", chain([]byte(magic), []byte{2, 8}, digest, leaf), ErrVersion, 31, "2, expected 1"},
		{"version 1 in two bytes", chain([]byte(magic), []byte{0x81, 0, 8}, digest, leaf), ErrVersion, 31, "129, expected 1"},
		{"no file hash", header[:32], ErrTruncated, 32, "the file hash is missing"},
		{"keccak256 as file hash", chain([]byte(magic), []byte{1, 0x67}, digest, leaf), ErrFileHash, 32, "unsupported file hash: keccak256, expected"},
		{"append as file hash", chain([]byte(magic), []byte{1, 0xf0}, digest, leaf), ErrFileHash, 32, "append"},
		{"unknown file hash", chain([]byte(magic), []byte{1, 0x09}, digest, leaf), ErrFileHash, 32, "operation 0x09"},
		{"half a digest", header[:40], ErrTruncated, 40, "the digest of 32 bytes lacks 25"},
		{"no tree", header, ErrTruncated, treeAt, "an operation or attestation is missing"},
		{"trailing byte", file(append(leaf, 0)), ErrTrailing, treeAt + len(leaf), "bytes after the end of the proof: 1"},
		{"trailing proof", append(file(leaf), file(leaf)...), ErrTrailing, treeAt + len(leaf), "76"},
		{"ff last", file([]byte{0xff}), ErrTruncated, treeAt + 1, "an operation or attestation is missing"},
		{"ff last after an item", file(chain([]byte{0xff}, leaf, []byte{0xff})), ErrTruncated, treeAt + 13, "an operation or attestation is missing"},
		{"ff and nothing after its item", file(chain([]byte{0xff}, leaf)), ErrTruncated, treeAt + 12, "an operation or attestation is missing"},
		{"ff ff", file(chain([]byte{0xff, 0xff}, leaf, leaf)), ErrMalformed, treeAt + 1, "ff after ff"},
		{"unknown operation", file([]byte{0x55}), ErrUnknownOp, treeAt, "unknown operation: tag 0x55"},
		{"operation without a node", file(op(SHA256)), ErrTruncated, treeAt + 1, "is missing"},
		{"append without a length", file(op(Append)), ErrTruncated, treeAt + 1, "a length is missing"},
		{"append of nothing", file(chain(opArg(Append, nil), leaf)), ErrMalformed, treeAt + 1, "an argument of 0 bytes, expected 1 to 4096"},
		{"prepend of nothing", file(chain(opArg(Prepend, nil), leaf)), ErrMalformed, treeAt + 1, "an argument of 0 bytes"},
		{"half an argument", file([]byte{0xf0, 5, 1, 2}), ErrTruncated, treeAt + 4, "an argument of 5 bytes lacks 3"},
		{"half a length", file([]byte{0xf0, 0x80}), ErrTruncated, treeAt + 2, "a length is missing"},
		{"half an attestation's tag", file([]byte{0, 1, 2, 3}), ErrTruncated, treeAt + 4, "an attestation's tag of 8 bytes lacks 5"},
		{"attestation without payload", file(leaf[:9]), ErrTruncated, treeAt + 9, "a length is missing"},
		{"half a payload", file(chain([]byte{0}, tagBitcoin[:], []byte{2, 0x81})), ErrTruncated, treeAt + 11, "payload of 2 bytes lacks 1"},
		{"height with a byte more", file(attest(tagBitcoin, []byte{1, 0})), ErrMalformed, treeAt + 11, "1 bytes too many in an attestation's payload"},
		{"litecoin with a byte more", file(attest(tagLitecoin, []byte{1, 0})), ErrMalformed, treeAt + 11, "too many"},
		{"ethereum with a byte more", file(attest(tagEthereum, []byte{1, 0})), ErrMalformed, treeAt + 11, "too many"},
		{"no height", file(attest(tagBitcoin, nil)), ErrMalformed, treeAt + 10, "a URI's length or a height is missing"},
		{"height that does not end", file(attest(tagBitcoin, []byte{0x80})), ErrMalformed, treeAt + 11, "is missing"},
		{"URI with a byte more", file(attest(tagPending, []byte("\x01aa"))), ErrMalformed, treeAt + 12, "too many"},
		{"half a URI", file(attest(tagPending, []byte("\x03aa"))), ErrMalformed, treeAt + 13, "a URI of 3 bytes lacks 1"},
		{"URI with a query", file(pending("https://a?b")), ErrMalformed, treeAt + 11, "byte 0x3f in a URI"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Parse(tt.input)
			checkError(t, err, tt.rule, tt.offset, tt.text)
			if p != nil {
				t.Error("a proof beside the error")
			}
		})
	}
}

func checkError(t *testing.T, err, rule error, offset int, text string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, rule) {
		t.Fatalf("got %v, expected an Error that is %v", err, rule)
	}
	if e.Offset != offset || !strings.Contains(err.Error(), text) {
		t.Errorf("got %q, expected byte %d and %q", err, offset, text)
	}
}

func TestErrorText(t *testing.T) {
	_, err := Parse(file(nil)[:41])
	const want = "byte 41: proof ends early: the digest of 32 bytes lacks 24"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, expected %s", err, want)
	}
}

// Every prefix of a proof is truncated, nothing else and never fine.
func TestEveryPrefixIsTruncated(t *testing.T) {
	whole := typicalProof()
	for n := 1; n < len(whole); n++ {
		if _, err := Parse(whole[:n]); !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestParseEvaluates(t *testing.T) {
	p := mustParse(t, file(chain(opArg(Append, []byte("ab")), op(Reverse), fork(pending("https://a"), op(Hexlify)), bitcoin(7))))
	reversed := append([]byte("ba"), digest...)
	at := p.Tree.Branches[0].Tree.Branches[0].Tree
	if !bytes.Equal(at.Msg, reversed) || at.Attestations[0].URI() != "https://a" {
		t.Errorf("message %x, attestations %v", at.Msg, at.Attestations)
	}
	last := at.Branches[0].Tree
	if string(last.Msg) != hexOf(string(reversed)) || last.Attestations[0].Height() != 7 {
		t.Errorf("message %q, attestations %v", last.Msg, last.Attestations)
	}
}

func TestFileHashes(t *testing.T) {
	for tag, size := range map[Tag]int{SHA1: 20, RIPEMD160: 20, SHA256: 32} {
		b := chain([]byte(magic), []byte{1, byte(tag)}, digest[:size], bitcoin(1))
		p := mustParse(t, b)
		if p.Hash != tag || !bytes.Equal(p.Digest, digest[:size]) || !bytes.Equal(p.Bytes(), b) {
			t.Errorf("%s: read as %s %x", tag, p.Hash, p.Digest)
		}
	}
}

func TestParseDoesNotKeepItsInput(t *testing.T) {
	b := file(chain(opArg(Append, []byte("ab")), pending("https://a")))
	p := mustParse(t, b)
	want := p.Bytes()
	clear(b)
	if !bytes.Equal(p.Bytes(), want) {
		t.Error("the proof changed with the input")
	}
	msg := []byte("message")
	tree, err := ParseTree(msg, chain(op(Reverse), bitcoin(1)))
	if err != nil {
		t.Fatal(err)
	}
	clear(msg)
	if string(tree.Msg) != "message" {
		t.Error("the tree changed with the message")
	}
}

func TestNumbersLongerThanNeedBe(t *testing.T) {
	padded := []byte{0x83, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00} // 3
	minimal := file(chain(opArg(Append, []byte("abc")), fork(bitcoin(3), pending("abc"))))
	b := file(chain(op(Append), padded, []byte("abc"), fork(
		attest(tagBitcoin, padded), attest(tagPending, chain(padded, []byte("abc"))))))
	p := mustParse(t, b)
	if !bytes.Equal(p.Bytes(), minimal) {
		t.Errorf("written as %x, expected %x", p.Bytes(), minimal)
	}
	if missing := p.Missing(mustParse(t, minimal)); len(missing) > 0 {
		t.Errorf("claims differ by their encoding: %v", missing)
	}
}

func TestParseTree(t *testing.T) {
	answer := chain(opArg(Append, []byte("x")), op(SHA256), pending("https://a"))
	tree, err := ParseTree([]byte("msg"), answer)
	if err != nil || !bytes.Equal(tree.Bytes(), answer) || len(tree.Claims()) != 1 {
		t.Fatalf("%v, %v", tree, err)
	}
	for _, tt := range []struct {
		name   string
		input  []byte
		rule   error
		offset int
	}{
		{"empty", nil, ErrTruncated, 0},
		{"trailing", append(answer, 0), ErrTrailing, len(answer)},
		{"a whole proof file", file(answer), ErrTruncated, treeAt + len(answer)},
		{"a page", []byte("<html>"), ErrUnknownOp, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseTree([]byte("msg"), tt.input)
			checkError(t, err, tt.rule, tt.offset, "")
		})
	}
	if _, err := ParseTree(make([]byte, MaxMessage), bitcoin(1)); err != nil {
		t.Error(err)
	}
	_, err = ParseTree(make([]byte, MaxMessage+1), bitcoin(1))
	checkError(t, err, ErrMalformed, 0, "a message of 4097 bytes")
}
