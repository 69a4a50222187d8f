package anchor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/verify"
)

const headed = "---\nlip: %d\ntitle: Number %d\nstatus: Accepted\n---\ntext\n"

// overviewSite has one document more than two parts hold, of which one changed,
// one has a damaged proof, and one lost it.
func overviewSite(t *testing.T) *Session {
	t.Helper()
	f := files{}
	for i := 1; i <= 2*overviewPart+1; i++ {
		path := fmt.Sprintf("content/spec/lips/lip-%04d.md", i)
		f[path] = fmt.Sprintf(headed, i, i)
		f[path+".ots"] = proofOf(t, f[path], "alice")
	}
	s := newSite(t, f)
	s.commit(files{
		"content/spec/lips/lip-0003.md": "---\nlip: 3\ntitle: Another\nstatus: Accepted\n---\n", "content/spec/lips/lip-0700.md.ots": "x",
		"content/spec/lips/lip-0002.md.ots": "",
	})
	return s.session()
}

// Overview says what Status does, some at a time and none twice, and what LIPs
// say of themselves.
func TestOverview(t *testing.T) {
	s := overviewSite(t)
	want, err := s.Status(t.Context(), Selection{All: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []Result
	err = s.Overview(t.Context(), OverviewOptions{}, func(run Run) error {
		if len(run.Results) > overviewPart || run.Commit.ID != want.Commit.ID {
			t.Errorf("%d results at a time, of %s", len(run.Results), run.Commit.ID)
		}
		got = append(got, run.Results...)
		return nil
	})
	if err != nil || len(got) != 2*overviewPart+1 {
		t.Fatalf("%d results, %v", len(got), err)
	}
	if last := got[len(got)-1]; last.Path != "content/spec/lips/lip-0002.md" || last.Outcome.Status != verify.Missing {
		t.Errorf("what has no proof comes last: %s is %v", last.Path, last.Outcome.Status)
	}
	slices.SortFunc(got, func(a, b Result) int { return strings.Compare(a.Path, b.Path) })
	for i, r := range got {
		title := fmt.Sprintf("Number %d", i+1)
		if i == 2 {
			title = "Another"
		}
		if r.Heading != (Heading{title, "Accepted"}) {
			t.Errorf("%s is headed %q", r.Path, r.Heading)
		}
		got[i].Heading = Heading{}
		if diff := cmp.Diff(want.Results[i].Outcome, r.Outcome); diff != "" || want.Results[i].Path != r.Path {
			t.Errorf("%s: %s", r.Path, diff)
		}
	}
	stop := errors.New("enough")
	if err := s.Overview(t.Context(), OverviewOptions{}, func(Run) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("it goes on: %v", err)
	}
}
