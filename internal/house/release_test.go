package house

import (
	"go/version"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the scripts in action/ take for granted about the files they read.
func TestRelease(t *testing.T) {
	release := strings.TrimSuffix(read(t, "VERSION"), "\n")
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$`).MatchString(release) {
		t.Errorf("VERSION is %q", release)
	}
	built := "go" + strings.TrimSuffix(read(t, "action/go-version"), "\n")
	needed := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	if needed == nil || !version.IsValid(built) || strings.Count(built, ".") != 2 || version.Compare(built, "go"+needed[1]) < 0 {
		t.Errorf("action/go-version is %s, want a full version from that of go.mod on: %q", built, needed)
	}

	// A commit that is to be released has these, and no other commit.
	if _, err := os.Stat(filepath.Join(top, "checksums.txt")); os.IsNotExist(err) {
		return
	}
	var want, got []string
	for _, platform := range []string{"darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64", "windows_amd64.exe", "windows_arm64.exe"} {
		want = append(want, "git-anchor_"+release+"_"+platform)
	}
	for _, lang := range []string{"", "-de", "-es", "-fr", "-it", "-uk"} {
		want = append(want, "verify"+lang+".html", "verify-online"+lang+".html")
	}
	slices.Sort(want)
	line := regexp.MustCompile(`(?m)^[0-9a-f]{64}  (\S+)$`)
	for _, m := range line.FindAllStringSubmatch(read(t, "checksums.txt"), -1) {
		got = append(got, m[1])
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("checksums.txt names (-want +got):\n%s", diff)
	}
}
