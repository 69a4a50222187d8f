// Package evidence reads, judges and writes records of evidence: what somebody
// saw at a URL, as one JSON file whose bytes are anchored.
//
// Start at Parse, which judges a record's file, and at Write, which makes one from
// a Record. Export and ParseExport are the record of a proof that other programs
// exchange; Chain, LogBytes and LogText make the custody log; AppendAttempt and
// ParseAttempts the log of attempts to anchor that reached too few calendars.
// docs/evidence.md has the formats, docs/evidence.schema.json the record's.
//
// A record lies in a directory of its own, by the name RecordFile. What servers
// answered, and all other files, lie below it, each at its File.Path, and the
// record holds their digests: its anchor covers them. Files of more than MaxKept
// bytes are named by their digest alone, and kept elsewhere.
//
// A record says what its maker says. It has no time of its own making, so that the
// same evidence gives the same bytes: who saw it and when are claims like the rest.
//
// The package is pure: it knows no files, repositories, proofs or clock.
package evidence

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// Limits of a record.
const (
	MaxRecord      = 1 << 20   // bytes of its file
	MaxKept        = 100 << 20 // bytes of a file that is kept beside it: servers of git repositories take no larger ones
	MaxFile        = 2 << 30   // bytes of a file that it names by its digest
	MaxAttachments = 1000
	MaxMatches     = 1000
	MaxQuote       = 64 << 10 // bytes of a quote, and of the note
	MaxURL         = 8 << 10  // bytes
	MaxLine        = 4 << 10  // bytes of the title, of who claims it, and of where a quote stands
	MaxName        = 100      // bytes of a file's name, and of an id
)

// Schema is the version that a record names.
const Schema = "git-anchor-evidence/1"

// Names in a record's directory.
const (
	RecordFile   = "record.json"
	FilesDir     = "files"
	AttemptsFile = "attempts.jsonl"
)

// A Record is what a record's file says.
type Record struct {
	URL, Title          string // Title "" for none
	WHOIS, DNS, Hosting *File  // what servers answered, nil for nothing
	Matches             []Match
	Attachments         []File // by name, then digest

	// Claims of whoever made the record.
	By         string    // "" for nobody
	ObservedAt time.Time // UTC, zero for none
	Note       string

	Digest [sha256.Size]byte // of the file's bytes
}

// A Match is something that was found at the URL.
type Match struct{ Quote, Where string } // Where "" for nowhere in particular

// A File is one that a record names by its digest.
type File struct {
	Name   string // as SafeName leaves it
	Media  string // its media type, "" where its name does not say
	Size   int64  // bytes
	SHA256 [sha256.Size]byte
}

// Path is where the file lies, from the record's directory, slash-separated.
func (f File) Path() string {
	return FilesDir + "/" + hex.EncodeToString(f.SHA256[:6]) + "-" + f.Name
}

// Kept says that the file is small enough to lie beside the record.
func (f File) Kept() bool { return f.Size <= MaxKept }

// same says that two entries are of one file: of one name, with the same bytes.
func (f File) same(g File) bool { return f.Name == g.Name && f.Size == g.Size && f.SHA256 == g.SHA256 }

// order sorts by path, then by the rest of what a file is known by: its path holds
// no more than the beginning of its digest.
func (f File) order(g File) int {
	return cmp.Or(cmp.Compare(f.Path(), g.Path()), bytes.Compare(f.SHA256[:], g.SHA256[:]), cmp.Compare(f.Size, g.Size))
}

// Files lists all that the record names, by path, each once. In a record that Parse
// finds no fault with each has a path of its own.
func (r *Record) Files() []File {
	all := slices.Clone(r.Attachments)
	for _, f := range []*File{r.WHOIS, r.DNS, r.Hosting} {
		if f != nil {
			all = append(all, *f)
		}
	}
	slices.SortFunc(all, File.order)
	return slices.CompactFunc(all, File.same)
}

// What package strictjson says of a file.
type (
	Fault  = strictjson.Fault
	Faults = strictjson.Faults
)
