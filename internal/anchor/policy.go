package anchor

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/openllmo/git-anchor/internal/config"
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
		return nil, nil, s.explainMissing(d.path, st, err)
	}
	if st.Err != nil {
		return nil, nil, refuse("", "it cannot be compared with the work tree: %v", st.Err)
	}
	if err := s.clean(d.path, st); err != nil {
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
	if isEarlier(d.proof) {
		return refuse("", "its name is one of proofs of earlier versions: %s would be taken for one", d.proof)
	}
	if _, _, old := lip.LegacyPath(d.path); !old && d.kind != config.KindLIP && !s.Config.LipDir(d.path) {
		return nil
	}
	if findings := lip.CheckName(d.path); len(findings) > 0 {
		r := refuse(findings[0].Hint, "%s", findings[0].Text)
		r.Findings = findings
		return r
	}
	if d.kind != config.KindLIP {
		return refuse("", "%s is in a directory of LIPs, and no rule of the configuration accepts its name", d.path)
	}
	return nil
}

func (s *Session) acceptText(ctx context.Context, d document, blob *gitrepo.Blob) error {
	if d.kind != config.KindLIP && len(d.rule.Forbid) == 0 {
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
	if d.kind == config.KindLIP {
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
func (s *Session) explainMissing(p string, st gitrepo.State, err error) error {
	switch {
	case errors.Is(err, gitrepo.ErrDirectory):
		return refuse("name the documents in it", "%v", err)
	case !errors.Is(err, gitrepo.ErrNotFound):
		return refusable(err)
	case st.Index != "":
		return absent("git commit -- "+s.spec(p), "staged but not committed; the committed bytes are what is anchored")
	case st.Disk != "" || st.Untracked:
		return absent("git add "+s.spec(p)+" && git commit", "not in git yet; the committed bytes are what is anchored")
	}
	return absent("paths count from the working directory; git ls-files lists them", "%v", err)
}

// refusable is a refusal where the error is about what was named, and the error
// itself where reading failed.
func refusable(err error) error {
	for _, kind := range []error{
		gitrepo.ErrSymlink, gitrepo.ErrSubmodule, gitrepo.ErrDirectory, gitrepo.ErrNotRegular,
		gitrepo.ErrBadPath, gitrepo.ErrBadTree, gitrepo.ErrTooLarge,
	} {
		if errors.Is(err, kind) {
			return refuse("", "%v", err)
		}
	}
	return err
}

// difference says how a document's index entry or working copy differs from
// the commit, "" if it does not.
func difference(st gitrepo.State) string {
	switch {
	case st.Unmerged:
		return "a merge conflict"
	case st.DiskSymlink || st.DiskOther:
		return "something that is no regular file stands in its place in the work tree"
	case st.Staged:
		return "a staged change"
	case st.Edited && st.Disk == "":
		return "it is deleted in the work tree"
	case st.Edited:
		return "an uncommitted edit"
	}
	return ""
}

// clean refuses to anchor what is not what the person sees.
func (s *Session) clean(p string, st gitrepo.State) error {
	what := difference(st)
	if what == "" {
		return nil
	}
	hint := "git commit -- " + s.spec(p)
	switch {
	case st.Unmerged:
		hint = "resolve it, then " + hint
	case st.DiskSymlink || st.DiskOther || st.Edited && st.Disk == "":
		hint = "git restore " + s.spec(p)
	case st.Edited:
		hint += "  # or drop the edit: git restore " + s.spec(p)
	}
	return refuse(hint, "differs from the commit, whose bytes would be anchored: %s", what)
}

// here writes a path from the top as one types it in the working directory.
func (s *Session) here(p string) string { return Quoted(s.relative(p)) }

// spec is here for commands of git that take patterns of paths: it is none.
func (s *Session) spec(p string) string {
	if p = s.relative(p); strings.ContainsAny(p, `*?[\`) {
		p = ":(literal)" + p
	}
	return Quoted(p)
}

// relative is a path from the working directory on, that is no option and has
// nothing of git's magic.
func (s *Session) relative(p string) string {
	if at, err := s.Repo.Rel("."); err == nil {
		if rel, err := filepath.Rel(filepath.FromSlash("/"+at), filepath.FromSlash("/"+p)); err == nil {
			p = filepath.ToSlash(rel)
		}
	}
	if strings.HasPrefix(p, "-") || strings.HasPrefix(p, ":") {
		p = "./" + p
	}
	return p
}

// gitMove is the command that moves a file to another place, whose directory may
// have to be made.
func (s *Session) gitMove(from, to string) string {
	move := "git mv " + s.here(from) + " " + s.here(to)
	dir := filepath.Join(s.Repo.Top(), filepath.FromSlash(path.Dir(to)))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		move = "mkdir -p " + s.here(path.Dir(to)) + " && " + move
	}
	return move
}

// Quoted writes a path as a shell reads it back.
func Quoted(p string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-/@+", r)
	}
	if p != "" && p[0] != '-' && strings.IndexFunc(p, func(r rune) bool { return !safe(r) }) < 0 {
		return p
	}
	return "'" + strings.ReplaceAll(p, "'", `'\''`) + "'"
}
