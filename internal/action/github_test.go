package action

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// addresses is an environment that names the API.
func addresses(rest, graph string) func(string) string {
	set := map[string]string{"GITHUB_API_URL": rest, "GITHUB_GRAPHQL_URL": graph}
	return func(name string) string { return set[name] }
}

func TestGitHubAddresses(t *testing.T) {
	for _, tt := range []struct{ server, rest, graph, want string }{
		{"https://github.com", "https://api.github.com", "https://api.github.com/graphql", ""},
		{"https://ghe.example", "https://ghe.example/api/v3", "https://ghe.example/api/graphql", ""},
		{"https://sub.ghe.com", "https://api.sub.ghe.com", "https://api.sub.ghe.com/graphql", ""},
		{"http://127.0.0.1:1", "http://127.0.0.1:1/api", "http://127.0.0.1:1/graphql", ""},
		{"http://127.0.0.1:1", "http://127.0.0.1:2/api", "http://127.0.0.1:1/graphql", "GITHUB_API_URL is at \"127.0.0.1:2\", another server than the repository's, \"127.0.0.1:1\": the token is not sent there"},
		{"https://github.com", "https://evil.example", "https://api.github.com/graphql", "GITHUB_API_URL is at \"evil.example\", another server than the repository's, \"github.com\": the token is not sent there"},
		{"https://github.com", "https://api.github.com.evil.example", "https://api.github.com/graphql", "GITHUB_API_URL is at \"api.github.com.evil.example\", another server than the repository's, \"github.com\": the token is not sent there"},
		{"https://github.com", "http://api.github.com", "https://api.github.com/graphql", "GITHUB_API_URL is at \"api.github.com\", another server than the repository's, \"github.com\": the token is not sent there"},
		{"https://github.com", "https://api.github.com?x", "https://api.github.com/graphql", "GITHUB_API_URL is not the address of an API"},
		{"https://github.com", "https://api.github.com", "", "GITHUB_GRAPHQL_URL is not the address of an API"},
		{"https://github.com", "https://api.github.com", "https://u:p@api.github.com/graphql", "GITHUB_GRAPHQL_URL is not the address of an API"},
		{"http://ghe.example", "http://ghe.example/api/v3", "http://ghe.example/api/graphql", "plain http is allowed to loopback addresses only"},
	} {
		_, err := newGitHub(nil, Event{Server: tt.server, Repository: "o/r"}, "s3cret", addresses(tt.rest, tt.graph))
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s, %s, %s: error %v, want %s", tt.server, tt.rest, tt.graph, err, tt.want)
		}
	}
}

// api is GitHub's API with one answer to everything.
func api(t *testing.T, status int, answer string) (*github, *string) {
	t.Helper()
	asked := new(string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		*asked = r.Method + " " + r.URL.String() + " " + r.Header.Get("Authorization") + " " + string(raw)
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	g, err := newGitHub(fetch.New(fetch.Config{Backoff: time.Microsecond}), Event{Server: s.URL, Repository: "o/r"}, "t0ken", addresses(s.URL, s.URL+"/graphql"))
	if err != nil {
		t.Fatal(err)
	}
	return g, asked
}

func TestAsk(t *testing.T) {
	g, asked := api(t, http.StatusCreated, `{"number":9007199254740993,"html_url":"u"}`)
	var p pull
	if err := g.ask(t.Context(), http.MethodPost, g.rest+"/x", 1, proposal{Title: "T", Body: "B"}, &p); err != nil || p.Number != 9007199254740993 {
		t.Errorf("%+v, %v", p, err)
	}
	if want := `POST /x Bearer t0ken {"title":"T","body":"B"}`; *asked != want {
		t.Errorf("asked %s, want %s", *asked, want)
	}
	for _, tt := range []struct {
		status       int
		answer, want string
		is           error
	}{
		{http.StatusForbidden, `{"message":"Resource not accessible\u001b[2K"}`, `: Resource not accessible\x1b[2K`, gitrepo.ErrUnauthorized},
		{http.StatusUnauthorized, `<html>`, `: it gives no reason`, gitrepo.ErrUnauthorized},
		{http.StatusUnprocessableEntity, `{"message":"Validation Failed"}`, `GitHub's API: status 422: Validation Failed`, nil},
		{http.StatusOK, `[`, `GitHub's API: the answer is no JSON that we know`, nil},
		{http.StatusOK, strings.Repeat(" ", maxAnswer+1), `answer is larger than allowed`, fetch.ErrTooLarge},
		{http.StatusFound, ``, `redirect not followed`, fetch.ErrRedirect},
	} {
		g, _ := api(t, tt.status, tt.answer)
		err := g.ask(t.Context(), http.MethodGet, g.rest, 1, nil, &p)
		if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%d: error %v, want %s", tt.status, err, tt.want)
		}
	}
}

