package anchor

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"regexp"
	"strings"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
)

// acceptEvidence refuses a record that is none, and has files wait for ever that a
// record beside them covers: their digests are in it, so that its anchor is theirs.
// JSON of other kinds below evidence/ is a file like any other.
func (s *Session) acceptEvidence(ctx context.Context, c gitrepo.Commit, d document) error {
	if d.kind != config.KindEvidence {
		return nil
	}
	if at, own := recordOver(d.path); own {
		_, err := s.readRecord(ctx, c, at)
		var faults evidence.Faults
		switch {
		case err == nil, errors.Is(err, errNoRecord):
			return nil
		case errors.As(err, &faults):
			return refuse("", "it is no record of evidence: %v", err)
		}
		return refusable(err)
	}
	at := s.coveredBy(ctx, c, d)
	if at == "" {
		return nil
	}
	r := refuse("git anchor "+s.here(at)+"  # anchors the record", "%s holds its digest, so that the record's anchor covers it", at)
	if path.Base(d.path) == evidence.AttemptsFile {
		r = refuse("", "it is the log of attempts to anchor %s, which is never anchored", at)
	}
	r.Findings = []lip.Finding{{Text: r.Text, Hint: r.Hint, NotYet: true}}
	return r
}

// coveredBy is the record whose anchor covers a file, as it has the file's size and
// SHA-256, or whose log of attempts it is; "" for none.
func (s *Session) coveredBy(ctx context.Context, c gitrepo.Commit, d document) string {
	at, own := recordOver(d.path)
	if at == "" || own || d.kind != config.KindEvidence {
		return ""
	}
	rec, err := s.readRecord(ctx, c, at)
	if err != nil {
		return ""
	}
	if path.Base(d.path) == evidence.AttemptsFile {
		if _, err := s.attempts(ctx, c, path.Dir(at), true); err != nil {
			return ""
		}
		return at
	}
	for _, f := range rec.Files() {
		if path.Join(path.Dir(at), f.Path()) != d.path {
			continue
		}
		if found, err := (recordReading{s: s, commit: c}).measure(ctx, d.path, false); err == nil && found.is(f) {
			return at
		}
	}
	return ""
}

// recordOver is where the record lies that a file may belong to, "" for files of
// none; own says that it is that record.
func recordOver(p string) (at string, own bool) {
	dir := path.Dir(p)
	switch {
	case path.Base(p) == evidence.RecordFile && idOf(p) != "":
		return p, true
	case path.Base(p) == evidence.AttemptsFile:
	case path.Base(dir) == evidence.FilesDir:
		dir = path.Dir(dir)
	default:
		return "", false
	}
	if at = path.Join(dir, evidence.RecordFile); idOf(at) == "" {
		return "", false
	}
	return at, false
}

// errNoRecord: there is no such file, or it is one of another program.
var errNoRecord = errors.New("no record of evidence")

// readRecord reads a record of a commit. Files that do not name a version of ours
// are not taken for one.
func (s *Session) readRecord(ctx context.Context, c gitrepo.Commit, at string) (*evidence.Record, error) {
	blob, err := s.Repo.Blob(ctx, c, at)
	if errors.Is(err, gitrepo.ErrNotFound) {
		return nil, errNoRecord
	}
	if err != nil {
		return nil, err
	}
	if blob.Size > evidence.MaxRecord {
		return nil, errNoRecord
	}
	raw, err := blob.Bytes(ctx)
	if err != nil {
		return nil, err
	}
	if !ours(raw) {
		return nil, errNoRecord
	}
	return evidence.Parse(raw)
}

// schemaMember is where a file that is no JSON any more names our schema.
var schemaMember = regexp.MustCompile(`"schema"\s*:\s*"git-anchor-evidence/`)

// ours says that a file names a version of our schema, known or not.
func ours(raw []byte) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return schemaMember.Match(raw)
	}
	var schema string
	return json.Unmarshal(members["schema"], &schema) == nil && strings.HasPrefix(schema, "git-anchor-evidence/")
}
