package anchor

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
		d, err := s.session().Dossier(t.Context(), filepath.Join(s.work, path), "", false, 0)
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
		want := "the proof is there: Bitcoin block " + strings.Join(heights, ", ")
		if err != nil || len(list) != 2 || list[1].Kind != evidence.KindStamp || list[1].Claim != want {
			t.Errorf("%d blocks: %v, %+v", maxTouched+extra, err, list)
		}
	}
}
