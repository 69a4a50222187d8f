package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/lip"
)

// maxInspected is how many bytes of a document are searched for forbidden
// text and front matter; a LIP has some 20 KB. Larger documents of a kind with
// such rules are refused: a part that was not read may hold what is forbidden.
const maxInspected = 8 << 20

// admit applies everything that can be said against anchoring a document
// before anybody is asked, and returns its digest.
func (s *Session) admit(ctx context.Context, c gitrepo.Commit, d document, st gitrepo.State) (*gitrepo.Blob, []byte, error) {
	if err := s.acceptName(d); err != nil {
		return nil, nil, err
	}
	blob, err := s.Repo.Blob(ctx, c, d.path)
	if err != nil {
		return nil, nil, explainMissing(d.path, st, err)
	}
	if err := clean(d.path, st); err != nil {
		return nil, nil, err
	}
	digest, err := blob.Digest(ctx, sha256.New())
	if err != nil {
		return nil, nil, err
	}
	if blob.LFS() {
		return nil, nil, refuse("", "this is a Git LFS pointer: git holds its 130 bytes of text, not the file; an anchor would be for the pointer")
	}
	return blob, digest, nil
}

// acceptName refuses names that are not final, wherever they would be refused
// by a rule, and documents at their place before the migration.
func (s *Session) acceptName(d document) error {
	if now, proof, ok := lip.LegacyPath(d.path); ok {
		return refuse("git anchor "+quoted(now), "%s moved to %s; the proof of its old bytes is kept as %s", d.path, now, proof)
	}
	if d.kind != "lip" && !s.Config.LipDir(d.path) {
		return nil
	}
	_, err := lip.ParseName(path.Base(d.path))
	if err != nil {
		return refuse("", "%v", err)
	}
	if d.kind != "lip" {
		return refuse("", "%s is in a directory of LIPs, and no rule of the configuration accepts its name", d.path)
	}
	return nil
}

func (s *Session) acceptText(ctx context.Context, d document, blob *gitrepo.Blob) error {
	if d.kind != "lip" && len(d.rule.Forbid) == 0 {
		return nil
	}
	if blob.Size > maxInspected {
		return refuse("", "the document has %d bytes, more than the %d that are searched for forbidden text", blob.Size, maxInspected)
	}
	text, err := blob.Bytes(ctx)
	if err != nil {
		return err
	}
	var findings []lip.Finding
	if d.kind == "lip" {
		_, findings = lip.Check(d.path, text, lip.Rule{Status: d.rule.Status, Forbid: d.rule.Forbid})
	} else {
		findings = lip.Forbidden(text, d.rule.Forbid)
	}
	if len(findings) == 0 {
		return nil
	}
	first := findings[0]
	r := refuse(first.Hint, "%s", first.Text)
	if first.Line > 0 {
		r.Text = fmt.Sprintf("line %d: %s", first.Line, first.Text)
	}
	r.Findings = findings
	return r
}

// explainMissing turns "not in this commit" into what the person did not do.
func explainMissing(p string, st gitrepo.State, err error) error {
	switch {
	case !errors.Is(err, gitrepo.ErrNotFound):
		return refuse("", "%v", err)
	case st.Index != "":
		return refuse("git commit -- "+quoted(p), "staged but not committed; the committed bytes are what is anchored")
	case st.Disk != "" || st.Untracked:
		return refuse("git add "+quoted(p)+" && git commit", "not in git yet; the committed bytes are what is anchored")
	default:
		return refuse("", "%v", err)
	}
}

// difference says how a document's index entry or working copy differs from
// the commit, "" if it does not, and what the person may do about it.
func difference(p string, st gitrepo.State) (what, hint string) {
	restore := "git restore " + quoted(p)
	commit := "git commit -- " + quoted(p)
	switch {
	case st.Unmerged:
		return "a merge conflict", "resolve it, then " + commit
	case st.DiskSymlink || st.DiskOther:
		return "something that is no regular file stands in its place in the work tree", restore
	case st.Staged:
		return "a staged change", commit
	case st.Edited && st.Disk == "":
		return "it is deleted in the work tree", restore
	case st.Edited:
		return "an uncommitted edit", commit + "  (or drop the edit: " + restore + ")"
	}
	return "", ""
}

// clean refuses to anchor what is not what the person sees.
func clean(p string, st gitrepo.State) error {
	what, hint := difference(p, st)
	if what == "" {
		return nil
	}
	return refuse(hint, "differs from the commit, whose bytes would be anchored: %s", what)
}

// quoted writes a path as a shell reads it back.
func quoted(p string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/@+", r)
	}
	if p != "" && p[0] != '-' && strings.IndexFunc(p, func(r rune) bool { return !safe(r) }) < 0 {
		return p
	}
	return "'" + strings.ReplaceAll(p, "'", `'\''`) + "'"
}
