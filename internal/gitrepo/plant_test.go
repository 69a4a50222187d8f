package gitrepo

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// plantable is a tip on a commit with a bit of everything.
func plantable(t *testing.T) (*Tip, Commit) {
	t.Helper()
	tr := newRepo(t)
	blob := tr.gitIn("#!/bin/sh\n", "hash-object", "-w", "--stdin")
	tr.git("update-index", "--add", "--cacheinfo", "100755,"+blob+",run.sh")
	link(t, "doc.md", filepath.Join(tr.dir, "link"))
	tr.write("doc.md", "1")
	tr.write("d/e/doc.md", "1")
	tr.write(".gitattributes", "* text eol=crlf\n")
	tr.git("add", "-f", ".gitattributes", "doc.md", "link", "d")
	tr.git("update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("1", 40)+",module")
	tr.git("commit", "--quiet", "-m", "x")
	tip := serve(t, tr).tip(nil, readToken)
	parent := fetch(t, tip, "main")
	return tip, parent
}

func TestPlant(t *testing.T) {
	tip, parent := plantable(t)
	tipRepo := &testRepo{t, tip.dir}

	began := time.Now().Add(-time.Second)
	const message = "  Anchor  \n\n\n# one\n\nSigned-off-by: x"
	id, err := tip.Plant(t.Context(), parent, []NewFile{{"doc.md", []byte("1\r\n2\n")}, {"run.sh", []byte("x")}, {"d/new/\xff\n.ots", nil}, {"d/e/doc.md", []byte("1")}}, bot(), message)
	if err != nil {
		t.Fatal(err)
	}
	if got := tipRepo.git("diff-tree", "-r", "-z", "--name-status", "--no-commit-id", parent.ID, id); got != "A\x00d/new/\xff\n.ots\x00M\x00doc.md\x00M\x00run.sh\x00" {
		t.Errorf("it changes %q", got)
	}
	if got := committed(t, tip.Repo(), id, "doc.md"); got != "1\r\n2\n" {
		t.Errorf("it holds %q", got)
	}
	if got := tipRepo.git("ls-tree", id, "run.sh", "doc.md"); !strings.Contains(got, "100755 blob") || !strings.Contains(got, "100644 blob") {
		t.Errorf("modes: %q", got)
	}
	head, body, _ := strings.Cut(tipRepo.git("cat-file", "commit", id), "\n\n")
	if body != message || !strings.Contains(head, "\nauthor bot <bot@example.org> ") || !strings.Contains(head, "\ncommitter bot <bot@example.org> ") || strings.Contains(head, "gpgsig") {
		t.Errorf("it says %q, %q", head, body)
	}
	if c := resolve(t, tip.Repo(), id); c.When.Before(began) || c.When.After(time.Now()) || len(c.Parents) != 1 || c.Parents[0] != parent.ID {
		t.Errorf("got %+v", c)
	}
	for _, files := range [][]NewFile{nil, {{"doc.md", []byte("1")}, {"run.sh", []byte("#!/bin/sh\n")}}} {
		if same, err := tip.Plant(t.Context(), parent, files, Identity{}, "x"); err != nil || same != parent.ID {
			t.Errorf("nothing differs: %s, %v", same, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(tip.dir, "new-*")); err != nil || left != nil {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestPlantRefuses(t *testing.T) {
	tip, parent := plantable(t)
	refused := []struct {
		name  string
		files []string
		want  error
	}{
		{"symlink", []string{"link"}, ErrSymlink},
		{"below a symlink", []string{"link/x"}, ErrSymlink},
		{"submodule", []string{"module"}, ErrSubmodule},
		{"below a submodule", []string{"module/x"}, ErrSubmodule},
		{"directory", []string{"d/e"}, ErrDirectory},
		{"below a file", []string{"doc.md/x"}, ErrExists},
		{"deep below a file", []string{"doc.md/x/y"}, ErrExists},
		{"outside", []string{"../x"}, ErrBadPath},
		{"git's own", []string{"d/.GIT/config"}, ErrBadPath},
		{"twice", []string{"n", "n"}, ErrBadPath},
		{"file and directory", []string{"n", "n/x"}, ErrBadPath},
		{"the other way", []string{"n/x/y", "n"}, ErrBadPath},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			var files []NewFile
			for _, path := range tt.files {
				files = append(files, NewFile{path, []byte("new")})
			}
			id, err := tip.Plant(t.Context(), parent, files, bot(), "x")
			first, _, _ := strings.Cut(tt.files[0], "/")
			if !errors.Is(err, tt.want) || id != "" || !strings.Contains(err.Error(), first) {
				t.Errorf("got %q, %v", id, err)
			}
		})
	}
	for _, id := range []Identity{{}, {Name: "x"}, {Name: "x", Email: "y", Sign: true, Format: "rot13"}, {Name: "x\x00", Email: "y"}} {
		_, err := tip.Plant(t.Context(), parent, []NewFile{{"x", nil}}, id, "x")
		if err == nil || !strings.Contains(err.Error(), "user.name") && !strings.Contains(err.Error(), "rot13") && !strings.Contains(err.Error(), "NUL byte") {
			t.Errorf("%+v: %v", id, err)
		}
	}
}

// TestPlantSSH: a commit signed by ssh-keygen is one that git finds good.
func TestPlantSSH(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("no ssh-keygen here")
	}
	s, _ := served(t)
	key := filepath.Join(realDir(t), "key")
	if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	tip := s.tip(nil, writeToken)
	parent := fetch(t, tip, "main")
	id, err := tip.Plant(t.Context(), parent, []NewFile{{"x.ots", nil}}, Identity{Name: "bot", Email: "bot@example.org", Sign: true, Format: "ssh", Key: key}, "Anchor\n")
	if err != nil {
		t.Fatal(err)
	}
	allowed := filepath.Join(realDir(t), "allowed")
	writeFile(t, allowed, "bot@example.org "+readFile(t, key+".pub"))
	tr := &testRepo{t, tip.dir}
	if words, err := tr.try("", "-c", "gpg.ssh.allowedSignersFile="+allowed, "verify-commit", id); err != nil {
		t.Error(words)
	}
	if err := tip.Push(t.Context(), "main", id, parent.ID); err != nil {
		t.Error(err)
	}
	if _, err := tip.Plant(t.Context(), parent, []NewFile{{"x.ots", nil}}, Identity{Name: "bot", Email: "bot@example.org", Sign: true, Format: "ssh", Key: key + ".none"}, "x"); err == nil || !strings.Contains(err.Error(), "commit-tree") {
		t.Errorf("no such key: %v", err)
	}
}

// TestPlantGPG is the same with a real gpg.
func TestPlantGPG(t *testing.T) {
	if _, err := exec.LookPath("gpg"); err != nil || runtime.GOOS == "windows" {
		t.Skip("no gpg here that takes such paths")
	}
	s, _ := served(t)
	home, err := os.MkdirTemp("", "gpg") // short: gpg-agent's socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GNUPGHOME", home)
	t.Cleanup(func() {
		if out, err := exec.Command("gpgconf", "--homedir", home, "--kill", "all").CombinedOutput(); err != nil {
			t.Error(err, string(out))
		}
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	if out, err := exec.Command("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", "bot <bot@example.org>", "ed25519", "sign", "never").CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	tip := s.tip(nil, writeToken)
	id, err := tip.Plant(t.Context(), fetch(t, tip, "main"), []NewFile{{"x.ots", nil}}, Identity{Name: "bot", Email: "bot@example.org", Sign: true, Program: "gpg"}, "Anchor\n")
	if err != nil {
		t.Fatal(err)
	}
	tr := &testRepo{t, tip.dir}
	if words, err := tr.try("", "verify-commit", id); err != nil {
		t.Error(words)
	}
}
