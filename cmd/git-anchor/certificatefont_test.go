package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/openllmo/git-anchor/internal/certificate"
)

func TestFontLimit(t *testing.T) {
	name := filepath.Join(t.TempDir(), "font.ttf")
	for _, extra := range []int{0, 1} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(name, int64(certificate.MaxFont+extra)); err != nil {
			t.Fatal(err)
		}
		raw, err := readFont(name)
		if extra == 0 && (err != nil || len(raw) != certificate.MaxFont) || extra == 1 && !errors.Is(err, certificate.ErrFont) {
			t.Errorf("%d past the limit: %d bytes, %v", extra, len(raw), err)
		}
	}
}
