package ots

import (
	"errors"
	"strings"
	"testing"
)

func TestNotAProof(t *testing.T) {
	for _, tt := range []struct{ name, input, text string }{
		{"empty", "", "the file is empty"},
		{"html", "<!DOCTYPE html><html>", "it is an HTML page"},
		{"html after blanks", "\ufeff\r\n  <HTML lang=en>", "it is an HTML page"},
		{"xml", "<?xml version='1.0'?>", "it is an HTML page"},
		{"lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n", "it is a Git LFS pointer"},
		{"json object", "{\"addr\": 1}", "it is JSON"},
		{"json array", "\n [1]", "it is JSON"},
		{"proof in base64", "AE9wZW5UaW1lc3RhbXBzAABQcm9vZgC/ieLohOiSlAEI\n", "it is a proof as base64 text"},
		{"base64", strings.Repeat("QUJDRA", 10) + "==\r\n", "it is base64 text"},
		{"text", "pending, see README\n", "it is a text file"},
		{"long text cut in a character", strings.Repeat("a", sniffed-1) + "é and more", "it is a text file"},
		{"other", "\x01\x01" + magic, "it begins with other bytes"},
		{"text with a bad end", "abc\xc3", "it begins with other bytes"},
		{"less than", "<3", "it is a text file"},
		{"one bit off", "\x00OpenTimestampt\x00\x00Proof", "it begins with other bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.input))
			if !errors.Is(err, ErrNotProof) || !strings.Contains(err.Error(), "not an OpenTimestamps proof: "+tt.text) {
				t.Errorf("got %v, expected %q", err, tt.text)
			}
		})
	}
}
