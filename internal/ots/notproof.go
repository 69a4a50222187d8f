package ots

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// checkMagic returns nil when b begins as a proof does.
func checkMagic(b []byte) error {
	if bytes.HasPrefix(b, []byte(magic)) {
		return nil
	}
	if len(b) > 0 && strings.HasPrefix(magic, string(b[:min(len(b), len(magic))])) {
		return failAt(len(b), ErrTruncated, "the header lacks %d bytes", len(magic)-len(b))
	}
	return failAt(0, ErrNotProof, "%s", describe(b))
}

// sniffed is how much of a file is looked at to say what it is.
const sniffed = 4096

// describe says what a file that is not a proof evidently is.
func describe(b []byte) string {
	cut := len(b) > sniffed
	head := b[:min(len(b), sniffed)]
	text := bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff")))
	switch {
	case len(b) == 0:
		return "the file is empty"
	case bytes.HasPrefix(text, []byte("version https://git-lfs.github.com/spec/")):
		return "it is a Git LFS pointer; fetch the file itself with git lfs pull"
	case isHTML(text):
		return "it is an HTML page, perhaps an error page saved under this name"
	case len(text) > 0 && (text[0] == '{' || text[0] == '['):
		return "it is JSON"
	case bytes.HasPrefix(text, []byte("AE9wZW5UaW1lc3RhbXBz")): // the magic in base64
		return "it is a proof as base64 text; decode it first (base64 -d)"
	case isBase64(text):
		return "it is base64 text"
	case isText(head, cut):
		return "it is a text file"
	}
	return "it begins with other bytes"
}

// isHTML reports whether text starts with a tag or declaration: nothing else
// that is mistaken for a proof does.
func isHTML(text []byte) bool {
	if len(text) < 2 || text[0] != '<' {
		return false
	}
	c := text[1] | 0x20
	return c >= 'a' && c <= 'z' || text[1] == '!' || text[1] == '?'
}

// isBase64 reports whether text is one or more lines of the base64 alphabet,
// long enough not to be a word.
func isBase64(text []byte) bool {
	for _, c := range text {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '+', c == '/', c == '=', c == '\n', c == '\r':
		default:
			return false
		}
	}
	return len(text) >= 40
}

// isText reports whether head is UTF-8 without control characters. Where the
// file was cut, its last character may be cut too.
func isText(head []byte, cut bool) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return cut && !utf8.FullRune(head)
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
		head = head[n:]
	}
	return true
}
