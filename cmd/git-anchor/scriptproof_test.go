package main

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// magicAndVersion begin every proof.
const magicAndVersion = "004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e8929401"

// proofFile: proof FILE WORD…: writes a proof, hostile or not, byte by byte and
// without our own writer. Each word stands for bytes, "WORD*N" for N times:
//
//	sha256=FILE sha1=FILE   the head of a proof for the file
//	fork sha256 sha1        ff, 08, 02
//	append=HEX prepend=HEX  the operation
//	bitcoin=N pending=URI   the attestation
//	bitcoins=N..M           a fork and an attestation for each height but M, and M
//	tree=PROOF op=PROOF     another proof's tree, or its first operation (an append)
//	HEX                     itself
func proofFile(ts *testscript.TestScript, args []string) {
	var b bytes.Buffer
	for _, word := range args[1:] {
		times := 1
		if w, n, ok := strings.Cut(word, "*"); ok {
			var err error
			times, err = strconv.Atoi(n)
			ts.Check(err)
			word = w
		}
		b.Write(bytes.Repeat(proofBytes(ts, word), times))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o644))
}

func proofBytes(ts *testscript.TestScript, word string) []byte {
	name, value, _ := strings.Cut(word, "=")
	switch {
	case name == "sha256" && value != "":
		sum := sha256.Sum256([]byte(ts.ReadFile(value)))
		return unhex(ts, magicAndVersion, "08", hex.EncodeToString(sum[:]))
	case name == "sha1" && value != "":
		sum := sha1.Sum([]byte(ts.ReadFile(value)))
		return unhex(ts, magicAndVersion, "02", hex.EncodeToString(sum[:]))
	}
	switch name {
	case "fork":
		return []byte{0xff}
	case "sha1":
		return []byte{0x02}
	case "sha256":
		return []byte{0x08}
	case "append":
		return append([]byte{0xf0}, varbytes(unhex(ts, value))...)
	case "prepend":
		return append([]byte{0xf1}, varbytes(unhex(ts, value))...)
	case "bitcoin":
		height, err := strconv.ParseUint(value, 10, 63)
		ts.Check(err)
		return bitcoinAt(height)
	case "bitcoins":
		return bitcoins(ts, value)
	case "pending":
		return append([]byte{0, 0x83, 0xdf, 0xe3, 0x0d, 0x2e, 0xf9, 0x0c, 0x8e}, varbytes(varbytes([]byte(value)))...)
	case "tree", "op":
		raw := []byte(ts.ReadFile(value))[len(magicAndVersion)/2+1+sha256.Size:]
		if name == "op" {
			raw = raw[:2+int(raw[1])]
		}
		return raw
	}
	return unhex(ts, word)
}

func bitcoins(ts *testscript.TestScript, heights string) []byte {
	low, high, _ := strings.Cut(heights, "..")
	first, err := strconv.ParseUint(low, 10, 32)
	ts.Check(err)
	last, err := strconv.ParseUint(high, 10, 32)
	ts.Check(err)
	var b []byte
	for h := first; h < last; h++ {
		b = append(append(b, 0xff), bitcoinAt(h)...)
	}
	return append(b, bitcoinAt(last)...)
}

func bitcoinAt(height uint64) []byte {
	b := []byte{0, 0x05, 0x88, 0x96, 0x0d, 0x73, 0xd7, 0x19, 0x01}
	return append(b, varbytes(binary.AppendUvarint(nil, height))...)
}

func varbytes(b []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(b))), b...)
}

func unhex(ts *testscript.TestScript, parts ...string) []byte {
	b, err := hex.DecodeString(strings.Join(parts, ""))
	ts.Check(err)
	return b
}

// submit: submit NAME POOL FILE: sets NAME to the hex of the pool's answer to
// the file's SHA-1, which git-anchor itself never submits.
func submit(ts *testscript.TestScript, args []string) {
	digest := sha1.Sum([]byte(ts.ReadFile(args[2])))
	resp, err := http.Post(args[1]+"/digest", "application/octet-stream", bytes.NewReader(digest[:]))
	ts.Check(err)
	defer resp.Body.Close()
	tree, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Setenv(args[0], hex.EncodeToString(tree))
}
