package anchor

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// configured makes so many commits, each of another configuration.
func (s *site) configured(count int, text string) {
	s.t.Helper()
	var stream strings.Builder
	for i := range count {
		content := fmt.Sprintf("# %d\n%s", i, text)
		fmt.Fprintf(&stream, "commit refs/heads/main\ncommitter Ann <ann@example.org> %d +0000\ndata 6\nchange\n", 2_000_000_000+i)
		if i == 0 {
			fmt.Fprintf(&stream, "from refs/heads/main^0\n")
		}
		fmt.Fprintf(&stream, "M 100644 inline .git-anchor.toml\ndata %d\n%s\n", len(content), content)
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Stdin = s.work, strings.NewReader(stream.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("git fast-import: %v: %s", err, out)
	}
	s.git(s.work, "reset", "--quiet", "--hard")
}

// A registry that moved by its configuration alone is found within as many changes
// of that as are looked at; past them it is said that nothing is known.
func TestLayoutsLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		months, _ := monthsOf(t, "2026-01", 1)
		s := newSite(t, months)
		s.configured(maxLayouts+extra, "[ots]\nregistry_path = \"other\"\nproofs_path = \"others\"\n")
		_, v, err := s.session().VerifyRegistry(t.Context(), RegistryOptions{Rev: "main"})
		if err != nil {
			t.Fatal(err)
		}
		found := len(v.Findings) == 1 && strings.HasPrefix(v.Findings[0], "other holds no month, and the registry was at registries: ")
		unknown := len(v.Notes) == 1 && v.Notes[0] == "whether the registry was elsewhere once is not known: only the last 100 changes of .git-anchor.toml were looked at"
		if found != (extra == 0) || unknown != (extra == 1) {
			t.Errorf("%d changes: findings %q, notes %q", maxLayouts+extra, v.Findings, v.Notes)
		}
	}
}

// A file with a table is read up to a limit, and never written past it unread.
func TestTableFileLimit(t *testing.T) {
	begin, end := StatusTable.lines()
	for _, extra := range []int{0, 1} {
		text := begin + "\n" + end + "\n"
		text += strings.Repeat("x", maxTableFile+extra-len(text))
		s := newSite(t, files{"README.md": text})
		_, changed, err := s.session().WriteTable(filepath.Join(s.work, "README.md"), StatusTable, "| a |")
		now := s.read("README.md")
		if extra == 0 && (err != nil || !changed || !strings.HasPrefix(now, begin+"\n| a |\n"+end)) {
			t.Errorf("at the limit: %v, %v: %.80q", changed, err, now)
		}
		if extra == 1 && (!errors.Is(err, gitrepo.ErrTooLarge) || now != text) {
			t.Errorf("past the limit: %v: %.80q", err, now)
		}
	}
}

// The title of a document is looked up where that is not too large; it is a
// certificate's without one otherwise.
func TestDossierTitleLimit(t *testing.T) {
	const path = "content/spec/lips/lip-0001.md"
	for _, extra := range []int{0, 1} {
		text := fmt.Sprintf(headed, 1, 1)
		text += strings.Repeat("x", maxTitled+extra-len(text))
		s := newSite(t, files{path: text, path + ".ots": proofOf(t, text, "alice")})
		d, err := s.session().Dossier(t.Context(), filepath.Join(s.work, path), DossierOptions{})
		want := "Number 1"
		if extra > 0 {
			want = ""
		}
		if err != nil || d.Result.Outcome.Status != verify.Pending || d.Size != int64(len(text)) || d.Title != want {
			t.Errorf("%d bytes: %v, %v, title %q, want %q", len(text), err, d.Result.Outcome.Status, d.Title, want)
		}
	}
}

// custody is the log of the record a, at HEAD.
func (s *site) custody() ([]evidence.Entry, error) {
	s.t.Helper()
	session := s.session()
	c, err := session.Repo.Resolve(s.t.(*testing.T).Context(), "HEAD")
	if err != nil {
		s.t.Fatal(err)
	}
	session.Judge.Chain = bitcoin.NewChain(bitcoin.Mainnet(), bitcoin.Options{})
	return session.Custody(s.t.(*testing.T).Context(), c, "a")
}

// An entry of a custody log names a few files of a commit, and counts the others.
func TestCustodyFilesLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		f, names := files{}, []string{}
		for i := range maxTouched + extra {
			name := fmt.Sprintf("attachments/%02d.txt", i)
			f["evidence/a/"+name] = "x"
			if i < maxTouched {
				names = append(names, name)
			}
		}
		if extra > 0 {
			names = append(names, "1 more")
		}
		list, err := newSite(t, f).custody()
		if err != nil || len(list) != 1 || !strings.HasPrefix(list[0].Claim, `"change" touched `+strings.Join(names, ", ")+"; author ") {
			t.Errorf("%d files: %v, %+v", maxTouched+extra, err, list)
		}
	}
}

