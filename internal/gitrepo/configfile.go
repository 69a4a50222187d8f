package gitrepo

import (
	"errors"
	"fmt"
	"strings"
)

// configParser reads git's configuration syntax (git-config(1), "Syntax").
// Includes are not followed.
type configParser struct {
	b    string
	pos  int
	line int
}

var errConfigSyntax = errors.New("bad config line")

// parseConfig returns the settings of one file in order.
func parseConfig(b []byte) ([]setting, error) {
	p := configParser{b: strings.TrimPrefix(string(b), "\ufeff"), line: 1}
	var settings []setting
	section := ""
	for {
		switch c := p.next(); {
		case c == eof:
			return settings, nil
		case isSpace(c):
		case c == '#' || c == ';':
			p.comment()
		case c == '[':
			name, ok := p.section()
			if !ok {
				return nil, p.fail()
			}
			section = name
		case isAlpha(c) && section != "":
			s, ok := p.setting(c)
			if !ok {
				return nil, p.fail()
			}
			s.key = section + "." + s.key
			settings = append(settings, s)
		default:
			return nil, p.fail()
		}
	}
}

const eof = -1

// fail names the line of the last byte read.
func (p *configParser) fail() error {
	line := p.line
	if strings.HasSuffix(p.b[:p.pos], "\n") {
		line--
	}
	return fmt.Errorf("%w %d", errConfigSyntax, line)
}

// next returns the next byte, "\r\n" as one "\n".
func (p *configParser) next() int {
	if p.pos >= len(p.b) {
		return eof
	}
	c := p.b[p.pos]
	p.pos++
	if c == '\r' && p.pos < len(p.b) && p.b[p.pos] == '\n' {
		p.pos++
		c = '\n'
	}
	if c == '\n' {
		p.line++
	}
	return int(c)
}

func (p *configParser) comment() {
	for c := p.next(); c != '\n' && c != eof; c = p.next() {
	}
}

// section reads after "[": name], name.sub] or name "sub"].
func (p *configParser) section() (string, bool) {
	var name strings.Builder
	for {
		c := p.next()
		switch {
		case c == ']':
			return name.String(), name.Len() > 0
		case isAlpha(c) || isDigit(c) || c == '-' || c == '.':
			name.WriteByte(lower(c))
		case (c == ' ' || c == '\t') && name.Len() > 0:
			name.WriteByte('.')
			return p.subsection(&name)
		default:
			return "", false
		}
	}
}

func (p *configParser) subsection(name *strings.Builder) (string, bool) {
	c := p.next()
	for c == ' ' || c == '\t' {
		c = p.next()
	}
	if c != '"' {
		return "", false
	}
	for {
		switch c = p.next(); c {
		case eof, '\n':
			return "", false
		case '"':
			return name.String(), p.next() == ']'
		case '\\':
			if c = p.next(); c == eof || c == '\n' {
				return "", false
			}
		}
		name.WriteByte(byte(c))
	}
}

// setting reads a key that begins with first, and its value.
func (p *configParser) setting(first int) (setting, bool) {
	key := []byte{lower(first)}
	c := p.next()
	for ; isAlpha(c) || isDigit(c) || c == '-'; c = p.next() {
		key = append(key, lower(c))
	}
	for c == ' ' || c == '\t' {
		c = p.next()
	}
	s := setting{key: string(key), value: "true"}
	switch c {
	case '\n', eof:
		return s, true
	case '#', ';':
		p.comment()
		return s, true
	case '=':
		var ok bool
		s.value, ok = p.value()
		return s, ok
	}
	return s, false
}

// value reads up to the end of the line; blanks at both ends fall away, but
// for quoted ones.
func (p *configParser) value() (string, bool) {
	var v []byte
	keep := 0 // bytes of v that trailing blanks may not be cut from
	quoted := false
	for {
		c := p.next()
		switch {
		case c == '\n' || c == eof:
			return string(v[:keep]), !quoted
		case !quoted && (c == '#' || c == ';'):
			p.comment()
			return string(v[:keep]), true
		case !quoted && isSpace(c):
			if keep > 0 {
				v = append(v, byte(c))
			}
			continue
		case c == '"':
			quoted = !quoted
		case c == '\\':
			e, ok := p.escape()
			if !ok {
				return "", false
			}
			v = append(v, e...)
		default:
			v = append(v, byte(c))
		}
		keep = len(v)
	}
}

// escape reads after a backslash; a line continuation is empty.
func (p *configParser) escape() (string, bool) {
	switch p.next() {
	case '\n':
		return "", true
	case 't':
		return "\t", true
	case 'b':
		return "\b", true
	case 'n':
		return "\n", true
	case '\\':
		return `\`, true
	case '"':
		return `"`, true
	}
	return "", false
}

func isSpace(c int) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c int) bool { return c >= '0' && c <= '9' }
func isAlpha(c int) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func lower(c int) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return byte(c)
}
