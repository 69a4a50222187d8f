package treeanchor

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n < 30; n++ {
		m := manifest(t, randomFiles(r, n)...)
		again, err := Parse(m.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), m.Bytes()) || !bytes.Equal(again.Root(), m.Root()) || again.sum != m.sum {
			t.Fatalf("%d files are read as others", n)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := string(manifest(t, file("a"), file("b")).Bytes())
	head, records, _ := strings.Cut(good, "\n")
	first, second := records[:pathAt+2], records[pathAt+2:]
	swap := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, tt := range []struct {
		name, input string
		rule        error
		text        string
	}{
		{"empty", "", ErrMalformed, "first line"},
		{"no line", head, ErrMalformed, "first line"},
		{"long line", strings.Repeat("x", 5000) + good, ErrMalformed, "first line"},
		{"other name", "x" + good, ErrMalformed, "does not begin with git-anchor-tree"},
		{"name alone", "git-anchor-tree\n", ErrVersion, "expected 1"},
		{"version 2", swap(" 1 ", " 2 "), ErrVersion, "expected 1"},
		{"version 01", swap(" 1 ", " 01 "), ErrVersion, "expected 1"},
		{"more fields", swap("\n", " x\n"), ErrMalformed, "5 fields"},
		{"two spaces", swap(" 2 ", "  2 "), ErrMalformed, "5 fields"},
		{"carriage return", swap("\n", "\r\n"), ErrMalformed, "its key"},
		{"count 0", swap(" 2 ", " 0 "), ErrMalformed, "its count"},
		{"count 02", swap(" 2 ", " 02 "), ErrMalformed, "its count"},
		{"count +2", swap(" 2 ", " +2 "), ErrMalformed, "its count"},
		{"count -2", swap(" 2 ", " -2 "), ErrMalformed, "its count"},
		{"count past 64 bits", swap(" 2 ", " 99999999 "), ErrMalformed, "99999999 files are said to follow"},
		{"count too low", swap(" 2 ", " 1 "), ErrMalformed, "bytes after its 1 records"},
		{"count too high", swap(" 2 ", " 3 "), ErrMalformed, "3 files are said to follow"},
		{"short key", swap("010203", "0102"), ErrMalformed, "its key"},
		{"key in capitals", strings.ReplaceAll(good, "010203", "0A0203"), ErrMalformed, "its key"},
		{"key of zeros", swap("010203", "000000"), ErrMalformed, "all zeros"},
		{"hash in capitals", head + "\n" + strings.ToUpper(first[:pathAt-1]) + first[pathAt-1:] + second, ErrMalformed, "record 1: "},
		{"hash with other letters", swap("100644 c", "100644 g"), ErrMalformed, "record 1: "},
		{"tab for space", head + "\n100644\t" + first[7:] + second, ErrMalformed, "mode, hash, path"},
		{"no path", head + "\n" + first[:pathAt] + "\x00" + second[:pathAt] + "bxx\x00", ErrMalformed, "an empty name"},
		{"no NUL at the end", good[:len(good)-1], ErrMalformed, "said to follow"},
		{"no NUL after a longer path", strings.TrimSuffix(good, "b\x00") + "bb", ErrMalformed, "record 2: "},
		{"other order", head + "\n" + second + first, ErrMalformed, "a is not in the order"},
		{"twice", head + "\n" + first + first, ErrMalformed, "a stands in it twice"},
		{"submodule", swap("100644", "160000"), ErrSubmodule, "a"},
		{"record after it", good + first, ErrMalformed, "bytes after its 2 records"},
		{"path too long", strings.TrimSuffix(good, "\x00") + strings.Repeat("b", MaxPath) + "\x00", ErrTooLarge, "record 2: "},
		{"path of no end", strings.TrimSuffix(good, "\x00") + strings.Repeat("b", 2*MaxPath), ErrTooLarge, "record 2: "},
		{"too large", good + strings.Repeat("x", MaxManifest), ErrTooLarge, "67108864"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := Parse([]byte(tt.input))
			if m != nil || !errors.Is(err, tt.rule) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v, expected %v with %q", err, tt.rule, tt.text)
			}
		})
	}
	longest := strings.TrimSuffix(good, "\x00") + strings.Repeat("b", MaxPath-1) + "\x00"
	if _, err := Parse([]byte(longest)); err != nil {
		t.Errorf("the longest path: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := 1; n < 6; n++ {
		f.Add(manifest(f, randomFiles(r, n)...).Bytes())
	}
	f.Add([]byte("git-anchor-tree 1 1 "))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err != nil {
			rules := 0
			for _, rule := range []error{ErrMalformed, ErrVersion, ErrTooLarge, ErrSubmodule} {
				if errors.Is(err, rule) {
					rules++
				}
			}
			if m != nil || rules != 1 {
				t.Fatalf("%d rules in %v", rules, err)
			}
			return
		}
		if !bytes.Equal(m.Bytes(), b) {
			t.Fatal("written differently")
		}
		again, err := New(m.key, m.Records())
		if err != nil || !bytes.Equal(again.Bytes(), b) || !bytes.Equal(again.Root(), m.Root()) {
			t.Fatalf("not what New makes: %v", err)
		}
		for i, r := range m.Records() {
			msg := r.Sum[:]
			for _, op := range m.Path(i) {
				if msg, err = op.Apply(msg); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(msg, m.Root()) {
				t.Fatalf("record %d leads elsewhere", i)
			}
		}
	})
}
