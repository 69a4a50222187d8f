package anchor

import (
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// plantedOn plants on the clone's HEAD.
func plantedOn(t *testing.T, s *site, plan Plan, extra Extra) *planting {
	t.Helper()
	repo := s.open()
	head, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlanting(t.Context(), repo, head, "", bitcoin.Regtest())
	if err != nil {
		t.Fatal(err)
	}
	if err := p.plan(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	if err := p.join(t.Context(), extra); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *planting) reasons() string {
	var all []string
	for _, d := range p.dropped {
		all = append(all, d.Path+": "+d.Reason)
	}
	return strings.Join(all, "\n")
}

// symlink puts a link into the index of the clone, whatever the system can do.
func (s *site) symlink(path, to string) {
	s.t.Helper()
	s.write(files{".link-target": to})
	id := s.git(s.work, "hash-object", "-w", "--no-filters", ".link-target")
	s.write(files{".link-target": ""})
	s.git(s.work, "update-index", "--add", "--cacheinfo", "120000,"+id+","+path)
	s.git(s.work, "commit", "--quiet", "-m", "link")
}

// One proof, planned when the document was "1", on what the branch holds by now.
func TestPlantProof(t *testing.T) {
	ours := promised(t, "1", "ours")
	earlier := SupersededPath("d/a.md", ours)
	both := promised(t, "1", "more", "ours").Bytes()
	const proof = "d/a.md.ots"
	for _, tt := range []struct {
		name   string
		tip    files
		before func(s *site) // of the plan
		after  func(s *site)
		change func(q *PlannedProof)
		want   files  // planted
		reason string // dropped
	}{
		{name: "new", tip: files{"d/a.md": "1"}, want: files{proof: string(ours.Bytes())}},
		{name: "same", tip: files{"d/a.md": "1", proof: string(ours.Bytes())}},
		{name: "more there", tip: files{"d/a.md": "1", proof: string(both)}},
		{name: "another there", tip: files{"d/a.md": "1", proof: proofOf(t, "1", "more")}, want: files{proof: string(both)}},
		{name: "edited", tip: files{"d/a.md": "2"}, reason: "its document changed meanwhile"},
		{name: "edited, and a proof there", tip: files{"d/a.md": "2", proof: proofOf(t, "1", "more")}, reason: "its document changed meanwhile"},
		{name: "document gone", tip: files{"b": "1"}, reason: "its document is not in the branch any more"},
		{name: "document is a link", tip: files{"b": "1"}, after: func(s *site) { s.symlink("d/a.md", "b") }, reason: "a symbolic link"},
		{name: "document is a directory", tip: files{"d/a.md/x": "1"}, reason: "a directory"},
		{name: "other digest", tip: files{"d/a.md": "1", proof: proofOf(t, "2", "x")}, reason: "the branch has a proof for other bytes there"},
		{name: "unreadable", tip: files{"d/a.md": "1", proof: "x"}, reason: "the branch has a proof there that cannot be read"},
		{name: "too large to read", tip: files{"d/a.md": "1", proof: strings.Repeat("x", ots.MaxProof+1)}, reason: "the branch has 1048577 bytes there, more than the 1048576 that are read"},
		{name: "merge too large", tip: files{"d/a.md": "1", proof: string(padded(t, ots.MaxWritten))}, reason: "it cannot be merged with the one that the branch has"},
		{name: "a link there", tip: files{"d/a.md": "1"}, after: func(s *site) { s.symlink(proof, "a.md") }, reason: "a symbolic link"},
		{name: "a directory there", tip: files{"d/a.md": "1", proof + "/x": "1"}, reason: "a directory"},
		{name: "deleted", tip: files{"d/a.md": "1"}, change: func(q *PlannedProof) { q.Old = someID }, reason: "it was deleted from the branch meanwhile"},
		{name: "changed", tip: files{"d/a.md": "1", proof: proofOf(t, "1", "more")}, change: func(q *PlannedProof) { q.Old = someID }, want: files{proof: string(both)}},
		{
			name: "superseded", tip: files{"d/a.md": "2", earlier: proofOf(t, "1", "more")},
			change: func(q *PlannedProof) { q.Old = someID }, want: files{earlier: string(both)},
		},
		{
			name: "superseded and anchored anew", tip: files{"d/a.md": "2", proof: proofOf(t, "2", "x"), earlier: proofOf(t, "1", "more")},
			want: files{earlier: string(both)},
		},
		{name: "superseded as it is", tip: files{"d/a.md": "2", proof: proofOf(t, "2", "x"), earlier: string(both)}},
		{
			name: "what is superseded is another", tip: files{"d/a.md": "2", earlier: proofOf(t, "3", "x")},
			change: func(q *PlannedProof) { q.Old = someID }, reason: "it was deleted from the branch meanwhile",
		},
		{name: "superseded by a link", tip: files{"d/a.md": "1"}, after: func(s *site) { s.symlink(earlier, "a.md") }, want: files{proof: string(ours.Bytes())}},
		{
			name: "of an earlier version", tip: files{"d/a.md": "2", earlier: proofOf(t, "1", "more")},
			change: func(q *PlannedProof) { q.Path, q.Document, q.Blob, q.Old = earlier, "", "", someID }, want: files{earlier: string(both)},
		},
		{
			name: "of an earlier version, gone", tip: files{"d/a.md": "2"},
			change: func(q *PlannedProof) { q.Path, q.Document, q.Blob, q.Old = earlier, "", "", someID }, reason: "it was deleted from the branch meanwhile",
		},
		{name: "for other bytes", tip: files{"d/a.md": "1"}, change: func(q *PlannedProof) { q.Proof = promised(t, "2", "x").Bytes() }, reason: "it is not for the bytes of its document"},
		{name: "too large to write", tip: files{"d/a.md": "1"}, change: func(q *PlannedProof) { q.Proof = padded(t, ots.MaxWritten+1) }, reason: "the proof would have 65537 bytes"},
		{name: "as large as can be", tip: files{"d/a.md": "1"}, change: func(q *PlannedProof) { q.Proof = padded(t, ots.MaxWritten) }, want: files{proof: string(padded(t, ots.MaxWritten))}},
		{
			name: "a directory is a file now", tip: files{"d/a.md": "1", "proofs": "x"},
			change: func(q *PlannedProof) { q.Path = "proofs/x/a.md.ots" }, reason: `"proofs" is a file in the branch`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, tt.tip)
			if tt.after != nil {
				tt.after(s)
			}
			s.write(files{"one": "1"})
			q := PlannedProof{Path: proof, Document: "d/a.md", Blob: s.git(s.work, "hash-object", "one"), Proof: ours.Bytes()}
			if tt.change != nil {
				tt.change(&q)
			}
			p := plantedOn(t, s, Plan{Registries: "registries", RegistryProofs: "proofs", Proofs: []PlannedProof{q}}, Extra{})
			got := files{}
			for path, data := range p.files {
				got[path] = string(data)
			}
			if d := diff(tt.want, got); d != "" && len(tt.want)+len(got) > 0 {
				t.Error(d)
			}
			if why := p.reasons(); (why == "") != (tt.reason == "") || !strings.Contains(why, tt.reason) {
				t.Errorf("dropped %q, want %q", why, tt.reason)
			}
		})
	}
}

