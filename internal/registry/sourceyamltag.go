package registry

import (
	"bytes"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A yamlPlace is a place in a YAML text, which only moves on. The parser keeps
// nothing of the tag "!", which makes a text of what follows; what is written where
// a node begins shows it.
type yamlPlace struct {
	rest         []byte
	line, column int // from 1, in characters
}

// bare reports whether a node has the tag "!"; nodes are asked about in the order
// of the text. An anchor, which could stand before the tag, counts as one.
func (p *yamlPlace) bare(n *yaml.Node) bool {
	for p.line < n.Line && len(p.rest) > 0 {
		p.step()
	}
	for p.line == n.Line && p.column < n.Column && len(p.rest) > 0 {
		p.step()
	}
	return len(p.rest) > 0 && (p.rest[0] == '!' || p.rest[0] == '&')
}

// step passes one character, or one line break of YAML 1.1.
func (p *yamlPlace) step() {
	r, size := utf8.DecodeRune(p.rest)
	if bytes.HasPrefix(p.rest, []byte("\r\n")) {
		size = 2
	}
	p.rest = p.rest[size:]
	p.column++
	switch r {
	case '\r', '\n', '\u0085', '\u2028', '\u2029':
		p.line, p.column = p.line+1, 1
	}
}
