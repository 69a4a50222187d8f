package ots

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// A Form is how a proof stands in a file.
type Form int

// The forms that Decode reads.
const (
	FormNone    Form = iota // no proof
	FormBinary              // the proof itself
	FormBase64              // its bytes in base64, with or without line breaks
	FormArmored             // base64 between lines -----BEGIN …----- and -----END …-----
)

// String returns the name of the form, "" for FormNone.
func (f Form) String() string {
	switch f {
	case FormBinary:
		return "binary"
	case FormBase64:
		return "base64"
	case FormArmored:
		return "ASCII armour"
	}
	return ""
}

// MaxEncoded is how many bytes of a file Decode reads: a proof of MaxProof
// bytes in base64, with room for line breaks and what armour adds.
const MaxEncoded = 2 * MaxProof

// Decode finds the proof in a file that holds nothing else: b itself, or what
// it is the base64 of, or what is in ASCII armour under any label. What it
// returns begins as a proof does; Parse says whether it is one. raw may be b.
//
// Base64 is the standard alphabet with its padding, in lines of any length, and
// nothing but line breaks between. Armour may have headers (Name: value) before
// an empty line, and a last line = and the CRC-24 of the content, which must be
// right then. White space around all of it does not count, data: URLs are not
// read. Two bytes 01 00 or 01 01 before the proof, as a git timestamp has them,
// are taken off: a plug-in for mail wrote them into its armour.
//
// The error is an *Error and wraps ErrNotProof, with what the file evidently is
// instead; ErrMalformed, where the encoding of a proof is damaged; ErrTruncated,
// where it has no end; or ErrTooLarge.
func Decode(b []byte) (raw []byte, form Form, err error) {
	if bytes.HasPrefix(b, []byte(magic)) {
		return b, FormBinary, nil
	}
	if len(b) > MaxEncoded {
		return nil, FormNone, failAt(MaxEncoded, ErrTooLarge, "more than %d bytes", MaxEncoded)
	}
	text := trimText(b)
	switch {
	case isArmoredProof(text):
		form = FormArmored
		if raw, err = decodeArmor(text); err == nil {
			raw = cutGitVersion(raw)
		}
	case bytes.HasPrefix(text, []byte(base64Magic)):
		form = FormBase64
		raw, err = decodeBase64(text)
	default:
		return nil, FormNone, checkMagic(b)
	}
	if err == nil {
		err = checkMagic(raw)
	}
	var at *Error
	switch {
	case errors.As(err, &at): // an offset in what was decoded means nothing here
		return nil, FormNone, &Error{bytes.Index(b, text), at.Err}
	case err != nil:
		return nil, FormNone, &Error{bytes.Index(b, text), err}
	}
	return raw, form, nil
}

const (
	base64Magic = "AE9wZW5UaW1lc3RhbXBz" // how the magic begins in base64

	beginArmor = "-----BEGIN "
	endArmor   = "-----END "
	dashes     = "-----"
)

// isArmoredProof reports whether text is armour whose content begins as a proof
// does, perhaps behind the version of a git timestamp.
func isArmoredProof(text []byte) bool {
	if !bytes.HasPrefix(text, []byte(beginArmor)) {
		return false
	}
	for _, start := range []string{base64Magic, "AQAAT3BlblRpbWVzdGFt", "AQEAT3BlblRpbWVzdGFt"} {
		if bytes.Contains(text, []byte("\n"+start)) {
			return true
		}
	}
	return false
}

func cutGitVersion(raw []byte) []byte {
	if len(raw) > 2 && raw[0] == 1 && raw[1] <= 1 {
		return raw[2:]
	}
	return raw
}

// trimText returns b without a byte order mark and the white space around it.
func trimText(b []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
}

// decodeArmor returns the content of armour that takes up all of text.
func decodeArmor(text []byte) ([]byte, error) {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	label, ok := bytes.CutSuffix(first[len(beginArmor):], []byte(dashes))
	if !ok {
		return nil, fmt.Errorf("%w: the first line of armour does not end in %s", ErrMalformed, dashes)
	}
	last := endArmor + string(label) + dashes
	body, ok := bytes.CutSuffix(rest, []byte(last))
	if !ok || len(body) > 0 && body[len(body)-1] != '\n' {
		if bytes.Contains(rest, []byte(endArmor)) {
			return nil, fmt.Errorf("%w: more than one block of armour, or text after it", ErrNotProof)
		}
		return nil, fmt.Errorf("%w: the armour lacks its last line", ErrTruncated)
	}
	return decodeBody(skipHeaders(body))
}

// skipHeaders returns what follows the headers of armour and their empty line.
func skipHeaders(body []byte) []byte {
	for rest := body; ; {
		line, next, more := bytes.Cut(rest, []byte("\n"))
		switch {
		case len(line) == 0 && more:
			return next
		case !more || !bytes.Contains(line, []byte(": ")):
			return body // neither headers nor an empty line, as other tools write it
		}
		rest = next
	}
}

// decodeBody decodes lines of base64, of which the last may be = and the
// CRC-24 of what the others hold.
func decodeBody(body []byte) ([]byte, error) {
	body = bytes.TrimSuffix(body, []byte("\n"))
	var crc []byte
	if i := bytes.LastIndexByte(body, '\n'); i >= 0 && i+1 < len(body) && body[i+1] == '=' {
		body, crc = body[:i], body[i+2:]
	}
	raw, err := decodeBase64(body)
	if err != nil || crc == nil {
		return raw, err
	}
	sum, err := decodeBase64(crc)
	if err != nil || len(sum) != 3 {
		return nil, fmt.Errorf("%w: the checksum of the armour is not one", ErrMalformed)
	}
	if want := crc24(raw); !bytes.Equal(sum, want) {
		return nil, fmt.Errorf("%w: the armour is damaged: its checksum is %x, that of its content %x", ErrMalformed, sum, want)
	}
	return raw, nil
}

// decodeBase64 decodes lines of base64 with nothing else between them.
func decodeBase64(text []byte) ([]byte, error) {
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	// The decoder skips line breaks, and only these; Strict refuses unused bits
	// that are not zero, so that other text cannot stand for the same bytes.
	n, err := base64.StdEncoding.Strict().Decode(raw, text)
	if err != nil {
		return nil, fmt.Errorf("%w: base64: %v", ErrMalformed, err)
	}
	return raw[:n], nil
}

// crc24 is the checksum of OpenPGP's armour (RFC 4880, section 6.1), 3 bytes.
func crc24(b []byte) []byte {
	crc := uint32(0xb704ce)
	for _, c := range b {
		crc ^= uint32(c) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return binary.BigEndian.AppendUint32(nil, crc)[1:]
}
