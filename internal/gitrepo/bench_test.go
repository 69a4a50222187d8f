package gitrepo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

const documents = 1000

// benchRepo is a repository of a thousand documents, every third changed once.
func benchRepo(b *testing.B) (string, []string) {
	b.Helper()
	tr := &testRepo{b, filepath.Join(realDir(b), "repo")}
	mkdir(b, tr.dir)
	tr.git("init", "--quiet")
	tr.git("config", "user.name", "Ann")
	tr.git("config", "user.email", "ann@example.org")
	var paths []string
	for i := range documents {
		paths = append(paths, fmt.Sprintf("content/spec/lips/lip-%04d.md", i))
		tr.write(paths[i], fmt.Sprintf("document %d\n", i))
	}
	tr.git("add", ".")
	tr.git("commit", "--quiet", "-m", "one")
	for i := 0; i < documents; i += 3 {
		tr.write(paths[i], fmt.Sprintf("document %d, changed\n", i))
	}
	tr.git("commit", "--quiet", "-a", "-m", "two")
	return tr.dir, paths
}

// BenchmarkStart opens a repository and reads one document as a new process
// would. GIT_ANCHOR_BENCH_REPO names a larger one, with GIT_ANCHOR_BENCH_PATH.
func BenchmarkStart(b *testing.B) {
	dir, path := os.Getenv("GIT_ANCHOR_BENCH_REPO"), os.Getenv("GIT_ANCHOR_BENCH_PATH")
	if dir == "" {
		var paths []string
		dir, paths = benchRepo(b)
		path = paths[0]
	}
	for _, alone := range []bool{false, true} {
		b.Run(fmt.Sprintf("alone=%v", alone), func(b *testing.B) {
			if alone {
				b.Setenv("PATH", realDir(b))
			}
			for b.Loop() {
				r, err := Open(b.Context(), Options{Dir: dir})
				if err != nil {
					b.Fatal(err)
				}
				digest(b, r, path)
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func digest(b *testing.B, r *Repo, paths ...string) {
	c := resolve(b, r, "HEAD")
	for _, path := range paths {
		blob, err := r.Blob(b.Context(), c, path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := blob.Digest(b.Context(), sha256.New()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkThousand is what a run over a thousand documents asks.
func BenchmarkThousand(b *testing.B) {
	dir, paths := benchRepo(b)
	r := openAt(b, dir)
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("Digest", func() error { digest(b, r, paths...); return nil })
	run("Files", func() error {
		_, err := r.FilesUnder(b.Context(), resolve(b, r, "HEAD"), []string{"content/spec/lips"}, func(string) bool { return true })
		return err
	})
	run("States", func() error { _, err := r.States(b.Context(), paths); return err })
	run("HistoryOf", func() error { _, err := r.HistoryOf(b.Context(), paths); return err })
	run("ProofAttributesOf", func() error { _, err := r.ProofAttributesOf(b.Context(), paths); return err })
	var files []File
	for _, path := range paths {
		files = append(files, File{Path: path + ".ots", Data: []byte("proof")})
	}
	run("WriteFiles", func() error {
		if err := errors.Join(r.WriteFiles(files)...); err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.Remove(filepath.Join(dir, path+".ots")); err != nil {
				return err
			}
		}
		return nil
	})
}
