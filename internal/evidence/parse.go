package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// Parse judges a record's file. Where the error is Faults, the record is still
// there with what could be read, its Digest always. There is no other error.
func Parse(raw []byte) (*Record, error) {
	r, faults := judge(raw)
	if len(faults) > 0 {
		return r, faults
	}
	return r, nil
}

func judge(raw []byte) (*Record, Faults) {
	r := &Record{Digest: sha256.Sum256(raw)}
	c := cursor{strictjson.New(raw, MaxRecord)}
	c.record(r)
	return r, c.End()
}

// A cursor reads the parts of a record.
type cursor struct{ *strictjson.Cursor }

// object reads an object that has no other members than these, and all those
// required.
func (c cursor) object(required []string, members map[string]func()) (at int, ok bool) {
	return c.Object(required, func(name string) {
		read, known := members[name]
		if !known {
			read = c.Skip
		}
		if read(); !known {
			c.Fault("it is no member of this version (%s)", Schema)
		}
	})
}

func (c cursor) record(r *Record) {
	paths := map[string]File{} // what lies where, of the files that were read
	c.object([]string{"attachments", "claims", "infrastructure", "matches", "schema", "subject"}, map[string]func(){
		"schema":         func() { c.OneOf(Schema) },
		"subject":        func() { c.subject(r) },
		"infrastructure": func() { c.infrastructure(r, paths) },
		"matches":        func() { r.Matches = c.matches() },
		"attachments":    func() { r.Attachments = c.attachments(paths) },
		"claims":         func() { c.claims(r) },
	})
}

func (c cursor) subject(r *Record) {
	c.object([]string{"url"}, map[string]func(){
		"url": func() {
			var ok bool
			if r.URL, ok = c.Str(); !ok {
				return
			}
			if wrong := CheckURL(r.URL); wrong != "" {
				c.Fault("%s: %s", strictjson.Quoted(r.URL), wrong)
			}
		},
		"title": func() { r.Title = c.text(MaxLine) },
	})
}

func (c cursor) infrastructure(r *Record, paths map[string]File) {
	answer := func(to **File) func() {
		return func() {
			if f, ok := c.file(paths); ok {
				*to = &f
			}
		}
	}
	c.object(nil, map[string]func(){"whois": answer(&r.WHOIS), "dns": answer(&r.DNS), "hosting": answer(&r.Hosting)})
}

func (c cursor) matches() []Match {
	var all []Match
	n, at, _ := c.Array(func(int) {
		var m Match
		c.object([]string{"quote"}, map[string]func(){
			"quote": func() { m.Quote = c.text(MaxQuote) },
			"where": func() { m.Where = c.text(MaxLine) },
		})
		if len(all) < MaxMatches {
			all = append(all, m)
		}
	})
	if n > MaxMatches {
		c.FaultAt(at, c.Pointer(), "there are %d, want at most %d", n, MaxMatches)
	}
	return all
}

func (c cursor) attachments(paths map[string]File) []File {
	var all []File
	first := map[string]int{}
	n, at, _ := c.Array(func(i int) {
		f, ok := c.file(paths)
		if ok {
			if before, twice := first[f.Path()]; twice {
				c.Fault("it is there twice, first in element %d", before)
			} else {
				first[f.Path()] = i
			}
		}
		if len(all) < MaxAttachments {
			all = append(all, f)
		}
	})
	if n > MaxAttachments {
		c.FaultAt(at, c.Pointer(), "there are %d, want at most %d", n, MaxAttachments)
	}
	return all
}

func (c cursor) claims(r *Record) {
	c.object(nil, map[string]func(){
		"by":          func() { r.By = c.text(MaxLine) },
		"observed_at": func() { r.ObservedAt = c.Time() },
		"note":        func() { r.Note = c.text(MaxQuote) },
	})
}

var (
	hexDigest = regexp.MustCompile(`^[0-9a-f]{64}$`)
	mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)
)

// maxMedia is how many bytes a media type may have.
const maxMedia = 100

// file reads what a record says of a file; ok means that its path can be told, and is
// that of no other file.
func (c cursor) file(paths map[string]File) (f File, ok bool) {
	var name, sum bool
	_, whole := c.object([]string{"name", "sha256", "size"}, map[string]func(){
		"name": func() {
			f.Name, name = c.Str()
			if name && SafeName(f.Name) != f.Name {
				c.Fault("it is %s, want a plain name like %s", strictjson.Quoted(f.Name), strictjson.Quoted(SafeName(f.Name)))
				name = false
			}
		},
		"media": func() {
			var there bool
			if f.Media, there = c.Str(); there && (len(f.Media) > maxMedia || !mediaType.MatchString(f.Media)) {
				c.Fault("it is %s, want a media type like text/html", strictjson.Quoted(f.Media))
			}
		},
		"size": func() {
			var there bool
			if f.Size, there = c.Integer(0); there && f.Size > MaxFile {
				c.Fault("it is %d, want at most %d bytes", f.Size, int64(MaxFile))
			}
		},
		"sha256": func() {
			s, there := c.Str()
			if sum = there && hexDigest.MatchString(s); !sum && there {
				c.Fault("it is %s, want 64 digits of lower-case hex", strictjson.Quoted(s))
				return
			}
			if raw, err := hex.DecodeString(s); err == nil && len(raw) == len(f.SHA256) {
				copy(f.SHA256[:], raw)
			}
		},
	})
	if !whole || !name || !sum {
		return f, false
	}
	if other, taken := paths[f.Path()]; taken && !other.same(f) {
		c.Fault("%s is the path of another file of the record, too: their SHA-256 begin alike, so give one another name", f.Path())
		return f, false
	}
	paths[f.Path()] = f
	return f, true
}

// text reads a text that is there, and has at most so many bytes.
func (c cursor) text(most int) string {
	s, ok := c.Str()
	switch {
	case !ok:
	case s == "":
		c.Fault("it is empty: leave it out")
	case len(s) > most:
		c.Fault("it has %d bytes, want at most %d", len(s), most)
	}
	return s
}