// Nor are the heights of more blocks named.
func TestCustodyBlocksLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		tree := &ots.Tree{Msg: make([]byte, 32)}
		var heights []string
		for i := range maxTouched + extra {
			height := 800_000 + uint64(i)
			tree.Attestations = append(tree.Attestations, ots.BitcoinAt(height))
			if i < maxTouched {
				heights = append(heights, fmt.Sprint(height))
			}
		}
		p := &ots.Proof{Hash: ots.SHA256, Digest: tree.Msg, Tree: tree}
		list, err := newSite(t, files{"evidence/a/record.json": "{}", "evidence/a/record.json.ots": string(p.Bytes())}).custody()
		if extra > 0 {
			heights = append(heights, fmt.Sprintf("%d more", extra))
		}
		want := "the proof is there: Bitcoin block " + strings.Join(heights, ", ")
		if err != nil || len(list) != 2 || list[1].Kind != evidence.KindStamp || list[1].Claim != want {
			t.Errorf("%d blocks: %v, %+v", maxTouched+extra, err, list)
		}
	}
}

// Calendars that are not known are named up to a number, and the others counted.
func TestUnknownCalendarsLimit(t *testing.T) {
	good, roots := monthsOf(t, "2026-01", 1)
	month := good["registries/2026-01.json"]
	for _, extra := range []int{0, 1} {
		names, urls := []string{}, []string{}
		for i := range maxUnknown + extra {
			names = append(names, fmt.Sprintf("c%d", i))
			urls = append(urls, fmt.Sprintf("https://c%d.example", i))
		}
		s := newSite(t, files{"registries/2026-01.json": month, "proofs/2026-01.json.ots": proofOf(t, month, names...)})
		session := registrySession(t, s.work, monthlyChain(t, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots))
		session.Calendars = &calendar.Client{}
		_, v, err := session.VerifyRegistry(t.Context(), RegistryOptions{VerifyOptions: VerifyOptions{NoUpgrade: true}})
		if err := errors.Join(err, session.Repo.Close()); err != nil {
			t.Fatal(err)
		}
		want := "not known: " + strings.Join(urls[:maxUnknown], ", ")
		if extra > 0 {
			want += " and 1 more"
		}
		want += ", and no block holds the proof (git config --add anchor.calendar names one that you trust)"
		if got := v.Months[0].Steps[StepCalendars]; got != (Step{State: StepFailed, Text: want}) {
			t.Errorf("%d calendars: %+v, want %s", maxUnknown+extra, got, want)
		}
	}
}

// For so many proofs that cannot be read, history is asked for one that can.
func TestUnreadableLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		good, bad := files{}, files{}
		for i := range maxUnreadable + extra {
			name := fmt.Sprintf("docs/%02d.md", i)
			good[name], good[name+".ots"], bad[name+".ots"] = name, proofOf(t, name, "alice"), "x"
		}
		s := newSite(t, good)
		s.commit(bad)
		run, err := s.session().Verify(t.Context(), Selection{All: true}, VerifyOptions{NoUpgrade: true, NoSearch: true})
		told := 0
		for _, r := range run.Results {
			for _, n := range r.Notes {
				if strings.HasSuffix(n, " held a proof of these bytes that can be read") {
					told++
				}
			}
		}
		if err != nil || len(run.Results) != maxUnreadable+extra || told != maxUnreadable {
			t.Errorf("%d proofs: %d results, %d told of, %v", maxUnreadable+extra, len(run.Results), told, err)
		}
	}
}

// A proof that waits for so many promises takes no further ones.
func TestPromisedLimit(t *testing.T) {
	for _, extra := range []int{0, 1} {
		const uri = "https://c.example"
		s := &Session{Calendars: &calendar.Client{Policy: calendar.Policy{Exact: []string{uri}}}}
		c := s.completer(false)
		p := withPending(t, uri, maxPromised-1+extra)
		first := verify.Waiting(p.Tree)[0]
		promise, err := ots.PendingAt("https://d.example")
		if err != nil {
			t.Fatal(err)
		}
		c.answers[question{first.URI, string(first.Commitment)}] = &answer{promises: &ots.Tree{Msg: first.Commitment, Attestations: []ots.Attestation{promise}}}
		if g := c.grow(t.Context(), p); (g.proof != nil) != (extra == 0) {
			t.Errorf("%d promises: grown %v, notes %q", maxPromised-1+extra, g.proof != nil, g.notes)
		}
	}
}

// Files of an extra may have so many bytes in all.
func TestExtraBytesLimit(t *testing.T) {
	if err := checkExtraSize(1, maxExtraBytes); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if err := checkExtraSize(1, maxExtraBytes+1); !errors.Is(err, gitrepo.ErrTooLarge) {
		t.Errorf("past the limit: %v", err)
	}
}

// A plan is tried so often on a branch that others move.
func TestPublishTries(t *testing.T) {
	for _, moved := range []int{maxTries - 1, maxTries} {
		s := newSite(t, files{"a.md": "1"})
		plan, tip := s.planOf("x", "a.md"), s.tip()
		d := delivery(tip, "main")
		d.Jitter = func(int) time.Duration { return 0 }
		advance, tries := d.Advance, 0
		d.Advance = func(ctx context.Context, parent gitrepo.Commit, f []gitrepo.NewFile, message string) (string, error) {
			if tries++; tries <= moved {
				return "", gitrepo.ErrMoved
			}
			return advance(ctx, parent, f, message)
		}
		got, err := Publish(t.Context(), tip, plan, Extra{}, d)
		if errors.Is(err, gitrepo.ErrMoved) != (moved == maxTries) || got.Attempts != maxTries {
			t.Errorf("moved %d times: %+v, %v", moved, got, err)
		}
	}
}
