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
	text := trimText(head)
	if what := describeText(text); what != "" {
		return what
	}
	switch {
	case len(b) == 0:
		return "the file is empty"
	case bytes.HasPrefix(b, []byte(magic2012)):
		return "it is a timestamp in the binary format of 2012, which no client reads any more"
	case len(b) > 2 && bytes.HasPrefix(b[2:], []byte(magic)):
		return "it is a proof behind two bytes that do not belong to it; it was taken out of armour wrongly"
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return "it is a PDF document"
	case isBinarySignature(b):
		return "it is a PGP signature"
	case isBase64(text):
		return "it is base64 text"
	case isText(head, cut):
		return "it is a text file"
	}
	return "it begins with other bytes"
}

// magic2012 begins the files that the first client wrote, before 2015: a UUID
// and a name.
const magic2012 = "\x00\x62\xfc\x5c\x0d\x26\x11\xe2\x97\xe4\x6f\x3b\xd8\x70\x6b\x74OpenTimestamps"

// describeText says what a text evidently is by how it begins, "" when it
// begins as nothing that is known here.
func describeText(text []byte) string {
	begins := func(prefix string) bool { return bytes.HasPrefix(text, []byte(prefix)) }
	switch {
	case begins("version https://git-lfs.github.com/spec/"):
		return "it is a Git LFS pointer; fetch the file itself with git lfs pull"
	case begins("MOCK_OTS_PROOF:"):
		return "it is a mock proof of the kind that Bitcoin Commons wrote, which proves nothing"
	case begins("/annex/objects/"):
		return "it is a git-annex pointer; fetch the file itself with git annex get"
	case isHTML(text):
		return "it is an HTML page, perhaps an error page saved under this name"
	case isOldJSON(text):
		return "it is a timestamp in the JSON format of 2015, which no client reads any more"
	case begins("{"), begins("["):
		return "it is JSON"
	case begins(base64Magic):
		return "it is a proof as base64 text; decode it first (base64 -d)"
	case begins(beginArmor + "OPENTIMESTAMPS MESSAGE" + dashes):
		return "it is a document and its proof in one text, as otsclear writes it"
	case isArmoredProof(text):
		return "it is a proof in ASCII armour; take it out of that first"
	case begins(gitArmorBegin):
		return "it is the timestamp of a git commit or tag, and means nothing without that object"
	case begins(beginArmor + "PGP "):
		return "it is a PGP signature, message or key"
	}
	return ""
}

// isOldJSON reports whether text begins with the keys of the formats before
// version 1: a finished timestamp, one that waits, or a list of hashes.
func isOldJSON(text []byte) bool {
	has := func(keys ...string) bool {
		for _, key := range keys {
			if !bytes.Contains(text, []byte(`"`+key+`"`)) {
				return false
			}
		}
		return true
	}
	switch {
	case bytes.HasPrefix(text, []byte("{")):
		return has("addr", "nonce", "txid") || has("signatures", "digests") || has("digests", "ops")
	case bytes.HasPrefix(text, []byte("[")):
		return has("Hash", "inputs", "algorithm", "digest")
	}
	return false
}

// isBinarySignature reports whether b begins as a PGP signature without armour:
// a signature packet of old or new format, version 3 or 4.
func isBinarySignature(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch b[0] {
	case 0x88:
		return b[2] == 3 || b[2] == 4
	case 0x89:
		return b[3] == 3 || b[3] == 4
	case 0xc2:
		return b[2] == 4 || b[1] >= 192 && b[3] == 4
	}
	return false
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
