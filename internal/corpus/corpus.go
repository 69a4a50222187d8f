// Package corpus finds the directory of real proofs that tests may use.
//
// The corpus is other people's material and is never committed. Tests ask Dir
// for it: without $GIT_ANCHOR_CORPUS they skip and say so, unless
// $GIT_ANCHOR_REQUIRE_CORPUS is 1, which turns the skip into a failure.
package corpus

import (
	"os"
	"testing"
)

// Dir returns the corpus directory named by $GIT_ANCHOR_CORPUS.
func Dir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("GIT_ANCHOR_CORPUS")
	if dir == "" {
		if os.Getenv("GIT_ANCHOR_REQUIRE_CORPUS") == "1" {
			t.Fatal("GIT_ANCHOR_CORPUS is not set, and GIT_ANCHOR_REQUIRE_CORPUS=1 requires it")
		}
		t.Skip("GIT_ANCHOR_CORPUS is not set: the tests on real proofs are skipped")
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Fatalf("GIT_ANCHOR_CORPUS=%s is not a directory", dir)
	}
	return dir
}
