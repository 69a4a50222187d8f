package report

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

// Tree writes what became of a directory that was to be anchored.
func (t Text) Tree(run anchor.Run, needed int) {
	for _, r := range run.Results {
		if r.Action == anchor.Would {
			fmt.Fprintf(t.Out, "%s\n", t.mark(fmt.Sprintf("would anchor %s of %s at %s", count(r.Tree.Files, "file"), show(r.Tree.Dir), run.Commit.ID)))
			return
		}
	}
	t.Stamp(run, needed)
	for _, r := range run.Results {
		if r.Action == anchor.Wrote {
			t.say("wrote %s   (%s of %s at %s)", show(r.Path), count(r.Tree.Files, "file"), show(r.Tree.Dir), run.Commit.ID)
		}
	}
}

// AfterTree says what to do once a directory was anchored.
func (t Text) AfterTree(run anchor.Run, committed bool) {
	for _, r := range run.Results {
		if r.Action != anchor.Wrote {
			continue
		}
		later := "\"" + t.completing([]anchor.Result{r}) + "\" later"
		if committed {
			t.say("  (%s completes it)", later)
			continue
		}
		files := []string{r.Path, r.Proof}
		if r.Earlier != "" {
			files = append(files, r.Earlier)
		}
		t.say("  (%s; then %s)", adding(files), later)
	}
}

// maxListed is how many files of a directory are listed by name.
const maxListed = 40

// TreeVerified writes the verdict on a directory and its anchor, then which files
// are not as they were anchored.
func (t Text) TreeVerified(run anchor.Run, c anchor.TreeCompared) {
	t.Verify(run)
	if c.Files == 0 || t.Quiet {
		return
	}
	if run.Results[0].Outcome.Status == verify.Changed && c.Anchor.Status != verify.Changed {
		first, second := headlines(c.Anchor, t.Regtest)
		t.say("    the anchor by itself: %s %s", first, second)
	}
	t.say("    %s of %s at %s: %d as anchored, %d changed, %d missing, %d not in the anchor", count(c.Files, "file"), show(c.Dir), run.Commit.ID, c.Same, len(c.Changed), len(c.Missing), len(c.Added))
	for _, list := range []struct {
		what  string
		paths []string
	}{{"changed", c.Changed}, {"missing", c.Missing}, {"not in the anchor", c.Added}} {
		for i, p := range list.paths {
			if i == maxListed && !t.Verbose {
				t.say("    %s: %d more (-v lists them)", list.what, len(list.paths)-i)
				break
			}
			t.say("    %s: %s", list.what, show(p))
		}
	}
	t.say("    (it shows that these files existed; that they are all of a commit's is what its maker said)")
}

// Derived says what a proof derived from that of a directory is good for.
func (t Text) Derived(d anchor.Derived) {
	if d.Wrote != "" {
		fmt.Fprintf(t.Out, "%s\n", t.mark("wrote "+show(d.Wrote)))
	}
	blocks, pending := 0, 0
	for _, c := range d.Proof.Claims() {
		switch c.Attestation.Kind() {
		case ots.KindBitcoin:
			blocks++
		case ots.KindPending:
			pending++
		}
	}
	for _, n := range d.Notes {
		t.say("    note: %s", show(n))
	}
	t.say("  (%s, %s; it shows that the bytes of %s existed; that they stood at this path is shown by %s and %s)",
		count(blocks, "Bitcoin claim"), count(pending, "pending claim"), show(d.Path), show(d.From), show(d.From+".ots"))
	if blocks == 0 {
		t.say("  (pending: complete %s with \"git anchor upgrade%s\" first, and derive it then)", show(d.From+".ots"), t.network()+" "+show(anchor.Quoted(d.From)))
	}
}

// treeJSON is the comparison of a directory with its anchor.
type treeJSON struct {
	Dir     string     `json:"dir"`
	Files   int        `json:"files"`
	Same    int        `json:"same"`
	Changed []pathJSON `json:"changed"`
	Missing []pathJSON `json:"missing"`
	Added   []pathJSON `json:"added"`
	Anchor  string     `json:"anchor"` // status of the manifest by itself
}

type pathJSON struct {
	Path  string `json:"path"`
	Bytes string `json:"path_base64,omitempty"`
}

func pathRow(p string) pathJSON {
	row := pathJSON{Path: p}
	if !utf8.ValidString(p) {
		row.Bytes = base64.StdEncoding.EncodeToString([]byte(p))
	}
	return row
}

func pathRows(paths []string) []pathJSON {
	rows := make([]pathJSON, 0, len(paths))
	for _, p := range paths {
		rows = append(rows, pathRow(p))
	}
	return rows
}

// FillTree puts the comparison of a directory with its anchor into the record.
func (rec *Record) FillTree(c anchor.TreeCompared) {
	if c.Files == 0 {
		return
	}
	rec.Tree = &treeJSON{Dir: c.Dir, Files: c.Files, Same: c.Same, Changed: pathRows(c.Changed), Missing: pathRows(c.Missing), Added: pathRows(c.Added), Anchor: c.Anchor.Status.String()}
}

// derivedJSON is a proof derived from a directory's.
type derivedJSON struct {
	pathJSON
	SHA256 string `json:"sha256"`
	From   string `json:"from"`
	Wrote  string `json:"wrote,omitempty"`
}

// FillDerived says in the record what a derived proof is about.
func (rec *Record) FillDerived(d anchor.Derived) {
	rec.Derived = &derivedJSON{pathRow(d.Path), hex.EncodeToString(d.Sum[:]), d.From, d.Wrote}
}
