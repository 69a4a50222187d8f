package anchor

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// Where Init puts the files that are not its own.
const (
	workflowFile   = ".github/workflows/git-anchor.yml"
	attributesFile = ".gitattributes"
)

// attributeLines keep git from changing the bytes of what we write: proofs,
// manifests of directories, block headers. Each is a pattern and an attribute.
func attributeLines() []string {
	return []string{"*.ots binary", "*" + treeSuffix + " binary", bitcoin.BundleFile + " binary"}
}

// A Start is a file that Init would have in the work tree.
type Start struct {
	Path  string
	Data  []byte
	Wrote bool
	Kept  bool   // one is there already, and stays as it is
	Hint  string // what to add to that, "" if nothing
	Guess string // what to look at in it, "" if nothing was guessed
}

// Init writes the files that a repository begins with: a configuration for what
// is found in it, the workflow that it is given, with this repository's branch
// in it, and the attribute of proofs.
// What exists is never touched. A dry run writes nothing.
func (s *Session) Init(ctx context.Context, workflow []byte, dryRun bool) ([]Start, error) {
	if s.Repo.Top() == "" {
		return nil, fmt.Errorf("write files to begin with: %w", gitrepo.ErrNoWorkTree)
	}
	found, err := s.survey(ctx)
	if err != nil {
		return nil, err
	}
	proposed := found.config()
	if _, err := config.Parse(proposed); err != nil {
		return nil, fmt.Errorf("propose a configuration: %w", err)
	}
	branch, guess, err := s.branch(ctx)
	if err != nil {
		return nil, err
	}
	starts := []Start{
		{Path: config.File, Data: proposed},
		{Path: workflowFile, Data: onBranch(workflow, branch), Guess: guess},
		{Path: attributesFile, Data: []byte(strings.Join(attributeLines(), "\n") + "\n")},
	}
	for i := range starts {
		if err := s.start(ctx, &starts[i], dryRun); err != nil {
			return starts, err
		}
	}
	return starts, nil
}

// branch is the one that the workflow anchors, and what to say of it where it
// was guessed.
func (s *Session) branch(ctx context.Context) (name, guess string, err error) {
	name, guessed, err := s.Repo.MainBranch(ctx)
	switch {
	case err != nil:
		return "", "", err
	case name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		name, guessed = "main", true
	}
	if guessed {
		guess = "it anchors what is pushed to the branch " + name + ", which is a guess: if the default branch is another, change its line branches:"
	}
	return name, guess, nil
}

// ofMain is the line's part in which the workflow says which branch it anchors.
const ofMain = "branches: [main]"

// onBranch is the workflow for another branch than main. What means something in
// a pattern of GitHub's is escaped; what git allows in no name is not looked for.
func onBranch(workflow []byte, branch string) []byte {
	if branch == "main" {
		return workflow
	}
	pattern := strings.ReplaceAll(branch, "+", `\+`)
	if strings.HasPrefix(pattern, "!") {
		pattern = `\` + pattern
	}
	quoted := "'" + strings.ReplaceAll(pattern, "'", "''") + "'"
	return bytes.Replace(workflow, []byte(ofMain), []byte("branches: ["+quoted+"]"), 1)
}

// start writes one file, or finds it there.
func (s *Session) start(ctx context.Context, f *Start, dryRun bool) error {
	var err error
	if dryRun {
		if _, err = s.Repo.ReadFile(f.Path, config.MaxFile); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		err = gitrepo.ErrExists
	} else {
		err = s.Repo.WriteFile(f.Path, f.Data, nil)
		f.Wrote = err == nil
	}
	if !errors.Is(err, gitrepo.ErrExists) {
		return err
	}
	f.Kept = true
	if f.Path != attributesFile {
		return nil
	}
	lack, err := s.lackingAttributes(ctx)
	switch len(lack) {
	case 0:
	case 1:
		f.Hint = "add the line " + lack[0]
	default:
		f.Hint = "add the lines " + strings.Join(lack, ", ")
	}
	return err
}

// lackingAttributes are the lines whose effect the repository's attributes do not
// have, at the top and below.
func (s *Session) lackingAttributes(ctx context.Context) ([]string, error) {
	var lack []string
	for _, line := range attributeLines() {
		pattern, _, _ := strings.Cut(line, " ")
		name := strings.Replace(pattern, "*", "a", 1)
		names := []string{name, "a/" + name}
		kept, err := s.Repo.Binary(ctx, names)
		if err != nil {
			return nil, err
		}
		if len(kept) < len(names) {
			lack = append(lack, line)
		}
	}
	return lack, nil
}

// prePush is the hook that InstallHook installs, a POSIX shell script.
//
//go:embed pre-push.sh
var prePush []byte

// hookMark begins every version of the hook.
const hookMark = "#!/bin/sh\n# git-anchor pre-push hook, version "

// hookName is the hook that git runs before it pushes.
const hookName = "pre-push"

// A Hook is what became of the hook.
type Hook struct {
	Path     string // of its file
	Script   []byte
	Foreign  bool // another one is there, and stays as it is
	Outside  bool // it lies outside of the repository, where others run it too: nothing was written
	Replaced bool // an older one of ours was there
	Current  bool // it was there already
}

// InstallHook has git check what is pushed. A hook that is not ours is left
// alone, and so is whatever lies outside of the repository; an older one of ours
// is replaced. A dry run writes nothing.
func (s *Session) InstallHook(ctx context.Context, dryRun bool) (Hook, error) {
	h := Hook{Script: slices.Clone(prePush)}
	path, there, err := s.Repo.Hook(ctx, hookName)
	h.Path = path
	own := false
	if err == nil {
		own, err = s.Repo.OwnHooks(ctx)
	}
	switch {
	case err != nil:
		return h, err
	case bytes.Equal(there, prePush):
		h.Current = true
	case !own:
		h.Outside = true
	case there != nil && !strings.HasPrefix(string(there), hookMark):
		h.Foreign = true
	default:
		h.Replaced = there != nil
		if !dryRun {
			err = s.Repo.InstallHook(ctx, hookName, prePush, there)
		}
	}
	return h, err
}
