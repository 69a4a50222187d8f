package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// prose writes text that is not ours so that Markdown shows it as it is, on one
// line and in one cell: no link, emphasis, tag, entity or mention comes of it.
func prose(text string) string { return plain(show(text)) }

// plain escapes printable text. Every ASCII sign but a few becomes a character
// reference, which Markdown and HTML take for text, also where "www." or "://"
// would make a link. GitHub looks for @names and #numbers in what is left after
// that; in an element of its own a sign stands before nothing.
func plain(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '@' || r == '#':
			fmt.Fprintf(&b, "<span>&#%d;</span>", r)
		case r < utf8.RuneSelf && strings.ContainsRune("!\"$&'()*+.:<=>[\\]^_`{|}~", r):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// quiet is prose for a file that people also read as it is: signs stay where
// nothing can come of them. GitHub makes links of "www." and of what holds
// "://", and pictures of ":name:"; a colon that a blank or the end follows
// begins none.
func quiet(text string) string {
	var b strings.Builder
	text = show(text)
	for i, r := range text {
		before, after := text[:i], text[i+utf8.RuneLen(r):]
		switch {
		case strings.ContainsRune(`"'()+=`, r),
			r == '.' && !strings.HasSuffix(strings.ToLower(before), "www"),
			r == ':' && (after == "" || after[0] == ' '):
			b.WriteRune(r)
		default:
			b.WriteString(plain(string(r)))
		}
	}
	return b.String()
}

// link writes a path as code, and as a link to the file at a commit where it is
// known what the address is.
func (m Markdown) link(commit, path string) string {
	name := "<code>" + prose(path) + "</code>"
	if m.Blob == "" || commit == "" {
		return name
	}
	return "[" + name + "](" + m.Blob + commit + "/" + percent(path) + ")"
}

// percent writes a path for a URL: everything but letters, digits, "-", "_",
// "." and the slashes is escaped, a segment of dots too, which browsers resolve.
func percent(path string) string {
	var b strings.Builder
	for i, segment := range strings.Split(path, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		dots := strings.Trim(segment, ".") == ""
		for _, c := range []byte(segment) {
			switch {
			case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.' && !dots:
				b.WriteByte(c)
			default:
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
	}
	return b.String()
}
