package ots

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestAttestations(t *testing.T) {
	// Tags as the reference library writes them.
	for _, tt := range []struct {
		name   string
		item   string // the item as it stands in a file
		kind   Kind
		uri    string
		height uint64
	}{
		{"pending", "\x00\x83\xdf\xe3\x0d\x2e\xf9\x0c\x8e\x0a\x09https://a", KindPending, "https://a", 0},
		{"pending nowhere", "\x00\x83\xdf\xe3\x0d\x2e\xf9\x0c\x8e\x01\x00", KindPending, "", 0},
		{"bitcoin", "\x00\x05\x88\x96\x0d\x73\xd7\x19\x01\x03\xe7\xef\x15", KindBitcoin, "", 358375},
		{"bitcoin genesis", "\x00\x05\x88\x96\x0d\x73\xd7\x19\x01\x01\x00", KindBitcoin, "", 0},
		{"litecoin", "\x00\x06\x86\x9a\x0d\x73\xd7\x1b\x45\x01\x7f", KindLitecoin, "", 127},
		{"ethereum", "\x00\x30\xfe\x80\x87\xb5\xc7\xea\xd7\x02\x80\x01", KindEthereum, "", 128},
		{"unknown", "\x00ABCDEFGH\x04\x80\x80\x80\x80", KindUnknown, "", 0},
		{"unknown and empty", "\x00ABCDEFGH\x00", KindUnknown, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := file([]byte(tt.item))
			p := mustParse(t, b)
			a := p.Tree.Attestations[0]
			if a.Kind() != tt.kind || a.URI() != tt.uri || a.Height() != tt.height {
				t.Errorf("kind %d, URI %q, height %d", a.Kind(), a.URI(), a.Height())
			}
			if !bytes.Equal(p.Bytes(), b) {
				t.Errorf("written as %x, expected %x", p.Bytes(), b)
			}
		})
	}
}

func TestMadeAttestations(t *testing.T) {
	for _, uri := range []string{"", "https://alice.btc.calendar.opentimestamps.org", strings.Repeat("a", MaxURI)} {
		a, err := PendingAt(uri)
		if err != nil || a.Kind() != KindPending || a.URI() != uri {
			t.Errorf("PendingAt(%q) = %v, %v", uri, a, err)
		}
		if p := mustParse(t, file(pending(uri))); !p.Tree.Attestations[0].Equal(a) {
			t.Errorf("PendingAt(%q) is not what a file says", uri)
		}
	}
	for _, height := range []uint64{0, 127, 128, 358391, math.MaxInt64} {
		if a := BitcoinAt(height); a.Kind() != KindBitcoin || a.Height() != height {
			t.Errorf("BitcoinAt(%d) = %v", height, a)
		}
	}
}

func TestPendingAtRefuses(t *testing.T) {
	long := strings.Repeat("a", MaxURI+1)
	bad := []string{long, "https://u@host", "https://h?q", "https://h#f", "https://[::1]", "https://h/%41", "a b", "a\n", "é", "a\x00", "a\\b", "a~b"}
	for _, uri := range bad {
		if _, err := PendingAt(uri); !errors.Is(err, ErrMalformed) {
			t.Errorf("PendingAt(%q): %v", uri, err)
		}
		if _, err := Parse(file(pending(uri))); !errors.Is(err, ErrMalformed) {
			t.Errorf("file with URI %q: %v", uri, err)
		}
	}
}

// Attestations made by hand may hold anything; reading them must not panic.
func TestAttestationsMadeByHand(t *testing.T) {
	for _, payload := range []string{"", "\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "\x05a"} {
		for _, tag := range [][8]byte{tagPending, tagBitcoin} {
			a := Attestation{tag, []byte(payload)}
			a.URI()
			a.Height()
			compareAttestations(a, Attestation{Tag: tag})
		}
	}
}
