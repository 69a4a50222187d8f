package ots

import (
	"bytes"
	"fmt"
)

// splitSigned returns what is signed in an object and its signature, in copies.
// Bytes change nowhere: no line ending is touched, none is added at the end.
func splitSigned(object GitObject, raw []byte) (payload, signature []byte, err error) {
	if object == GitTag {
		return splitTag(raw)
	}
	headers, message := splitHeaders(raw)
	payload, signatures := cutSignatures(headers)
	switch len(signatures) {
	case 0:
		return nil, nil, ErrNoGitTimestamp
	case 1:
		return append(payload, message...), signatures[0], nil
	}
	for _, s := range signatures {
		if bytes.Contains(s, []byte(gitArmorBegin)) {
			return nil, nil, fmt.Errorf("%w: the commit has %d signatures; software differs in what they cover", ErrMalformed, len(signatures))
		}
	}
	return nil, nil, ErrNoGitTimestamp
}

// splitTag splits a tag where git does: before the last line that begins a
// signature. Without one git hands nothing to the reference client.
func splitTag(raw []byte) (payload, signature []byte, err error) {
	start := -1
	for at := 0; at < len(raw); {
		if beginsSignature(raw[at:]) {
			start = at
		}
		next := bytes.IndexByte(raw[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	if start < 0 {
		if bytes.Contains(raw, []byte("\n"+gitArmorBegin+"\n")) {
			return nil, nil, fmt.Errorf("%w: no signature stands before it in the tag", ErrMalformed)
		}
		return nil, nil, ErrNoGitTimestamp
	}
	headers, message := splitHeaders(raw[:start])
	payload, _ = cutSignatures(headers)
	return append(payload, message...), bytes.Clone(raw[start:]), nil
}

// beginsSignature reports whether git takes the line at the start of b for the
// first one of a signature.
func beginsSignature(b []byte) bool {
	for _, line := range []string{pgpBegin, "-----BEGIN PGP MESSAGE-----", "-----BEGIN SIGNED MESSAGE-----", "-----BEGIN SSH SIGNATURE-----"} {
		if bytes.HasPrefix(b, []byte(line)) {
			return true
		}
	}
	return false
}

// splitHeaders splits an object before the empty line that ends its headers;
// without one all of it is headers.
func splitHeaders(raw []byte) (headers, message []byte) {
	if bytes.HasPrefix(raw, []byte("\n")) {
		return nil, raw
	}
	if i := bytes.Index(raw, []byte("\n\n")); i >= 0 {
		return raw[:i+1], raw[i+1:]
	}
	return raw, nil
}

// cutSignatures returns the headers without those of signatures, and the values
// of the headers gpgsig. A value's lines stand as they are, without the space
// that continues a header.
func cutSignatures(headers []byte) (rest []byte, signatures [][]byte) {
	const (
		other = iota // the header that a continued line belongs to
		gpgsig
		dropped
	)
	within := other
	for len(headers) > 0 {
		end := bytes.IndexByte(headers, '\n') + 1
		if end == 0 {
			end = len(headers)
		}
		line := headers[:end]
		headers = headers[end:]
		name, value, _ := bytes.Cut(line, []byte(" "))
		switch {
		case len(name) == 0 && within == gpgsig:
			last := len(signatures) - 1
			signatures[last] = append(signatures[last], value...)
		case len(name) == 0 && within == dropped:
		case len(name) == 0:
			rest = append(rest, line...)
		case string(name) == "gpgsig" && len(line) > len(name):
			within = gpgsig
			signatures = append(signatures, bytes.Clone(value))
		case bytes.HasPrefix(name, []byte("gpgsig")):
			within = dropped
		default:
			within = other
			rest = append(rest, line...)
		}
	}
	return rest, signatures
}
