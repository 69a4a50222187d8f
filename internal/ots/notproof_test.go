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
		{"other", "\x01" + magic, "it begins with other bytes"},
		{"taken out of armour wrongly", "\x01\x01" + magic, "it is a proof behind two bytes"},
		{"binary of 2012", magic2012 + "\x00\x00\x01", "it is a timestamp in the binary format of 2012"},
		{"waiting in 2015", "{\"addr\": \"1HT7\",\n \"nonce\": \"\",\n \"txid\": \"93\"}", "it is a timestamp in the JSON format of 2015"},
		{"finished in 2015", "{\n \"signatures\": [],\n \"digests\": {}, \"ops\": []}", "it is a timestamp in the JSON format of 2015"},
		{"hashes of 2015", "[{\"Hash\": {\"inputs\": [], \"algorithm\": \"sha256d\", \"digest\": \"\"}}]", "it is a timestamp in the JSON format of 2015"},
		{"pdf", "%PDF-1.7\n%\xe2\xe3", "it is a PDF document"},
		{"mock", "MOCK_OTS_PROOF:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", "it is a mock proof of the kind that Bitcoin Commons wrote, which proves nothing"},
		{"git-annex", "/annex/objects/SHA256E-s1--00.ots\n", "it is a git-annex pointer"},
		{"armour", proofArmor, "it is a proof in ASCII armour"},
		{"otsclear", "-----BEGIN OPENTIMESTAMPS MESSAGE-----\n\nhello\n" + proofArmor, "it is a document and its proof in one text"},
		{"git timestamp", gitArmorBegin + "\n\nAQE=\n" + gitArmorEnd + "\n", "it is the timestamp of a git commit or tag"},
		{"pgp signature", pgpBegin + "\n\niQEz\n" + pgpEnd + "\n", "it is a PGP signature, message or key"},
		{"pgp packet", "\x89\x01\x33\x04\x00\x01", "it is a PGP signature"},
		{"pgp packet of one length byte", "\x88\x75\x04\x00\x16", "it is a PGP signature"},
		{"pgp packet of the new format", "\xc2\xc1\x33\x04\x00", "it is a PGP signature"},
		{"nearly a pgp packet", "\x89\x01\x33\x05\x00\x01", "it begins with other bytes"},
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
