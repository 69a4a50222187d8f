package anchor

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/ots"
)

// promiseOf is a proof of a SHA-256 that holds the promise of one calendar.
func promiseOf(t testing.TB, digest []byte, uri string) *ots.Proof {
	t.Helper()
	p, tip, err := ots.Chain(ots.SHA256, digest, []ots.Op{{Tag: ots.Append, Arg: []byte(uri)}, {Tag: ots.SHA256}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := ots.PendingAt(uri)
	if err != nil {
		t.Fatal(err)
	}
	tip.Attestations = append(tip.Attestations, a)
	return p
}

func TestParseNote(t *testing.T) {
	digest, other := sha256.Sum256([]byte("x")), sha256.Sum256([]byte("y"))
	a := string(noteOf(promiseOf(t, digest[:], "https://a.example").Bytes()))
	b := string(noteOf(promiseOf(t, digest[:], "https://b.example").Bytes()))
	foreign := string(noteOf(promiseOf(t, other[:], "https://a.example").Bytes()))
	weak, _, err := ots.Chain(ots.SHA1, digest[:20], nil)
	if err != nil {
		t.Fatal(err)
	}
	weak.Tree.Attestations = promiseOf(t, digest[:], "https://a.example").Tree.Branches[0].Tree.Branches[0].Tree.Attestations
	binary := string(promiseOf(t, digest[:], "https://a.example").Bytes())
	tests := []struct {
		name, text string
		claims     int
		foreign    bool
	}{
		{"nothing", "", 0, false},
		{"empty lines", "\n\r\n \n", 0, false},
		{"one", a, 1, false},
		{"one without its newline", strings.TrimSuffix(a, "\n"), 1, false},
		{"one with a carriage return", strings.ReplaceAll(a, "\n", "\r\n"), 1, false},
		{"two", a + b, 2, false},
		{"two the other way", b + "\n" + a, 2, false},
		{"the same twice", a + a, 1, false},
		{"of other bytes", foreign, 0, true},
		{"of other bytes, too", a + foreign, 1, true},
		{"words", "Reviewed by Ada\n", 0, true},
		{"words, too", a + "Reviewed by Ada\n", 1, true},
		{"SHA-1", string(noteOf(weak.Bytes())), 0, true},
		{"binary", binary, 0, true},
		{"cut", a[:len(a)/2], 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, err := parseNote([]byte(tt.text), digest[:])
			if err != nil {
				t.Fatal(err)
			}
			claims := 0
			if n.proof != nil {
				claims = len(n.proof.Claims())
			}
			if claims != tt.claims || n.foreign != tt.foreign {
				t.Errorf("%d claims, foreign %v; want %d, %v", claims, n.foreign, tt.claims, tt.foreign)
			}
		})
	}
}

func TestNoteLines(t *testing.T) {
	digest := sha256.Sum256([]byte("x"))
	line := string(noteOf(promiseOf(t, digest[:], "https://a.example").Bytes()))
	if n, err := parseNote([]byte(strings.Repeat(line, maxNoteLines)), digest[:]); err != nil || n.proof == nil {
		t.Errorf("%d lines: %v", maxNoteLines, err)
	}
	if _, err := parseNote([]byte(strings.Repeat(line, maxNoteLines+1)), digest[:]); !errors.Is(err, ots.ErrTooLarge) {
		t.Errorf("%d lines: %v", maxNoteLines+1, err)
	}
}

func FuzzParseNote(f *testing.F) {
	digest := sha256.Sum256([]byte("x"))
	a := noteOf(promiseOf(f, digest[:], "https://a.example").Bytes())
	f.Add(a)
	f.Add(append(bytes.Clone(a), noteOf(promiseOf(f, digest[:], "https://b.example").Bytes())...))
	f.Add([]byte("Reviewed by Ada\n"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := parseNote(text, digest[:])
		if err != nil || n.proof == nil {
			return
		}
		raw, err := readBack(n.proof)
		if err != nil {
			return // past what is written
		}
		again, err := parseNote(noteOf(raw), digest[:])
		if err != nil || again.foreign || len(again.proof.Missing(n.proof)) > 0 {
			t.Errorf("written as a note it is another: %v", err)
		}
	})
}