// Headers are the union of what the branch has and ours.
func TestPlantHeaders(t *testing.T) {
	for _, tt := range []struct {
		name, tip, ours string
		want            string // planted
		reason          string
	}{
		{"none there", "", headersOf(5000), headersOf(5000), ""},
		{"others there", headersOf(2500), headersOf(5000), headersOf(2500, 5000), ""},
		{"the same there", headersOf(5000), headersOf(5000), "", ""},
		{"more there", headersOf(2500, 5000), headersOf(5000), "", ""},
		{"nothing of use", "", headersOf(1 << 30), "", ""},
		{"empty", "", headersOf(), "", ""},
		{"damaged there", "x", headersOf(5000), "", "the one that the branch has is left alone: " + bitcoin.ErrNotBundle.Error()},
		{"damaged", "", "x", "", bitcoin.ErrNotBundle.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, files{"a": "1", bitcoin.BundleFile: tt.tip})
			p := plantedOn(t, s, Plan{Headers: []byte(tt.ours)}, Extra{})
			if got := string(p.files[bitcoin.BundleFile]); got != tt.want {
				t.Errorf("planted %q, want %q", got, tt.want)
			}
			why := p.reasons()
			if why != "" && tt.reason != "" {
				tt.reason = bitcoin.BundleFile + ": " + tt.reason
			}
			if (why == "") != (tt.reason == "") || !strings.HasPrefix(why, tt.reason) {
				t.Errorf("dropped %q, want %q", why, tt.reason)
			}
		})
	}
}

