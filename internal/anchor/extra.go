package anchor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
)

// MaxExtra is how many bytes the file of an Extra has at the most.
const MaxExtra = 64 << 20

// Limits of what a command may add to a commit.
const (
	maxExtraFiles = 1000
	maxExtraFile  = 8 << 20  // bytes of one file
	maxExtraBytes = 32 << 20 // of all
	maxNotes      = 20       // sentences about what was left out
	maxLeftNamed  = 5        // files named in one of them
	extraSchema   = "git-anchor-extra/1"
)

// Extra is what a command of the repository's own changed, and what of it joins
// the commit.
type Extra struct {
	Files []ExtraFile // by path, each once
}

// An ExtraFile is one file as the command left it.
type ExtraFile struct {
	Path string // from the top, UTF-8
	Old  string // id of the blob that HEAD had there, "" for a new file
	Data []byte
}

// CollectExtra lists the files of the work tree that differ from HEAD and that
// one of the patterns allows (as config.Action has them). The notes say what was
// left out. More than may be committed is an error that wraps
// gitrepo.ErrTooLarge: half of what a command made is worse than nothing.
//
// Git compares the work tree, and runs the filters that are configured now.
func (s *Session) CollectExtra(ctx context.Context, allow []string) (Extra, []string, error) {
	c := collection{s: s}
	err := c.collect(ctx, allow)
	if err != nil {
		return Extra{}, nil, fmt.Errorf("collect what the command changed: %w", err)
	}
	if n := len(c.notes) - maxNotes; n > 0 {
		c.notes = append(c.notes[:maxNotes], fmt.Sprintf("%d more files were left out", n))
	}
	return c.extra, c.notes, nil
}

// A collection is one run of CollectExtra.
type collection struct {
	s     *Session
	head  gitrepo.Commit
	extra Extra
	size  int
	notes []string
}

func (c *collection) leave(path, format string, args ...any) {
	c.notes = append(c.notes, fmt.Sprintf("%q was left out: ", path)+fmt.Sprintf(format, args...))
}

func (c *collection) collect(ctx context.Context, allow []string) error {
	action, err := config.NewAction("", allow)
	if err != nil {
		return err
	}
	if c.head, err = c.s.Repo.Resolve(ctx, "HEAD"); err != nil {
		return err
	}
	dirty, err := c.s.Repo.Dirty(ctx)
	if err != nil {
		return err
	}
	var wanted, others []string
	for _, path := range dirty {
		switch err := checkExtra(path); {
		case proofNamed(path) || path == bitcoin.BundleFile: // the run's own
		case !action.Match(path):
			others = append(others, path)
		case err != nil:
			c.leave(path, "%v", err)
		default:
			wanted = append(wanted, path)
		}
	}
	if n := len(others); n > 0 {
		c.notes = append(c.notes, fmt.Sprintf("changed files that no pattern allows were left out (%d): %q", n, others[:min(n, maxLeftNamed)]))
	}
	states, err := c.s.Repo.States(ctx, wanted)
	if err != nil {
		return err
	}
	for _, path := range wanted {
		if err := c.add(ctx, path, states[path]); err != nil {
			return err
		}
	}
	return nil
}

// add takes up one file.
func (c *collection) add(ctx context.Context, path string, st gitrepo.State) error {
	f := ExtraFile{Path: path}
	blob, err := c.s.Repo.Blob(ctx, c.head, path)
	switch {
	case err == nil:
		f.Old = blob.ID
	case !errors.Is(err, gitrepo.ErrNotFound):
		if err := refusable(err); !isRefusal(err) {
			return err
		}
		c.leave(path, "%v", err)
		return nil
	}
	switch {
	case st.Err != nil:
		c.leave(path, "%v", st.Err)
		return nil
	case st.DiskSymlink || st.DiskOther:
		c.leave(path, "it is no regular file")
		return nil
	case st.Disk == "":
		c.leave(path, "it was deleted, and deletions do not join a commit of proofs")
		return nil
	case st.Disk == f.Old:
		return nil // its mode or index entry differs
	}
	if f.Data, err = c.s.Repo.ReadFile(path, maxExtraFile); err != nil {
		return err
	}
	id, err := c.s.Repo.BlobID(f.Data)
	if err != nil {
		return err
	}
	if id != st.Disk {
		c.leave(path, "git would store other bytes than those on disk (line endings, or a filter)")
		return nil
	}
	c.extra.Files = append(c.extra.Files, f)
	c.size += len(f.Data)
	return checkExtraSize(len(c.extra.Files), c.size)
}

