package ots

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
)

// proofArmor is what other tools make of a proof that begins as all do.
const proofArmor = "-----BEGIN OPENTIMESTAMPS PROOF-----\n\nAE9wZW5UaW1lc3RhbXBzAABQcm9vZgC/ieLohOiSlAEI\n-----END OPENTIMESTAMPS PROOF-----\n"

// lines breaks text after every width characters.
func lines(text string, width int, end string) string {
	var b strings.Builder
	for len(text) > width {
		b.WriteString(text[:width] + end)
		text = text[width:]
	}
	return b.String() + text + end
}

func armored(label, inner string) string {
	return "-----BEGIN " + label + "-----\n" + inner + "-----END " + label + "-----\n"
}

func TestDecode(t *testing.T) {
	proof := typicalProof()
	text := base64.StdEncoding.EncodeToString(proof)
	body := lines(text, 64, "\n")
	sum := "=" + base64.StdEncoding.EncodeToString(crc24(proof)) + "\n"
	git := lines(base64.StdEncoding.EncodeToString(append([]byte{1, 1}, proof...)), 64, "\n")
	for _, tt := range []struct {
		name, input string
		form        Form
	}{
		{"binary", string(proof), FormBinary},
		{"base64", text, FormBase64},
		{"base64 in lines", body, FormBase64},
		{"base64 in short lines", lines(text, 24, "\r\n"), FormBase64},
		{"base64 between blanks", "\ufeff\r\n \t" + text + "\n\n", FormBase64},
		{"armour", armored("OPENTIMESTAMPS PROOF", "\n"+body), FormArmored},
		{"armour with checksum", armored("OPENTIMESTAMPS PROOF", "\n"+body+sum), FormArmored},
		{"armour with headers", armored("PGP ARMORED FILE", "Version: 1\nComment: Use \"gpg --dearmor\"\n\n"+body+sum), FormArmored},
		{"armour without an empty line", armored("CERTIFICATE", body), FormArmored},
		{"armour with carriage returns", strings.ReplaceAll(armored("OPENTIMESTAMPS TIMESTAMP", "\n"+body), "\n", "\r\n"), FormArmored},
		{"armour without a last line break", strings.TrimSpace(armored("OPENTIMESTAMPS PROOF", "\n"+body)), FormArmored},
		{"armour with a version", armored("OPENTIMESTAMPS PROOF", "\n"+git), FormArmored},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw, form, err := Decode([]byte(tt.input))
			if err != nil || form != tt.form || !bytes.Equal(raw, proof) {
				t.Errorf("form %q, same bytes: %v, %v", form, bytes.Equal(raw, proof), err)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	proof := typicalProof()
	text := base64.StdEncoding.EncodeToString(proof)
	body := lines(text, 64, "\n")
	short := base64.StdEncoding.EncodeToString([]byte(magic + "\x01")) // ends in lAE=
	for _, tt := range []struct {
		name, input string
		rule        error
		text        string
	}{
		{"empty", "", ErrNotProof, "the file is empty"},
		{"header cut", magic[:20], ErrTruncated, "the header lacks 11 bytes"},
		{"data URL", "data:application/octet-stream;base64," + text, ErrNotProof, "text file"},
		{"other alphabet", strings.ReplaceAll(text, "/", "_"), ErrMalformed, "base64"},
		{"padding missing", strings.TrimSuffix(short, "="), ErrMalformed, "base64"},
		{"unused bits set", strings.Replace(short, "lAE=", "lAF=", 1), ErrMalformed, "base64"},
		{"blank within", text[:40] + " " + text[40:], ErrMalformed, "base64"},
		{"quoted in mail", "> " + text, ErrNotProof, "text file"},
		{"damaged magic", text[:20] + "Q" + text[21:], ErrNotProof, "it begins with other bytes"},
		{"no last line", strings.TrimSuffix(armored("OPENTIMESTAMPS PROOF", "\n"+body), "-----END OPENTIMESTAMPS PROOF-----\n"), ErrTruncated, "lacks its last line"},
		{"other label at the end", "-----BEGIN A-----\n\n" + body + "-----END B-----\n", ErrNotProof, "more than one block"},
		{"two blocks", proofArmor + proofArmor, ErrMalformed, "base64"},
		{"text after it", proofArmor + "regards\n", ErrNotProof, "text after it"},
		{"first line not closed", "-----BEGIN A\n\n" + body + "-----END A-----\n", ErrMalformed, "does not end in -----"},
		{"wrong checksum", armored("A", "\n"+body+"=AAAA\n"), ErrMalformed, "damaged"},
		{"checksum of another size", armored("A", "\n"+body+"=AAA=\n"), ErrMalformed, "checksum of the armour is not one"},
		{"armour of something else", armored("PGP MESSAGE", "\nAAAA\n"), ErrNotProof, "PGP signature, message or key"},
		{"too large", strings.Repeat("A", MaxEncoded+1), ErrTooLarge, "more than 2097152 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw, form, err := Decode([]byte(tt.input))
			if !errors.Is(err, tt.rule) || !strings.Contains(err.Error(), tt.text) || raw != nil || form != FormNone {
				t.Errorf("form %q, %v; expected %v with %q", form, err, tt.rule, tt.text)
			}
			checkRefusal(t, err, len(tt.input))
		})
	}
	if _, _, err := Decode(bytes.Repeat([]byte("A"), MaxEncoded)); errors.Is(err, ErrTooLarge) {
		t.Errorf("at the limit: %v", err)
	}
}

// The worked value of the checksum is that of the catalogue of CRCs.
func TestCRC24(t *testing.T) {
	if got := crc24([]byte("123456789")); !bytes.Equal(got, []byte{0x21, 0xcf, 0x02}) {
		t.Errorf("%x", got)
	}
}

// Real files that are not proofs are named; the one in base64 is a proof.
func TestCorpusOtherClothes(t *testing.T) {
	dir, all := verdicts(t)
	want := map[string]string{
		"bad:base64-text":         "",
		"bad:git-lfs-pointer":     "it is a Git LFS pointer",
		"bad:2015-16-json-format": "it is a timestamp in the JSON format of 2015",
		"bad:text-placeholder":    "it is a text file",
		"bad:BadMagicError":       "it is a proof behind two bytes",
	}
	seen := map[string]int{}
	for _, v := range all {
		text, listed := want[v.Category]
		if !listed {
			continue
		}
		seen[v.Category]++
		b, err := os.ReadFile(filepath.Join(dir, v.File))
		if err != nil {
			t.Fatal(err)
		}
		raw, form, err := Decode(b)
		if text != "" {
			if !errors.Is(err, ErrNotProof) || !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %v, expected %q", v.File, err, text)
			}
			continue
		}
		if _, perr := Parse(raw); err != nil || perr != nil || form != FormBase64 {
			t.Errorf("%s: form %q, %v, %v", v.File, form, err, perr)
		}
	}
	for category := range want {
		if seen[category] == 0 {
			t.Errorf("no file of category %s", category)
		}
	}
	t.Log(corpus.Dir(t), seen)
}

func FuzzDecode(f *testing.F) {
	proof := typicalProof()
	text := lines(base64.StdEncoding.EncodeToString(proof), 64, "\n")
	f.Add(proof)
	f.Add([]byte(text))
	f.Add([]byte(proofArmor))
	f.Add([]byte(armored("PGP ARMORED FILE", "Comment: x\n\n"+text+"="+base64.StdEncoding.EncodeToString(crc24(proof))+"\n")))
	f.Add([]byte(pgpBegin + "\n\niQEz\n" + pgpEnd + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		raw, form, err := Decode(b)
		if err != nil {
			checkRefusal(t, err, len(b))
			return
		}
		if form == FormNone || form.String() == "" || len(raw) > len(b) || checkMagic(raw) != nil {
			t.Fatalf("form %q, %d bytes of %d", form, len(raw), len(b))
		}
		again, _, err := Decode([]byte(armored("X", "\n"+lines(base64.StdEncoding.EncodeToString(raw), 64, "\n"))))
		if len(raw) <= MaxProof && (err != nil || !bytes.Equal(again, raw)) {
			t.Fatalf("our own armour: %v", err)
		}
	})
}
