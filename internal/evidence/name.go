package evidence

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckURL says what is wrong with the URL of a record, "" if nothing is: it is
// http or https with a host, valid UTF-8 without white space and control
// characters, and has at most MaxURL bytes. It is kept as it is given, also where
// its host is in other letters.
func CheckURL(s string) string {
	switch {
	case len(s) > MaxURL:
		return fmt.Sprintf("it is longer than %d bytes", MaxURL)
	case !utf8.ValidString(s):
		return "it is not valid UTF-8"
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return "it holds white space or control characters"
	}
	scheme, _, _ := strings.Cut(s, ":")
	if scheme = strings.ToLower(scheme); scheme != "http" && scheme != "https" {
		return "it is not one of http or https"
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "it is not a URL"
	case u.Hostname() == "":
		return "it names no host"
	}
	return ""
}

// ID is what a record's directory is named by, where nobody names it: its URL's
// host, and the first twelve hex digits of its digest.
func (r *Record) ID() string {
	host := ""
	if u, err := url.Parse(r.URL); err == nil {
		host = strings.ToLower(u.Hostname())
	}
	const longest = 60
	slug := strings.Trim(clean(host, longest), "-._")
	for strings.Contains(slug, "..") {
		slug = strings.ReplaceAll(slug, "..", ".")
	}
	if slug == "" {
		slug = "evidence"
	}
	if Reserved(slug) {
		slug = "evidence-" + slug
	}
	return slug + "-" + hex.EncodeToString(r.Digest[:6])
}

// CheckID says what is wrong with an id, "" if nothing is.
func CheckID(id string) string {
	switch {
	case id == "" || len(id) > MaxName:
		return fmt.Sprintf("an id has 1 to %d characters", MaxName)
	case strings.ToLower(clean(id, MaxName)) != id, strings.Trim(id, "-._") != id, strings.Contains(id, ".."):
		return "an id has lower-case letters, digits, and between them -, . and _"
	}
	return ""
}

// device is what Windows takes for a device, whatever follows the first dot.
var device = regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)

// Reserved says that no directory of Windows can have the name, so that a repository
// with it cannot be checked out there.
func Reserved(id string) bool { return device.MatchString(strings.ToLower(id)) }

// SafeName is the name that a record has for a file: the last part of a path, with
// a dash in the place of all but ASCII letters, digits, dots, dashes and
// underscores. It never is that of a proof, and has at most MaxName bytes.
func SafeName(given string) string {
	name := clean(path.Base(strings.ReplaceAll(given, `\`, "/")), MaxName)
	name = strings.TrimLeft(name, "-.")
	if base, ots := strings.CutSuffix(name, ".ots"); ots {
		name = base + "-ots" // a proof would be taken for one of a document
	}
	if name == "" {
		return "file"
	}
	return name
}

// clean puts a dash for what is not plain, and cuts the middle out of what is long,
// so that what the name ends in stays.
func clean(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, s)
	if len(s) > most {
		const tail = 16
		s = s[:most-tail] + s[len(s)-tail:]
	}
	return s
}

// mediaOf is the media type that a name tells, "" for others: a short list, which is
// the same on every machine.
func mediaOf(name string) string {
	return map[string]string{
		".csv": "text/csv", ".eml": "message/rfc822", ".gif": "image/gif", ".htm": "text/html", ".html": "text/html", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
		".json": "application/json", ".mp4": "video/mp4", ".pdf": "application/pdf", ".pem": "application/x-pem-file", ".png": "image/png", ".svg": "image/svg+xml",
		".txt": "text/plain", ".warc": "application/warc", ".webp": "image/webp", ".xml": "application/xml", ".zip": "application/zip",
	}[strings.ToLower(path.Ext(name))]
}

// NewFile describes a file of a given name.
func NewFile(given string, size int64, sum [32]byte) File {
	name := SafeName(given)
	return File{Name: name, Media: mediaOf(name), Size: size, SHA256: sum}
}
