package calendar

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/fetch"
	"github.com/openllmo/git-anchor/internal/ots"
)

// answer is a line of the corpus: what a calendar answered to what was asked.
type answer struct {
	URI        string
	Digest     string `json:"digest_posted"`
	Commitment string
	Response   string `json:"response_hex"`
	Heights    []uint64
}

func answers(t *testing.T, name string) []answer {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(corpus.Dir(t), "calendar", name))
	if err != nil {
		t.Fatal(err)
	}
	var all []answer
	for lines := json.NewDecoder(bytes.NewReader(data)); ; {
		var a answer
		if err := lines.Decode(&a); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, a)
	}
	if len(all) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return all
}

func decode(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The calendars of the corpus that the allow-list lacks, as the reference's does.
const (
	oldServer = "https://ots.eternitywall.it"
	withSlash = "https://ltc.calendar.catallaxy.com/"
)

// Real answers to POST /digest, sent by a loopback pool.
func TestCorpusSubmit(t *testing.T) {
	all := answers(t, "post_digest.jsonl")
	var body []byte
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(body) })
	c := &Client{Fetch: fetch.New(fetch.Config{Backoff: 1}), Policy: Policy{Exact: []string{s.URL, oldServer, withSlash}}}
	for _, a := range all {
		if got := (Policy{}).MayAsk(a.URI); got != (a.URI != oldServer && a.URI != withSlash) {
			t.Errorf("MayAsk(%q) = %v", a.URI, got)
		}
		body = decode(t, a.Response)
		got, err := c.Submit(t.Context(), decode(t, a.Digest), []string{s.URL}, Options{})
		if err != nil {
			t.Fatalf("%s: %v: %v", a.Digest, err, got)
		}
		if !slices.Equal(got[0].Names, []string{a.URI}) || !bytes.Equal(got[0].Tree.Bytes(), body) {
			t.Errorf("%s: names %q, want %q and all that was sent", a.Digest, got[0].Names, a.URI)
		}
	}
	t.Logf("%d answers", len(all))
}

// Real answers to GET /timestamp, sent by a loopback calendar.
func TestCorpusComplete(t *testing.T) {
	all := answers(t, "get_timestamp.jsonl")
	bodies := make(map[string][]byte)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if body, ok := bodies[strings.TrimPrefix(r.URL.Path, "/timestamp/")]; ok {
			w.Write(body)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	c := regtest(s.URL)
	for _, a := range all {
		if got := (Policy{}).MayAsk(a.URI); got != (a.URI != oldServer) {
			t.Errorf("MayAsk(%q) = %v", a.URI, got)
		}
		bodies[a.Commitment] = decode(t, a.Response)
		tree, err := c.Complete(t.Context(), s.URL, decode(t, a.Commitment))
		if err != nil {
			t.Fatalf("%s: %v", a.Commitment, err)
		}
		var heights []uint64
		for _, claim := range tree.Claims() {
			if claim.Attestation.Kind() == ots.KindBitcoin {
				heights = append(heights, claim.Attestation.Height())
			}
		}
		slices.Sort(heights)
		if slices.Sort(a.Heights); !slices.Equal(heights, a.Heights) {
			t.Errorf("%s: heights %v, want %v", a.Commitment, heights, a.Heights)
		}
	}
	t.Logf("%d answers", len(all))
}
