package main

import (
	"strings"
	"testing"
)

func TestRunnerSafe(t *testing.T) {
	for in, want := range map[string]string{
		"::error::pwned: Pending\n":      ": :error::pwned: Pending\n",
		"ok\n  ::set-output name=x::y\n": "ok\n  : :set-output name=x::y\n",
		"./##[error]x: a::b\n":           "./# #[error]x: a::b\n",
		"###[x\n":                        "## #[x\n",
		"a.md: OK: fine\n":               "a.md: OK: fine\n",
		"":                               "",
		// What the runner trims, and what it does not see.
		"\u3000::error::x\n":       "\u3000: :error::x\n",
		"\u00a0\v\f::error::x\n":   "\u00a0\v\f: :error::x\n",
		"\u200b::stop-commands::t": "\u200b: :stop-commands::t",
		":\u200b:error::x":         ": \u200b:error::x",
		"a#\u200b#[error]x":        "a# \u200b#[error]x",
		"é::x":                     "é: :x",
	} {
		var b strings.Builder
		s := &runnerSafe{w: &b}
		n, err := s.Write([]byte(in))
		if b.String() != want || n != len(in) || err != nil {
			t.Errorf("%q became %q (%d, %v), want %q", in, b.String(), n, err, want)
		}
	}
}