func isRefusal(err error) bool {
	var r *Refusal
	return errors.As(err, &r)
}

func checkExtraSize(files, size int) error {
	switch {
	case files > maxExtraFiles:
		return fmt.Errorf("%w: more than %d files", gitrepo.ErrTooLarge, maxExtraFiles)
	case size > maxExtraBytes:
		return fmt.Errorf("%w: more than %d bytes", gitrepo.ErrTooLarge, maxExtraBytes)
	}
	return nil
}

// checkExtra refuses what no command may change, and every name that some file
// system could take for such a one: what git, the server and git-anchor read,
// and proofs.
func checkExtra(path string) error {
	if err := gitrepo.CheckPath(path); err != nil {
		return err
	}
	for name := range strings.SplitSeq(path, "/") {
		runes := []rune(name)
		ends := func(with string) bool {
			return len(runes) >= len(with) && strings.EqualFold(string(runes[len(runes)-len(with):]), with)
		}
		switch {
		case printable.Text(name, 0) != name, strings.ContainsAny(name, `:\`), strings.HasSuffix(name, "."), strings.HasSuffix(name, " "), shortName(name):
			return fmt.Errorf("some file system takes %q for another name", name)
		case len(runes) >= 4 && strings.EqualFold(string(runes[:4]), ".git"):
			return fmt.Errorf("names like %q are git's, the server's or git-anchor's own", name)
		case ends(".ots"), ends(draftSuffix):
			return fmt.Errorf("%q is the name of a proof", name)
		}
	}
	return nil
}

// shortName says that a name looks like one that Windows makes up for a longer
// one, GITATT~1.
func shortName(name string) bool {
	_, after, ok := strings.Cut(name, "~")
	return ok && strings.IndexFunc(after, unicode.IsDigit) == 0 || ok && shortName(after)
}

// extraJSON is the file of an Extra.
type extraJSON struct {
	Schema string          `json:"schema"`
	Files  []extraFileJSON `json:"files"`
}

type extraFileJSON struct {
	Path string `json:"path"`
	Old  string `json:"old,omitempty"`
	Data []byte `json:"data"`
}

// Bytes returns it as JSON of at most MaxExtra bytes.
func (e Extra) Bytes() ([]byte, error) {
	file := extraJSON{extraSchema, make([]extraFileJSON, len(e.Files))}
	for i, f := range e.Files {
		file.Files[i] = extraFileJSON(f)
	}
	return encode("changed files", file, MaxExtra)
}

// ParseExtra reads what Bytes wrote, or what somebody else put in its place:
// everything in it is checked again.
func ParseExtra(b []byte) (Extra, error) {
	e, err := parseExtra(b)
	if err != nil {
		return Extra{}, fmt.Errorf("read changed files: %w", err)
	}
	return e, nil
}

func parseExtra(b []byte) (Extra, error) {
	var file extraJSON
	if err := Decode(b, &file, MaxExtra); err != nil {
		return Extra{}, err
	}
	if file.Schema != extraSchema {
		return Extra{}, fmt.Errorf("the schema is %q, want %q", file.Schema, extraSchema)
	}
	var e Extra
	var paths []string
	size := 0
	for i, f := range file.Files {
		size += len(f.Data)
		if err := checkExtraSize(i+1, size); err != nil {
			return Extra{}, err
		}
		switch err := checkExtra(f.Path); {
		case err != nil:
			return Extra{}, err
		case f.Old != "" && !gitrepo.IsID(f.Old):
			return Extra{}, fmt.Errorf("%q stands for the blob %q", f.Path, f.Old)
		case len(f.Data) > maxExtraFile:
			return Extra{}, fmt.Errorf("%q: %w: %d bytes, %d allowed", f.Path, gitrepo.ErrTooLarge, len(f.Data), maxExtraFile)
		}
		e.Files, paths = append(e.Files, ExtraFile(f)), append(paths, f.Path)
	}
	return e, checkPaths(paths)
}
