package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

func briefOf(t *testing.T, run anchor.Run) (back briefing, size int) {
	t.Helper()
	line, err := Brief(run, "mainnet")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(line, "\n\r\x00\u2028\u202e") {
		t.Errorf("not one plain line: %q", line)
	}
	if err := json.Unmarshal(line, &back); err != nil {
		t.Fatal(err)
	}
	return back, len(line)
}

func TestBrief(t *testing.T) {
	run := every()
	run.Results = append(run.Results, anchor.Result{Path: forged, Outcome: verify.Outcome{Status: verify.Failed}})
	got, _ := briefOf(t, run)
	var words []string
	for _, row := range got.Documents {
		words = append(words, row.Status)
	}
	want := []string{"confirmed", "confirmed", "pending", "changed", "failed", "missing", "disputed", "undecided", "unsupported", "unjudged", "refused", "error", "not anchored", "failed"}
	if d := cmp.Diff(want, words); d != "" {
		t.Error(d)
	}
	height := uint64(0)
	if d := cmp.Diff(briefRow{Path: "confirmed.md", Status: "confirmed", Height: &height, Date: "2009-01-03", Rung: "explorer"}, got.Documents[0]); d != "" {
		t.Error(d)
	}
	if got.Truncated || got.Documents[13].PathBytes == "" {
		t.Errorf("truncated %v, last %+v", got.Truncated, got.Documents[13])
	}
	if got, _ := briefOf(t, anchor.Run{}); got.Documents == nil || got.Truncated {
		t.Errorf("nothing became %+v", got)
	}
}

// One byte too many, and the healthy ones are left out; then the others.
func TestBriefLimit(t *testing.T) {
	ill := anchor.Result{Path: "ill.md", Err: errors.New("x")}
	at := anchor.Run{Results: []anchor.Result{ill, {Path: "x", Unknown: true}}}
	_, size := briefOf(t, at)
	at.Results[1].Path = strings.Repeat("x", maxBrief-size+1)
	if got, size := briefOf(t, at); size != maxBrief || got.Truncated {
		t.Errorf("at the limit: %d bytes, truncated %v", size, got.Truncated)
	}
	at.Results[1].Path += "x"
	if got, _ := briefOf(t, at); !got.Truncated || len(got.Documents) != 1 || got.Documents[0].Path != "ill.md" {
		t.Errorf("past it: truncated %v, %d documents", got.Truncated, len(got.Documents))
	}
	var many anchor.Run
	for i := range 10000 {
		many.Results = append(many.Results, anchor.Result{Path: fmt.Sprintf("\u202e%0100d", i), Err: errors.New("x")})
	}
	got, size := briefOf(t, many)
	if !got.Truncated || size > maxBrief || size < maxBrief-200 {
		t.Errorf("%d documents in %d bytes, truncated %v", len(got.Documents), size, got.Truncated)
	}
}
