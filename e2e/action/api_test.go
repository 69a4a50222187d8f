package action

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
)

// A commitRequest is a createCommitOnBranch as GitHub's GraphQL takes it.
type commitRequest struct {
	Query     string
	Variables struct {
		Input struct {
			Branch struct {
				RepositoryNameWithOwner, BranchName string
			}
			ExpectedHeadOid string
			Message         struct{ Headline, Body string }
			FileChanges     struct {
				Additions []struct{ Path, Contents string }
				Deletions []struct{ Path string }
			}
		}
	}
}

// graphql commits on a branch that is where the request expects it to be.
func (h *host) graphql(w http.ResponseWriter, token string, body []byte) {
	var ask commitRequest
	switch err := json.Unmarshal(body, &ask); {
	case !h.knows(token):
		answer(w, http.StatusUnauthorized, map[string]any{"message": "Bad credentials"})
	case err != nil || !strings.Contains(ask.Query, "createCommitOnBranch"):
		answer(w, http.StatusBadRequest, map[string]any{"message": "Problems parsing JSON"})
	case token == h.mayRead:
		refuse(w, "FORBIDDEN", "Resource not accessible by integration")
	case ask.Variables.Input.Branch.RepositoryNameWithOwner != repository:
		refuse(w, "NOT_FOUND", "Could not resolve to a Repository with the name given.")
	default:
		h.pushing()
		id, err := h.commitOnBranch(ask)
		if err != nil {
			refuse(w, "STALE_DATA", err.Error())
			return
		}
		commit := map[string]any{"oid": id, "url": h.url + "/" + repository + "/commit/" + id}
		answer(w, http.StatusOK, map[string]any{"data": map[string]any{"createCommitOnBranch": map[string]any{"commit": commit}}})
	}
}

func refuse(w http.ResponseWriter, kind, message string) {
	answer(w, http.StatusOK, map[string]any{
		"data":   map[string]any{"createCommitOnBranch": nil},
		"errors": []any{map[string]any{"type": kind, "path": []string{"createCommitOnBranch"}, "message": message}},
	})
}

// commitOnBranch makes the commit and moves the branch, one at a time.
func (h *host) commitOnBranch(ask commitRequest) (string, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	in := ask.Variables.Input
	ref := "refs/heads/" + strings.TrimPrefix(in.Branch.BranchName, "refs/heads/")
	if h.head(strings.TrimPrefix(ref, "refs/heads/")) != in.ExpectedHeadOid {
		return "", fmt.Errorf("Expected branch to point to %q but it did not. Pull and try again.", in.ExpectedHeadOid)
	}
	index := []string{"GIT_INDEX_FILE=" + filepath.Join(h.t.TempDir(), "index")}
	inBare := func(stdin string, args ...string) string {
		return strings.TrimSpace(gitWith(h.t, stdin, h.bare, index, args...))
	}
	inBare("", "read-tree", in.ExpectedHeadOid)
	for _, file := range in.FileChanges.Additions {
		data, err := base64.StdEncoding.DecodeString(file.Contents)
		if err != nil {
			return "", err
		}
		blob := inBare(string(data), "hash-object", "-w", "--stdin")
		inBare("", "update-index", "--add", "--cacheinfo", "100644,"+blob+","+file.Path)
	}
	for _, file := range in.FileChanges.Deletions {
		inBare("", "update-index", "--force-remove", file.Path)
	}
	message := in.Message.Headline + "\n\n" + in.Message.Body
	id := inBare(message, "commit-tree", "-p", in.ExpectedHeadOid, inBare("", "write-tree"))
	inBare("", "update-ref", ref, id, in.ExpectedHeadOid)
	return id, nil
}

// A pull is a pull request of the host's.
type pull struct {
	Number int    `json:"number"`
	State  string `json:"state"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	URL    string `json:"html_url"`
	Head   branch `json:"head"`
	Base   branch `json:"base"`
}

type branch struct {
	Label string `json:"label"` // owner:name
	Name  string `json:"ref"`
}

// rest lists, opens and edits pull requests.
func (h *host) rest(w http.ResponseWriter, r *http.Request, token string, body []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	number := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/api/v3/repos/"+repository+"/pulls"), "/")
	switch {
	case !h.knows(token):
		answer(w, http.StatusUnauthorized, map[string]any{"message": "Bad credentials"})
	case r.Method == http.MethodGet && number == "":
		q, found := r.URL.Query(), []pull{}
		for _, p := range h.pulls {
			if q.Get("head") == p.Head.Label && (q.Get("base") == "" || q.Get("base") == p.Base.Name) && p.State == "open" {
				found = append(found, p)
			}
		}
		answer(w, http.StatusOK, found)
	case token == h.mayRead:
		answer(w, http.StatusForbidden, map[string]any{"message": "Resource not accessible by integration"})
	case r.Method == http.MethodPost && number == "":
		h.openPull(w, body)
	case r.Method == http.MethodPatch:
		i, err := strconv.Atoi(number)
		if err != nil || i < 1 || i > len(h.pulls) || json.Unmarshal(body, &h.pulls[i-1]) != nil {
			answer(w, http.StatusNotFound, map[string]any{"message": "Not Found"})
			return
		}
		answer(w, http.StatusOK, h.pulls[i-1])
	default:
		answer(w, http.StatusNotFound, map[string]any{"message": "Not Found"})
	}
}

// openPull opens a pull request between two branches that are there.
func (h *host) openPull(w http.ResponseWriter, body []byte) {
	var ask struct{ Title, Body, Head, Base string }
	if err := json.Unmarshal(body, &ask); err != nil || ask.Title == "" {
		answer(w, http.StatusBadRequest, map[string]any{"message": "Problems parsing JSON"})
		return
	}
	head := strings.TrimPrefix(ask.Head, owner+":")
	if h.head(head) == "" || h.head(ask.Base) == "" {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"message": "Validation Failed"})
		return
	}
	p := pull{
		Number: len(h.pulls) + 1, State: "open", Title: ask.Title, Body: ask.Body,
		Head: branch{owner + ":" + head, head}, Base: branch{owner + ":" + ask.Base, ask.Base},
	}
	p.URL = fmt.Sprintf("%s/%s/pull/%d", h.url, repository, p.Number)
	h.pulls = append(h.pulls, p)
	answer(w, http.StatusCreated, p)
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // whoever asked has gone
}
