package treeanchor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
)

const (
	formatName = "git-anchor-tree"
	version    = "1"
	sumLen     = 2 * sha256.Size          // a hash in hexadecimal
	pathAt     = modeLen + 1 + sumLen + 1 // where a record's path begins
	minRecord  = pathAt + len("x") + len("\x00")
	maxHead    = len(formatName) + len(version) + len("67108864") + sumLen + 4 // bytes of the first line
)

// Is reports whether a file says of itself that it is a manifest. Parse finds out.
func Is(b []byte) bool { return bytes.HasPrefix(b, []byte(formatName+" ")) }

// Parse reads a manifest. Bytes gives back the same bytes. The error wraps
// ErrMalformed, ErrVersion, ErrTooLarge or ErrSubmodule and says where.
func Parse(b []byte) (*Manifest, error) {
	m, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("tree anchor: %w", err)
	}
	m.sum = sha256.Sum256(b)
	m.tree = grow(m)
	return m, nil
}

func parse(b []byte) (*Manifest, error) {
	if len(b) > MaxManifest {
		return nil, fmt.Errorf("%w: a manifest of more than %d bytes", ErrTooLarge, MaxManifest)
	}
	m := new(Manifest)
	end := bytes.IndexByte(b[:min(len(b), maxHead)], '\n')
	if end < 0 {
		return nil, fmt.Errorf("%w: its first line is not that of one", ErrMalformed)
	}
	count, err := m.parseHead(b[:end], len(b)-end-1)
	if err != nil {
		return nil, err
	}
	m.records = make([]Record, 0, count)
	rest := b[end+1:]
	for i := range count {
		r, n, err := parseRecord(rest)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i+1, err)
		}
		m.records = append(m.records, r)
		rest = rest[n:]
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after its %d records", ErrMalformed, len(rest), count)
	}
	return m, m.check()
}

// parseHead reads the first line, which size bytes follow, and returns the
// number of records.
func (m *Manifest) parseHead(line []byte, size int) (int, error) {
	fields := bytes.Split(line, []byte(" "))
	if string(fields[0]) != formatName {
		return 0, fmt.Errorf("%w: it does not begin with %s", ErrMalformed, formatName)
	}
	if len(fields) < 2 || string(fields[1]) != version {
		return 0, fmt.Errorf("%w: expected %s", ErrVersion, version)
	}
	if len(fields) != 4 {
		return 0, fmt.Errorf("%w: its first line has %d fields, expected 4", ErrMalformed, len(fields))
	}
	count, err := strconv.Atoi(string(fields[2]))
	if err != nil || count < 1 || strconv.Itoa(count) != string(fields[2]) {
		return 0, fmt.Errorf("%w: its count of files is not one", ErrMalformed)
	}
	if count > size/minRecord {
		return 0, fmt.Errorf("%w: %d files are said to follow in %d bytes", ErrMalformed, count, size)
	}
	if !decodeHex(m.key[:], fields[3]) {
		return 0, fmt.Errorf("%w: its key is not 32 bytes in lower-case hexadecimal", ErrMalformed)
	}
	return count, nil
}

// parseRecord reads the record at the start of b, and returns how many bytes it
// takes. What it holds is checked elsewhere.
func parseRecord(b []byte) (Record, int, error) {
	var r Record
	end := bytes.IndexByte(b[:min(len(b), pathAt+MaxPath+1)], 0)
	if end < 0 && len(b) > pathAt+MaxPath {
		return r, 0, fmt.Errorf("%w: a path of more than %d bytes", ErrTooLarge, MaxPath)
	}
	if end < pathAt || b[modeLen] != ' ' || b[pathAt-1] != ' ' {
		return r, 0, fmt.Errorf("%w: not of the form mode, hash, path, NUL", ErrMalformed)
	}
	if !decodeHex(r.Sum[:], b[modeLen+1:pathAt-1]) {
		return r, 0, fmt.Errorf("%w: its hash is not lower-case hexadecimal", ErrMalformed)
	}
	r.Mode, r.Path = Mode(b[:modeLen]), string(b[pathAt:end])
	return r, end + 1, nil
}

// decodeHex fills dst from exactly so much lower-case hexadecimal.
func decodeHex(dst, text []byte) bool {
	if len(text) != 2*len(dst) || bytes.ContainsAny(text, "ABCDEF") {
		return false
	}
	_, err := hex.Decode(dst, text)
	return err == nil
}

// Bytes returns the manifest as a file.
func (m *Manifest) Bytes() []byte {
	b := make([]byte, 0, m.size())
	b = m.appendHead(b)
	for _, r := range m.records {
		b = append(b, r.Mode...)
		b = append(b, ' ')
		b = hex.AppendEncode(b, r.Sum[:])
		b = append(b, ' ')
		b = append(b, r.Path...)
		b = append(b, 0)
	}
	return b
}

func (m *Manifest) appendHead(b []byte) []byte {
	return fmt.Appendf(b, "%s %s %d %x\n", formatName, version, len(m.records), m.key[:])
}

// size returns the length of Bytes.
func (m *Manifest) size() int {
	n := len(m.appendHead(nil))
	for _, r := range m.records {
		n += pathAt + len(r.Path) + 1
	}
	return n
}
