package action

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The harness would be worth nothing if it did not notice what the scenarios
// look for.

// pushAs pushes HEAD with a token, and returns what git says.
func (w *world) pushAs(token, ref string) (string, error) {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), "git", "push", w.host.url+"/"+repository, "HEAD:"+ref)
	cmd.Dir = w.dir
	cmd.Env = append(isolated(), "GIT_SSL_CAINFO="+w.host.cert, "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=http.extraheader",
		"GIT_CONFIG_VALUE_0=AUTHORIZATION: basic "+basic(token))
	said, err := cmd.CombinedOutput()
	return string(said), err
}

// ask sends JSON to the API and returns the answer.
func (w *world) ask(method, path, token string, body any) (int, string) {
	w.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		w.Fatal(err)
	}
	r, err := http.NewRequestWithContext(w.Context(), method, w.host.url+path, bytes.NewReader(raw))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := w.host.client.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		w.Fatal(err)
	}
	return answer.StatusCode, string(said)
}

func TestHost(t *testing.T) {
	w := newWorld(t, tools{})
	w.write("README.md", "first\n")
	first := w.commit("First")
	for _, c := range []struct{ name, token, says string }{
		{"unknown token", "x", "Authentication failed|could not read Username"},
		{"read-only token", w.host.mayRead, "403"},
		{"token that may write", w.host.mayWrite, "new branch"},
	} {
		said, err := w.pushAs(c.token, "refs/heads/main")
		if matched := matches(c.says, said); !matched || (err == nil) != (c.token == w.host.mayWrite) {
			t.Errorf("%s: %v: %s", c.name, err, said)
		}
	}
	w.host.protect("main")
	w.write("README.md", "second\n")
	w.commit("Second")
	if said, err := w.pushAs(w.host.mayWrite, "refs/heads/main"); err == nil || !strings.Contains(said, "GH006") {
		t.Errorf("protected: %v: %s", err, said)
	}
	w.host.requests = nil // of the unknown token

	commit := func(token, oid string) (int, string) {
		input := map[string]any{
			"branch":          map[string]any{"repositoryNameWithOwner": repository, "branchName": "main"},
			"expectedHeadOid": oid, "message": map[string]any{"headline": "By the API"},
			"fileChanges": map[string]any{"additions": []any{map[string]any{"path": "a/b.ots", "contents": base64.StdEncoding.EncodeToString([]byte("b"))}}},
		}
		return w.ask("POST", "/api/graphql", token, map[string]any{"query": "mutation($input:CreateCommitOnBranchInput!){createCommitOnBranch(input:$input){commit{oid}}}", "variables": map[string]any{"input": input}})
	}
	for _, c := range []struct{ name, token, oid, says string }{
		{"stale", w.host.mayWrite, strings.Repeat("1", 40), "STALE_DATA"},
		{"read-only", w.host.mayRead, first, "FORBIDDEN"},
		{"right", w.host.mayWrite, first, `"oid":"[0-9a-f]{40}"`},
		{"twice", w.host.mayWrite, first, "STALE_DATA"},
	} {
		if status, said := commit(c.token, c.oid); status != http.StatusOK || !matches(c.says, said) {
			t.Errorf("API, %s: %d %s", c.name, status, said)
		}
	}
	w.committed(first, "a/b.ots")
	open := map[string]any{"title": "Proofs", "head": "main", "base": "main"}
	if status, said := w.ask("POST", "/api/v3/repos/"+repository+"/pulls", w.host.mayWrite, open); status != http.StatusCreated {
		t.Errorf("pull request: %d %s", status, said)
	}
	if _, said := w.ask("GET", "/api/v3/repos/"+repository+"/pulls?state=open&head="+owner+":main&base=main", w.host.mayRead, nil); !matches(`"number":1,.*"Proofs"`, said) {
		t.Errorf("pull requests: %s", said)
	}
}

func TestRunner(t *testing.T) {
	act := os.Getenv("ACT")
	if act == "" {
		t.Skip("ACT is not set: no runner")
	}
	bin := t.TempDir()
	recordSteps(t, bin)
	w := newWorld(t, tools{act: act, action: "testdata/probe", path: bin + string(os.PathListSeparator) + os.Getenv("PATH")})
	w.write("README.md", "first\n")
	first := w.commit("First")
	w.push()
	l := w.act(w.pushed(nil))
	l.want(false)
	l.output("told", first)
	l.says("^at " + w.host.url + " on refs/heads/main$")
	l.annotated("error", "a b.md", `^Title:: two\nlines$`)
	if got := l.summary(); got != "# Summary\n" {
		t.Errorf("summary %q", got)
	}
	if got := l.results(); got["run"] != "success" || got["commit"] != "failure" {
		t.Errorf("results %v", got)
	}
	l.says("^hidden$")
	l.says("^shown$")
	if got := w.host.head("probe"); got != first {
		t.Errorf("the step pushed %q", got)
	}
	if asked := w.outside.asked(); len(asked) == 0 {
		t.Error("the step asked example.org, and nobody noticed")
	}
	w.outside.forget()
	j := w.pushed(nil)
	j.token = w.host.mayRead
	w.act(j).says("403")
	w.outside.forget()
}