func TestGraphAnswer(t *testing.T) {
	one := func(kind, message string) string {
		raw, err := json.Marshal(map[string]any{"errors": []any{map[string]string{"type": kind, "message": message}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	var rejected *gitrepo.Rejected
	for name, tt := range map[string]struct {
		answer string
		holds  func(id string, err error) bool
	}{
		"made":       {`{"data":{"createCommitOnBranch":{"commit":{"oid":"` + aaaa + `"}}}}`, func(id string, err error) bool { return id == aaaa && err == nil }},
		"no id":      {`{"data":{"createCommitOnBranch":{"commit":{"oid":"x"}}}}`, func(_ string, err error) bool { return err.Error() == "GitHub's API: the answer names no commit" }},
		"nothing":    {`{"data":null}`, func(_ string, err error) bool { return err.Error() == "GitHub's API: the answer names no commit" }},
		"moved":      {one("", `Expected branch to point to "x" but it did not. Pull and try again.`), func(_ string, err error) bool { return err == gitrepo.ErrMoved }},
		"stale":      {one("STALE_DATA", "x"), func(_ string, err error) bool { return err == gitrepo.ErrMoved }},
		"protected":  {one("", "Repository rule violations found"), func(_ string, err error) bool { return errors.As(err, &rejected) }},
		"forbidden":  {one("FORBIDDEN", "x"), func(_ string, err error) bool { return errors.Is(err, gitrepo.ErrUnauthorized) }},
		"accessible": {one("", "Resource not accessible by integration"), func(_ string, err error) bool { return errors.Is(err, gitrepo.ErrUnauthorized) }},
		"else":       {one("", "x\ny"), func(_ string, err error) bool { return err.Error() == `GitHub's API: x\ny` }},
	} {
		var a graphAnswer
		if err := json.Unmarshal([]byte(tt.answer), &a); err != nil {
			t.Fatal(err)
		}
		if id, err := a.commit(); !tt.holds(id, err) {
			t.Errorf("%s: %s, %v", name, id, err)
		}
	}
}

func TestCommitInput(t *testing.T) {
	g := &github{owner: "o", name: "r"}
	in, err := g.input("main", aaaa, []gitrepo.NewFile{{Path: "a b", Data: []byte{0, 0xff}}}, "One\n\nTwo\nThree\n")
	raw, bad := json.Marshal(in)
	want := `{"branch":{"repositoryNameWithOwner":"o/r","branchName":"main"},"message":{"headline":"One","body":"Two\nThree"},"fileChanges":{"additions":[{"path":"a b","contents":"AP8="}]},"expectedHeadOid":"` + aaaa + `"}`
	if err != nil || bad != nil || string(raw) != want {
		t.Errorf("%s, %v, %v", raw, err, bad)
	}
	if _, err := g.input("main", aaaa, []gitrepo.NewFile{{Path: "\xff"}}, "x"); err == nil || err.Error() != `the API cannot commit "\xff", whose name is not UTF-8: use commit: push` {
		t.Errorf("error %v", err)
	}
	if _, err := g.input("main", aaaa, []gitrepo.NewFile{{Data: make([]byte, maxCommit)}}, "x"); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := g.input("main", aaaa, []gitrepo.NewFile{{Data: make([]byte, maxCommit)}, {Data: []byte{0}}}, "x"); err == nil || !strings.HasPrefix(err.Error(), "the files have 33554433 bytes, more than the 33554432") {
		t.Errorf("error %v", err)
	}
}
