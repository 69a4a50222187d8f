package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fewLoose is how many loose objects one of their 256 directories holds before
// git packs them (gc.auto, 6700 in all).
const fewLoose = 27

// maxAlternates is how many bytes of a list of alternates are looked at.
const maxAlternates = 1 << 20

// TagsContaining lists the tags from which a commit is reached, by their short
// names.
func (r *Repo) TagsContaining(ctx context.Context, commit string) ([]string, error) {
	if !IsID(commit) {
		return nil, fmt.Errorf("%q: %w", commit, ErrNoCommit)
	}
	var tags []string
	err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return lines(out, func(name string) error {
			tags = append(tags, strings.TrimPrefix(name, "refs/tags/"))
			return nil
		})
	}, "for-each-ref", "--contains="+commit, "--format=%(refname)", "refs/tags")
	if err != nil {
		return nil, fmt.Errorf("list tags: %w", err)
	}
	return tags, nil
}

// RefsTo lists, for each of the given objects that refs lead to through tags
// alone, these refs: a tag may be one of a blob.
func (r *Repo) RefsTo(ctx context.Context, ids []string) (map[string][]string, error) {
	refs := map[string][]string{}
	err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return lines(out, func(line string) error {
			id, name, _ := strings.Cut(line, " ")
			if slices.Contains(ids, id) {
				refs[id] = append(refs[id], strings.TrimSuffix(name, "^{}"))
			}
			return nil
		})
	}, "show-ref", "--dereference")
	if exitCode(err) == 1 {
		err = nil // no refs
	}
	if err != nil {
		return nil, fmt.Errorf("list refs: %w", err)
	}
	return refs, nil
}

// Formers hands out every blob that a file of one of these names, in whatever
// directory, was in the history of all refs, newest first. It ends with the
// context: what was handed out till then is right.
func (r *Repo) Formers(ctx context.Context, names []string, each func(path, blob string)) error {
	specs := []string{"--"}
	wanted := map[string]bool{}
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, "/\x00") {
			return fmt.Errorf("%q: %w", name, ErrBadPath)
		}
		wanted[name] = true
		specs = append(specs, ":(glob)**/"+globEscape.Replace(name))
	}
	if len(wanted) == 0 {
		return nil
	}
	take := func(_, raw, file string) {
		f := strings.Fields(strings.TrimPrefix(raw, ":"))
		if len(f) == 5 && wanted[path.Base(file)] && strings.HasPrefix(f[1], "100") {
			each(file, f[3])
		}
	}
	err := r.diffs(ctx, append([]string{"--date-order", "--full-history", "--all"}, specs...), append([]string{"-m"}, specs...),
		func(out *bufio.Reader) error { return readRaw(out, take) })
	if err != nil {
		return fmt.Errorf("read former versions: %w", err)
	}
	return nil
}

