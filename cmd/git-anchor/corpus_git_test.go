package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/corpus"
)

// A gitVerdict is what the reference client made of one real commit or tag.
type gitVerdict struct {
	File, Object, ObjType string
	Minor, Trailing       int
	OK                    bool
	InitialMsg            string `json:"initial_msg"`
	Attestations          []struct {
		Msg, Type, URI string
		Height         uint64
	}
}

// claims are the attestations, each with the message it is about, once.
func (v gitVerdict) claims() []string {
	var list []string
	for _, a := range v.Attestations {
		list = append(list, fmt.Sprintf("%s %s %d %s", a.Type, a.URI, a.Height, a.Msg))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// gitRepository makes a repository with the corpus' commits and tags in it, and
// nothing that they name.
func gitRepository(t *testing.T, dir string) (repo string, all []gitVerdict) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "expected-git.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	repo = t.TempDir()
	git := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env, cmd.Stdin = repo, cleanEnv(t), strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
		return string(out)
	}
	git("", "init", "-q")
	files, ids := map[string]string{}, map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(raw)); dec.More(); {
		var v gitVerdict
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
		files[v.ObjType] += filepath.Join(dir, v.File) + "\n"
		ids[v.ObjType] += v.Object + "\n"
	}
	for kind, list := range files {
		if got := git(list, "hash-object", "-w", "-t", kind, "--no-filters", "--stdin-paths"); got != ids[kind] {
			t.Fatalf("git gives the %ss other ids", kind)
		}
	}
	if len(all) == 0 {
		t.Fatal("expected-git.jsonl is empty")
	}
	return repo, all
}

// TestCorpusGitTimestamps: info says of every real commit and tag with a
// timestamp what the reference client says, and verify judges each for its
// object's bytes.
func TestCorpusGitTimestamps(t *testing.T) {
	dir := corpus.Dir(t)
	repo, all := gitRepository(t, dir)
	exe, env := self(t), cleanEnv(t)
	command := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(exe, args...)
		cmd.Dir, cmd.Env = repo, env
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !asExit(err, &exit) {
			t.Fatal(err)
		}
		return out
	}
	verify := []string{"verify", "--offline", "--json"}
	for _, v := range all {
		verify = append(verify, v.Object)
		checkGitInfo(t, v, command("info", "--json", v.Object))
	}
	var judged struct {
		Documents []struct{ Kind, Object, Status, Reason, Stamped, Digest string }
	}
	if err := json.Unmarshal(command(verify...), &judged); err != nil {
		t.Fatal(err)
	}
	if len(judged.Documents) != len(all) {
		t.Fatalf("%d results for %d objects", len(judged.Documents), len(all))
	}
	states, kinds := map[string]int{}, map[string]int{}
	for i, d := range judged.Documents {
		v := all[i]
		payload := payloadOf(t, filepath.Join(dir, v.File), v.ObjType)
		sum := sha256.Sum256(payload)
		if d.Object != v.Object || d.Kind != v.ObjType || d.Digest != hex.EncodeToString(sum[:]) || d.Stamped != d.Digest {
			t.Errorf("%s: %+v, want the digest %x", v.File, d, sum)
		}
		want := "pending"
		if slices.ContainsFunc(v.claims(), func(c string) bool { return strings.HasPrefix(c, "bitcoin ") }) {
			want = "undecided" // no header of its block is at hand
		}
		if d.Status != want {
			t.Errorf("%s: %s (%s), want %s", v.File, d.Status, d.Reason, want)
		}
		states[d.Status]++
		kinds[d.Kind]++
	}
	t.Logf("%d objects (%v), all of them for their object's bytes: %v", len(all), kinds, states)
	if len(all) != 245 || states["pending"] != 243 || states["undecided"] != 2 {
		t.Errorf("%d objects, %v: the corpus is not what it was", len(all), states)
	}
}

func checkGitInfo(t *testing.T, v gitVerdict, out []byte) {
	t.Helper()
	var info struct {
		Proof struct {
			Claims []struct {
				Kind, URI, Message string
				Height             uint64
			}
		}
		Timestamp struct {
			Kind, Object, Version string
			PGP                   bool
			Trailing              int
		}
	}
	if err := json.Unmarshal(out, &info); err != nil {
		t.Fatalf("%s: %v: %s", v.File, err, out)
	}
	ts := info.Timestamp
	if ts.Kind != v.ObjType || ts.Object != v.Object || ts.Version != fmt.Sprintf("1.%d", v.Minor) || !ts.PGP || ts.Trailing != v.Trailing {
		t.Errorf("%s: %+v; the reference says 1.%d, %d bytes behind the tree", v.File, ts, v.Minor, v.Trailing)
	}
	var claims []string
	for _, c := range info.Proof.Claims {
		claims = append(claims, fmt.Sprintf("%s %s %d %s", c.Kind, c.URI, c.Height, c.Message))
	}
	slices.Sort(claims)
	if diff := cmp.Diff(v.claims(), slices.Compact(claims)); diff != "" {
		t.Errorf("%s: claims (-reference +ours):\n%s", v.File, diff)
	}
}

// payloadOf takes the signature out of an object by other means than ours.
func payloadOf(t *testing.T, file, kind string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	if kind == "tag" {
		before, _, ok := strings.Cut(text, "-----BEGIN PGP SIGNATURE-----")
		if !ok {
			t.Fatalf("%s: no signature", file)
		}
		return []byte(before)
	}
	var kept strings.Builder
	head, message, _ := strings.Cut(text, "\n\n")
	within := false
	for line := range strings.Lines(head + "\n") {
		within = strings.HasPrefix(line, "gpgsig ") || within && strings.HasPrefix(line, " ")
		if !within {
			kept.WriteString(line)
		}
	}
	return []byte(kept.String() + "\n" + message)
}
