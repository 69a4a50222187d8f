// Package printable makes text that is not ours safe to show: paths, subjects,
// the words of servers. Start with Text. It does not quote for shells, Markdown,
// HTML or workflow commands.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns text that is not ours in a form that is safe to show on one
// line of a terminal: letters, marks, numbers, punctuation, symbols and spaces
// stay; everything else is escaped as in Go (\n, \x1b, \u202e): controls, which
// move the cursor; bidi controls and zero-width characters, which make one thing
// look like another; line separators; bytes that are not UTF-8.
// The result has at most max runes, the last one "…" where something was cut
// off; max 0 cuts nothing. Printable text stays as it is, backslashes included.
func Text(s string, max int) string {
	if plain(s) && (max == 0 || len(s) <= max) {
		return s
	}
	var b strings.Builder
	runes, fits := 0, 0 // runes written; bytes written that leave room for "…"
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := escape(r, s[i:i+size])
		runes += utf8.RuneCountInString(piece)
		if max > 0 && runes > max {
			return b.String()[:fits] + "…"
		}
		b.WriteString(piece)
		if runes < max {
			fits = b.Len()
		}
		i += size
	}
	return b.String()
}

// plain reports whether s is visible ASCII and spaces alone.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

func escape(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return fmt.Sprintf(`\x%02x`, raw[0])
	case visible(r):
		return raw
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}

func visible(r rune) bool {
	if unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) {
		return false // letters by category, but drawn as nothing: Hangul fillers and such
	}
	return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r)
}
