package anchor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
)

func bot() gitrepo.Identity { return gitrepo.Identity{Name: "Bot", Email: "bot@example.org"} }

// delivery pushes to a branch and does not wait.
func delivery(tip *gitrepo.Tip, branch string) Delivery {
	return Delivery{
		Branch: branch, Identity: bot(), Network: bitcoin.Regtest(), Advance: PushTo(tip, branch, bot()),
		Jitter: func(int) time.Duration { return 0 },
	}
}

// planOf plans proofs of documents of the clone's HEAD, each with a promise of
// the calendar.
func (s *site) planOf(calendar string, docs ...string) Plan {
	s.t.Helper()
	session := s.session()
	var written []string
	for _, doc := range docs {
		proof := session.Config.ProofPath(doc)
		s.write(files{proof: proofOf(s.t, s.git(s.work, "show", "HEAD:"+doc), calendar)})
		written = append(written, proof)
	}
	plan, err := session.Plan(s.t.(*testing.T).Context(), Run{Written: written})
	if err != nil {
		s.t.Fatal(err)
	}
	return plan
}

// A plan is one commit on the branch as it is now, of nothing but its files; the
// clone stays as it is.
func TestPublish(t *testing.T) {
	s := newSite(t, files{"a.md": "1", "b.md": "1", "b.md.ots": proofOf(t, "1", "x"), "index": "1"})
	plan := s.planOf("y", "a.md", "b.md")
	plan.Headers = []byte(headersOf(5000))
	before := s.git(s.work, "status", "--porcelain")
	at := s.land("main", files{"other": "1"})
	tip := s.tip()
	d := delivery(tip, "main")
	d.SignOff = true
	extra := Extra{Files: []ExtraFile{{"index", s.git(s.work, "rev-parse", "HEAD:index"), []byte("2")}}}
	got, err := Publish(t.Context(), tip, plan, extra, d)
	if err != nil {
		t.Fatal(err)
	}
	want := Published{Commit: s.id("main"), Paths: []string{bitcoin.BundleFile, "a.md.ots", "b.md.ots", "index"}, Attempts: 1}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := s.changed(at, "main"); got != ".git-anchor.headers a.md.ots b.md.ots index" {
		t.Errorf("the commit changes %s", got)
	}
	if got := s.at("main", "b.md.ots"); got != proofOf(t, "1", "x", "y") {
		t.Errorf("b.md.ots is %q", got)
	}
	const message = "Anchor 2 documents\n\nSigned-off-by: Bot <bot@example.org>"
	if got := s.git(s.bare, "log", "-1", "--format=%P %an %ce%n%B", "main"); got != at+" Bot bot@example.org\n"+message+"\n" {
		t.Errorf("the commit is %s", got)
	}
	if after := s.git(s.work, "status", "--porcelain"); after != before {
		t.Errorf("the clone was\n%s\nand is\n%s", before, after)
	}
}