var globEscape = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`)

// FormerNames lists the paths that a file of HEAD had, as git follows renames,
// its own first.
func (r *Repo) FormerNames(ctx context.Context, file string) ([]string, error) {
	if err := checkPath(file); err != nil {
		return nil, err
	}
	var names []string
	err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return records(out, func(name string) error {
			if name = strings.TrimLeft(name, "\n"); name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
			return nil
		})
	}, "log", "--follow", "--no-show-signature", "--name-only", "-z", "--format=", "HEAD", "--", file)
	if err != nil {
		return nil, fmt.Errorf("follow renames: %w", err)
	}
	return names, nil
}

// CopyBlob writes the bytes of a blob to w, as many as there may be up to limit.
// They are hashed again to its id: after an error, what w has got must not be
// used. Errors: ErrMissingObject, ErrCorrupt, ErrTooLarge.
func (r *Repo) CopyBlob(ctx context.Context, id string, limit int64, w io.Writer) error {
	if !IsID(id) {
		return fmt.Errorf("%q: %w", id, ErrNotFound)
	}
	return r.objects.read(ctx, id, "blob", limit, w)
}

// LineChanges counts the lines by which blob b differs from a, as git diff does;
// binary means that git takes one of them for no text.
func (r *Repo) LineChanges(ctx context.Context, a, b string) (added, removed int, binary bool, err error) {
	if !IsID(a) || !IsID(b) {
		return 0, 0, false, fmt.Errorf("%q, %q: %w", a, b, ErrNotFound)
	}
	out, err := r.git.output(ctx, nil, "diff", "--numstat", "--no-ext-diff", "--no-textconv", "--no-color", a, b)
	if err != nil {
		return 0, 0, false, fmt.Errorf("compare blobs: %w", err)
	}
	f := strings.Fields(string(out))
	if len(f) < 2 {
		return 0, 0, false, nil
	}
	if f[0] == "-" {
		return 0, 0, true, nil
	}
	added, err = strconv.Atoi(f[0])
	if err == nil {
		removed, err = strconv.Atoi(f[1])
	}
	return added, removed, false, err
}

// Lacks says what of history this clone is without, and what brings it; both
// are empty for a whole one. A partial clone to which everything was fetched
// since is whole.
func (r *Repo) Lacks(ctx context.Context) (what, remedy string, err error) {
	shallow, err := r.Shallow()
	if err != nil {
		return "", "", err
	}
	absent, err := r.absentAlternate()
	if err != nil {
		return "", "", err
	}
	misses := r.misses(ctx)
	partial := misses && r.partial()
	switch {
	case absent != "":
		return fmt.Sprintf("the object directory %q, which it borrows from, is not there", absent), "restore that directory", nil
	case shallow && partial:
		return "the clone is shallow and partial", "git fetch --unshallow --refetch --no-filter", nil
	case shallow:
		return "the clone is shallow", "git fetch --unshallow", nil
	case partial:
		return "the clone is partial", "git fetch --refetch --no-filter", nil
	case misses:
		return "objects that its refs lead to are missing", "git fsck --full names them: restore them", nil
	}
	return "", "", nil
}

// absentAlternate is an object directory that another names as its alternate,
// and that does not exist; "" if all are there.
func (r *Repo) absentAlternate() (string, error) {
	store, err := r.objects.open()
	if err != nil {
		return "", err
	}
	for _, dir := range store.Dirs() {
		f, err := os.Open(filepath.Join(dir, "info", "alternates"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read alternates: %w", err)
		}
		list, err := io.ReadAll(io.LimitReader(f, maxAlternates))
		f.Close()
		if err != nil {
			return "", fmt.Errorf("read alternates: %w", err)
		}
		for line := range strings.Lines(string(list)) {
			line = strings.TrimRight(line, "\r\n")
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if plain, err := strconv.Unquote(line); err == nil {
				line = plain
			}
			if _, err := os.Stat(absolute(dir, line)); errors.Is(err, os.ErrNotExist) {
				return line, nil
			}
		}
	}
	return "", nil
}

var errFound = errors.New("found")

// misses reports whether an object that a ref leads to is not here, or whether
// that cannot be told.
func (r *Repo) misses(ctx context.Context) bool {
	err := r.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return lines(out, func(line string) error {
			if strings.HasPrefix(line, "?") {
				return errFound
			}
			return nil
		})
	}, "rev-list", "--objects", "--all", "--missing=print")
	return err != nil
}

// Stored is about how many bytes a scan reads: those of the packs. It is
// math.MaxInt64 where objects lie elsewhere too, or many lie loose.
func (r *Repo) Stored() (int64, error) {
	dir := filepath.Join(r.commonDir, "objects")
	if _, err := os.Lstat(filepath.Join(dir, "info", "alternates")); err == nil {
		return math.MaxInt64, nil
	}
	if loose, err := os.ReadDir(filepath.Join(dir, "17")); err == nil && len(loose) > fewLoose {
		return math.MaxInt64, nil
	}
	packs, err := os.ReadDir(filepath.Join(dir, "pack"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("list packs: %w", err)
	}
	var sum int64
	for _, p := range packs {
		if info, err := p.Info(); err == nil && strings.HasSuffix(p.Name(), ".pack") {
			sum += info.Size()
		}
	}
	return sum, nil
}
