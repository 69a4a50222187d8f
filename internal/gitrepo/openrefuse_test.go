package gitrepo

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

var refusedOpenings = []struct {
	name string
	want error
	text string
	make func(t *testing.T, tr *testRepo) string
}{
	{"not a repository", ErrNotRepository, "", func(t *testing.T, tr *testRepo) string { return realDir(t) }},
	{"gitfile that is none", ErrNotRepository, "is no gitfile", func(t *testing.T, tr *testRepo) string {
		dir := realDir(t)
		writeFile(t, filepath.Join(dir, ".git"), "hello\n")
		return dir
	}},
	{"gitfile to nowhere", ErrNotRepository, "nowhere", func(t *testing.T, tr *testRepo) string {
		dir := realDir(t)
		writeFile(t, filepath.Join(dir, ".git"), "gitdir: nowhere\n")
		return dir
	}},
	{"gitfile too large", ErrTooLarge, "", func(t *testing.T, tr *testRepo) string {
		dir := realDir(t)
		writeFile(t, filepath.Join(dir, ".git"), "gitdir: "+strings.Repeat("x", maxSmallFile))
		return dir
	}},
	{"GIT_DIR that is none", ErrNotRepository, "GIT_DIR", func(t *testing.T, tr *testRepo) string {
		t.Setenv("GIT_DIR", "nowhere")
		return tr.dir
	}},
	{"ceiling", ErrNotRepository, "", func(t *testing.T, tr *testRepo) string {
		mkdir(t, filepath.Join(tr.dir, "a"))
		t.Setenv("GIT_CEILING_DIRECTORIES", tr.dir)
		return filepath.Join(tr.dir, "a")
	}},
	{"version 2", ErrUnsupported, `core.repositoryformatversion is "2"`, func(t *testing.T, tr *testRepo) string {
		tr.git("config", "core.repositoryFormatVersion", "2")
		return tr.dir
	}},
	{"unknown extension in version 1", ErrUnsupported, `extensions.nonsense = "true" is not known`, func(t *testing.T, tr *testRepo) string {
		tr.git("config", "core.repositoryFormatVersion", "1")
		tr.git("config", "extensions.nonsense", "true")
		return tr.dir
	}},
	{"new extension in version 0", ErrUnsupported, "extensions.objectformat needs", func(t *testing.T, tr *testRepo) string {
		tr.git("config", "extensions.objectFormat", "sha256")
		return tr.dir
	}},
	{"bad config", errConfigSyntax, "bad config line 2", func(t *testing.T, tr *testRepo) string {
		writeFile(t, filepath.Join(tr.dir, ".git/config"), "[core]\n\tbare = \"false\n")
		return tr.dir
	}},
	{"work tree elsewhere", ErrUnsupported, "set both GIT_DIR and GIT_WORK_TREE", func(t *testing.T, tr *testRepo) string {
		tr.git("config", "core.worktree", "../..")
		return tr.dir
	}},
	{"sha256 without git", ErrNoGit, "", func(t *testing.T, tr *testRepo) string {
		dir := filepath.Join(filepath.Dir(tr.dir), "sha256")
		tr.git("init", "--quiet", "--object-format=sha256", dir)
		withoutGit(t)
		return dir
	}},
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range refusedOpenings {
		t.Run(tt.name, func(t *testing.T) {
			tr := newRepo(t)
			dir := tt.make(t, tr)
			r, err := Open(t.Context(), Options{Dir: dir})
			if err == nil {
				r.Close()
				t.Fatal("opened")
			}
			if !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}