func TestPublishMessage(t *testing.T) {
	s := newSite(t, files{"a.md": "1", "b.md": "1", "b.md.ots": proofOf(t, "1", "x")})
	publish := func(plan Plan, message func([]string) string) string {
		t.Helper()
		tip := s.tip()
		d := delivery(tip, "main")
		d.Message = message
		if _, err := Publish(t.Context(), tip, plan, Extra{}, d); err != nil {
			t.Fatal(err)
		}
		return s.git(s.bare, "log", "-1", "--format=%B", "main")
	}
	for _, tt := range []struct {
		name    string
		plan    Plan
		message func([]string) string
		want    string
	}{
		{"new", s.planOf("x", "a.md"), nil, "Anchor a.md.ots\n"},
		{"grown", s.planOf("y", "b.md"), nil, "Upgrade b.md.ots\n"},
		{"headers", Plan{Headers: []byte(headersOf(5000))}, nil, "Keep block headers beside the proofs\n"},
		{"given", s.planOf("z", "a.md", "b.md"), func(paths []string) string { return "docs: " + strings.Join(paths, ", ") }, "docs: a.md.ots, b.md.ots\n"},
	} {
		if got := publish(tt.plan, tt.message); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// What the branch has already, or must not get, makes no commit.
func TestPublishNothing(t *testing.T) {
	s := newSite(t, files{"a.md": "1", "index": "1"})
	plan := s.planOf("x", "a.md")
	s.land("main", files{"a.md.ots": proofOf(t, "1", "x", "y")})
	at := s.id("main")
	tip := s.tip()
	extra := Extra{Files: []ExtraFile{{"index", s.git(s.work, "rev-parse", "HEAD:index"), []byte("2")}}}
	got, err := Publish(t.Context(), tip, plan, extra, delivery(tip, "main"))
	if d := cmp.Diff(Published{Attempts: 1}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	s.land("main", files{"a.md": "2", "a.md.ots": ""})
	got, err = Publish(t.Context(), tip, plan, extra, delivery(tip, "main"))
	want := Published{Attempts: 1, Dropped: []Dropped{{"a.md.ots", "its document changed meanwhile"}}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if s.id("main~1") != at {
		t.Error("a commit was made")
	}
	if _, err := Publish(t.Context(), tip, plan, extra, delivery(tip, "none")); !errors.Is(err, gitrepo.ErrNoCommit) {
		t.Errorf("no such branch: %v", err)
	}
}

// A branch that moves is planted on again, five times and no more.
func TestPublishMoved(t *testing.T) {
	for _, moves := range []int{1, 5, 6} {
		t.Run(fmt.Sprint(moves), func(t *testing.T) {
			s := newSite(t, files{"a.md": "1"})
			plan := s.planOf("x", "a.md")
			tip := s.tip()
			d := delivery(tip, "main")
			var waits []int
			d.Jitter = func(try int) time.Duration {
				waits = append(waits, try)
				return 0
			}
			left, push := moves, d.Advance
			d.Advance = func(ctx context.Context, c gitrepo.Commit, list []gitrepo.NewFile, message string) (string, error) {
				if left--; left >= 0 {
					s.land("main", files{"other": fmt.Sprint(left), "a.md.ots": proofOf(t, "1", fmt.Sprint("y", left))})
				}
				return push(ctx, c, list, message)
			}
			got, err := Publish(t.Context(), tip, plan, Extra{}, d)
			if moves > 5 {
				if !errors.Is(err, gitrepo.ErrMoved) || !strings.Contains(err.Error(), "others moved the branch main while a commit was made on it, 6 times") || got.Attempts != 6 || got.Commit != "" {
					t.Errorf("%+v, %v", got, err)
				}
				return
			}
			if err != nil || got.Attempts != moves+1 || got.Commit != s.id("main") || len(waits) != moves || waits[moves-1] != moves {
				t.Errorf("%+v, %v, waits %v", got, err, waits)
			}
			if want := proofOf(t, "1", "x", "y0"); s.at("main", "a.md.ots") != want || s.at("main", "other") != "0" {
				t.Errorf("a.md.ots is %q, want %q", s.at("main", "a.md.ots"), want)
			}
		})
	}
}

// Nothing but a moved branch is a reason to try again.
func TestPublishEnds(t *testing.T) {
	s := newSite(t, files{"a.md": "1"})
	plan := s.planOf("x", "a.md")
	tip := s.tip()
	d := delivery(tip, "main")
	refused := errors.New("refused")
	d.Advance = func(context.Context, gitrepo.Commit, []gitrepo.NewFile, string) (string, error) { return "", refused }
	if got, err := Publish(t.Context(), tip, plan, Extra{}, d); !errors.Is(err, refused) || got.Attempts != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	d.Advance = func(context.Context, gitrepo.Commit, []gitrepo.NewFile, string) (string, error) {
		return "", gitrepo.ErrMoved
	}
	d.Jitter = func(int) time.Duration {
		cancel()
		return time.Hour
	}
	if got, err := Publish(ctx, tip, plan, Extra{}, d); !errors.Is(err, context.Canceled) || got.Attempts != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Runs at the same time all land, and so does each claim on the same document.
func TestPublishRace(t *testing.T) {
	const writers = 3
	f := files{"shared.md": "1"}
	for i := range writers {
		f[fmt.Sprintf("d%d.md", i)] = fmt.Sprint(i)
	}
	s := newSite(t, f)
	var all sync.WaitGroup
	var calendars []string
	for i := range writers {
		name := fmt.Sprint("c", i)
		calendars = append(calendars, name)
		plan := s.planOf(name, fmt.Sprintf("d%d.md", i), "shared.md")
		tip := s.tip()
		d := delivery(tip, "main")
		d.Jitter = func(try int) time.Duration { return time.Duration(i*try) * 30 * time.Millisecond }
		all.Go(func() {
			if got, err := Publish(t.Context(), tip, plan, Extra{}, d); err != nil || got.Commit == "" {
				t.Errorf("writer %d: %+v, %v", i, got, err)
			}
		})
	}
	all.Wait()
	for i, name := range calendars {
		if s.at("main", fmt.Sprintf("d%d.md.ots", i)) != proofOf(t, fmt.Sprint(i), name) {
			t.Errorf("writer %d's proof is lost", i)
		}
	}
	if got := s.at("main", "shared.md.ots"); got != proofOf(t, "1", calendars...) {
		t.Errorf("of the shared document there is %q", got)
	}
}

func TestSignedOff(t *testing.T) {
	const by = "Signed-off-by: Ann <a@b>\n"
	ann := gitrepo.Identity{Name: "Ann", Email: "a@b"}
	for _, tt := range []struct {
		name, message string
		id            gitrepo.Identity
		want          string
	}{
		{"subject", "Anchor\n", ann, "Anchor\n\n" + by},
		{"like a trailer", "docs: anchor\n", ann, "docs: anchor\n\n" + by},
		{"body", "Anchor\n\nAll of it\nRefs: 1\n", ann, "Anchor\n\nAll of it\nRefs: 1\n\n" + by},
		{"trailers", "Anchor\n\nBody.\n\nRefs: #1\nCo-authored-by: B <b@c>\n", ann, "Anchor\n\nBody.\n\nRefs: #1\nCo-authored-by: B <b@c>\n" + by},
		{"there already", "Anchor\n\n" + by, ann, "Anchor\n\n" + by},
		{"hostile name", "Anchor\n", gitrepo.Identity{Name: "A\nSigned-off-by: Eve <e@e>\u2028x\x1b", Email: "a@b>\nx: y"}, "Anchor\n\nSigned-off-by: ASigned-off-by: Eve e@e\\u2028x <a@bx: y>\n"},
	} {
		if got := signedOff(tt.message, tt.id); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// A path cannot add a line to the message.
func TestPublishHostilePath(t *testing.T) {
	s := newSite(t, files{"a\n\nSigned-off-by: Eve <e@e>.md": "1"})
	plan := s.planOf("x", "a\n\nSigned-off-by: Eve <e@e>.md")
	tip := s.tip()
	if _, err := Publish(t.Context(), tip, plan, Extra{}, delivery(tip, "main")); err != nil {
		t.Fatal(err)
	}
	if got := s.git(s.bare, "log", "-1", "--format=%B", "main"); got != `Anchor a\n\nSigned-off-by: Eve <e@e>.md.ots`+"\n" {
		t.Errorf("message %q", got)
	}
}