// Extra files join proofs, where the branch still has what the command saw.
func TestPlantExtra(t *testing.T) {
	s := newSite(t, files{
		"a.md": "1", "index": "1", "same": "2", "anchored.md": "1", "anchored.md.ots": proofOf(t, "1", "x"), "dir/x": "1",
		"registries/2026-01.json": "1", "proofs/2026-01.json.ots": proofOf(t, "1", "x"),
	})
	s.symlink("link", "index")
	one := s.git(s.work, "rev-parse", "HEAD:a.md")
	plan := Plan{Registries: "registries", RegistryProofs: "proofs", Proofs: []PlannedProof{
		{Path: "a.md.ots", Document: "a.md", Blob: one, Proof: promised(t, "1", "x").Bytes()},
		{Path: "z/y.md.ots", Proof: promised(t, "1", "x").Bytes()},
	}}
	extra := Extra{Files: []ExtraFile{
		{"index", one, []byte("2")},
		{"new", "", []byte("2")},
		{"same", one, []byte("2")},
		{"a.md", one, []byte("2")},
		{"anchored.md", one, []byte("2")},
		{"registries/2026-01.json", one, []byte("2")},
		{"moved/index", one, []byte("2")},
		{"dir/x", "", []byte("2")},
		{"dir", "", []byte("2")},
		{"index/x", "", []byte("2")},
		{"link", "", []byte("2")},
		{"z", "", []byte("2")},
		{"new/x", "", []byte("2")},
		{".github/x", "", []byte("2")},
		{"b.ots", "", []byte("2")},
	}}
	p := plantedOn(t, s, plan, extra)
	_, paths := p.list()
	if got, want := strings.Join(paths, " "), "a.md.ots index new z/y.md.ots"; got != want {
		t.Errorf("planted %s, want %s", got, want)
	}
	want := []string{
		"a.md: it is an anchored document", "anchored.md: it is an anchored document", "registries/2026-01.json: it is an anchored document",
		"moved/index: the branch has another version of it by now", "dir/x: the branch has another version of it by now",
		`dir: read "dir" at`, "index/x: \"index\" is a file in the branch", `link: read "link" at`,
		"z: it is a directory of other files in this commit", "new/x: \"new\" is a file in the branch",
		".github/x: names like", "b.ots: \"b.ots\" is the name of a proof",
	}
	for i, got := range strings.Split(p.reasons(), "\n") {
		if i >= len(want) || !strings.HasPrefix(got, want[i]) {
			t.Errorf("dropped %s", got)
		}
	}
	if len(p.dropped) != len(want) {
		t.Errorf("%d dropped, want %d", len(p.dropped), len(want))
	}
	if p := plantedOn(t, s, Plan{}, extra); len(p.files)+len(p.dropped) != 0 {
		t.Errorf("extra files alone: %v", p.files)
	}
}

// What the clone lacks is no reason to drop a proof, but an error.
func TestPlantMissingObject(t *testing.T) {
	s := newSite(t, files{"a.md": "1"})
	id := s.git(s.work, "rev-parse", "HEAD:a.md")
	s.write(files{".git/objects/" + id[:2] + "/" + id[2:]: ""})
	repo := s.open()
	head, err := repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	plan := Plan{Proofs: []PlannedProof{{Path: "a.md.ots", Document: "a.md", Blob: id, Proof: promised(t, "1", "x").Bytes()}}}
	p, err := newPlanting(t.Context(), repo, head, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = p.plan(t.Context(), plan)
	if err == nil || !strings.Contains(err.Error(), gitrepo.ErrMissingObject.Error()) {
		t.Errorf("error %v", err)
	}
}
