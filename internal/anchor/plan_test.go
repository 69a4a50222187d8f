package anchor

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A plan has the proofs as they are on disk, and says what the commit has in
// their places and for their documents.
func TestPlan(t *testing.T) {
	odd := "odd\xff.md"
	if runtime.GOOS != "linux" {
		odd = "odd.md" // other systems want names to be text
	}
	earlier := SupersededPath("a.md", promised(t, "0", "x"))
	s := newSite(t, files{
		"a.md": "1", "a.md.ots": proofOf(t, "1", "x"), odd: "2", "registries/2026-01.json": "3",
		earlier: proofOf(t, "0", "x"), "gone.md.ots": proofOf(t, "4", "x"),
	})
	onDisk := files{
		"a.md.ots": proofOf(t, "1", "x", "y"), odd + ".ots": proofOf(t, "2", "x"), "proofs/2026-01.json.ots": proofOf(t, "3", "x"),
		earlier: proofOf(t, "0", "x", "y"), "gone.md.ots": proofOf(t, "4", "x", "y"), bitcoin.BundleFile: headersOf(5000),
	}
	s.write(onDisk)
	session := s.session()
	head, err := session.Repo.Resolve(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := session.Plan(t.Context(),
		Run{Commit: head, Results: []Result{{Path: odd, Proof: odd + ".ots"}}, Written: []string{odd + ".ots"}},
		Run{Commit: head, Written: []string{"a.md.ots", odd + ".ots", earlier, bitcoin.BundleFile}},
		Run{Written: []string{"proofs/2026-01.json.ots", "gone.md.ots"}},
		Run{},
	)
	if err != nil {
		t.Fatal(err)
	}
	id := func(path string) string { return s.git(s.work, "rev-parse", "HEAD:"+path) }
	planned := func(path, doc, blob, old string) PlannedProof {
		return PlannedProof{path, doc, blob, old, []byte(onDisk[path])}
	}
	want := Plan{
		Registries: "registries", RegistryProofs: "proofs", Headers: []byte(onDisk[bitcoin.BundleFile]),
		Proofs: []PlannedProof{
			planned("a.md.ots", "a.md", id("a.md"), id("a.md.ots")),
			planned(earlier, "", "", id(earlier)),
			planned("gone.md.ots", "gone.md", "", id("gone.md.ots")),
			planned(odd+".ots", odd, id(odd), ""),
			planned("proofs/2026-01.json.ots", "registries/2026-01.json", id("registries/2026-01.json"), ""),
		},
	}
	if d := diff(want, plan); d != "" {
		t.Error(d)
	}
	raw, err := plan.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParsePlan(raw)
	if d := diff(want, again); err != nil || d != "" {
		t.Error(err, d)
	}
}

func TestPlanOfNothing(t *testing.T) {
	session := newSite(t, files{"a.md": "1"}).session()
	plan, err := session.Plan(t.Context(), Run{})
	if err != nil || !plan.Empty() {
		t.Errorf("%+v, %v", plan, err)
	}
	_, err = session.Plan(t.Context(), Run{Commit: gitrepo.Commit{ID: strings.Repeat("1", 40)}})
	if err == nil || !strings.Contains(err.Error(), "and was 1111111111111111111111111111111111111111 when the documents were read") {
		t.Errorf("HEAD moved: %v", err)
	}
}

// diff compares bytes as bytes: one by one a large proof takes a second.
func diff[T any](want, got T) string { return cmp.Diff(want, got, cmp.Comparer(bytes.Equal)) }

const someID = "0123456789012345678901234567890123456789"

func TestParsePlanRefuses(t *testing.T) {
	proof := promised(t, "1", "x").Bytes()
	good := func() Plan {
		return Plan{Registries: "registries", RegistryProofs: ".", Proofs: []PlannedProof{
			{"a.md.ots", "a.md", someID, "", proof}, {"b.md.ots", "b.md", "", someID, proof},
		}}
	}
	for _, tt := range []struct {
		name   string
		change func(p *Plan)
		want   string // "" where it is read
	}{
		{"nothing", func(*Plan) {}, ""},
		{"no proofs", func(p *Plan) { p.Proofs = nil }, ""},
		{"id of 64", func(p *Plan) { p.Proofs[0].Blob = someID + someID[:24] }, ""},
		{"directory", func(p *Plan) { p.Registries = "../x" }, gitrepo.ErrBadPath.Error()},
		{"path out", func(p *Plan) { p.Proofs[0].Path = "../a.ots" }, gitrepo.ErrBadPath.Error()},
		{"git's own", func(p *Plan) { p.Proofs[0].Path = ".GIT/a.ots" }, `".GIT" is git's own`},
		{"absolute", func(p *Plan) { p.Proofs[0].Path = "/a.ots" }, gitrepo.ErrBadPath.Error()},
		{"not clean", func(p *Plan) { p.Proofs[0].Path = "a//a.ots" }, gitrepo.ErrBadPath.Error()},
		{"long path", func(p *Plan) { p.Proofs[0].Path = strings.Repeat("a", 4092) + ".ots" }, ""},
		{"longer path", func(p *Plan) { p.Proofs[0].Path = strings.Repeat("a", 4093) + ".ots" }, "longer than 4096 bytes"},
		{"no proof's name", func(p *Plan) { p.Proofs[0].Path = "a.md" }, `"a.md" is not the name of a proof`},
		{"draft", func(p *Plan) { p.Proofs[0].Path = "a.md.ots.draft" }, ""},
		{"document", func(p *Plan) { p.Proofs[0].Document = "a/../b" }, gitrepo.ErrBadPath.Error()},
		{"no document", func(p *Plan) { p.Proofs[0].Document = "" }, "is for the blob"},
		{"neither", func(p *Plan) { p.Proofs[0].Document, p.Proofs[0].Blob = "", "" }, ""},
		{"blob", func(p *Plan) { p.Proofs[0].Blob = "-x" }, `is for the blob "-x"`},
		{"old", func(p *Plan) { p.Proofs[0].Old = strings.ToUpper("a" + someID[1:]) }, "stands for the blob"},
		{"order", func(p *Plan) { p.Proofs[0], p.Proofs[1] = p.Proofs[1], p.Proofs[0] }, `"a.md.ots" is out of order`},
		{"twice", func(p *Plan) { p.Proofs[1] = p.Proofs[0] }, `"a.md.ots" is out of order`},
		{"within", func(p *Plan) { p.Proofs[1].Path = "a.md.ots/x/y.ots" }, `"a.md.ots" is a file and has "a.md.ots/x/y.ots" in it`},
		{"no proof", func(p *Plan) { p.Proofs[1].Proof = []byte("x") }, ots.ErrNotProof.Error()},
		{"large proof", func(p *Plan) { p.Proofs[1].Proof = padded(t, ots.MaxProof) }, ""},
		{"larger proof", func(p *Plan) { p.Proofs[1].Proof = append(padded(t, ots.MaxProof), 0) }, ots.ErrTooLarge.Error()},
		{"headers", func(p *Plan) { p.Headers = []byte(headersOf(5000)) }, ""},
		{"no headers", func(p *Plan) { p.Headers = []byte("x") }, bitcoin.ErrNotBundle.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := good()
			tt.change(&p)
			raw, err := p.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParsePlan(raw)
			if tt.want == "" {
				if d := diff(p, got); err != nil || d != "" {
					t.Error(err, d)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// padded is a proof of so many bytes.
func padded(t testing.TB, size int) []byte {
	t.Helper()
	p := promised(t, "1", "x")
	const payload, around = 8000, 12 // separator, kind, tag, and a length of two bytes
	for n, left := 0, size-len(p.Bytes()); left > 0; n++ {
		a := ots.Attestation{Tag: [8]byte{1, byte(n)}, Payload: make([]byte, payload)}
		if left < payload+1000 {
			a.Payload = make([]byte, min(left-around, ots.MaxPayload))
		}
		left -= len(a.Payload) + around
		p.Tree.Attestations = append(p.Tree.Attestations, a)
	}
	raw := p.Bytes()
	if len(raw) != size {
		t.Fatalf("a proof of %d bytes, not %d", len(raw), size)
	}
	return raw
}

// A file is read strictly, up to its last byte.
func TestParsePlanFile(t *testing.T) {
	const text = `{"schema":"git-anchor-plan/1","registries":".","registry_proofs":".","proofs":[]}`
	proof := `{"path":"a.ots","path_base64":"%s","proof":"` + "AA==" + `"}`
	for _, tt := range []struct{ name, text, want string }{
		{"good", text, ""},
		{"at the limit", text + strings.Repeat(" ", MaxPlan-len(text)), ""},
		{"past it", text + strings.Repeat(" ", MaxPlan-len(text)+1), gitrepo.ErrTooLarge.Error()},
		{"more", text + "{}", "something follows its end"},
		{"garbage", text + "x", "something follows its end"},
		{"unknown field", strings.Replace(text, `"proofs"`, `"files"`, 1), `unknown field "files"`},
		{"schema", strings.Replace(text, "plan/1", "plan/2", 1), `its schema is "git-anchor-plan/2"`},
		{"empty", "", "EOF"},
		{"null", "null", `its schema is ""`},
		{"other bytes", strings.Replace(text, "[]", "["+fmt.Sprintf(proof, "L2V0Yy9wYXNzd2Q=")+"]", 1), `path "a.ots" has other bytes beside it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParsePlan([]byte(tt.text))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPlanSize(t *testing.T) {
	proof := promised(t, "1", "x").Bytes()
	p := Plan{Registries: ".", RegistryProofs: "."}
	for i := range maxPlanned + 1 {
		p.Proofs = append(p.Proofs, PlannedProof{Path: fmt.Sprintf("%06d.ots", i), Proof: proof})
	}
	for _, n := range []int{maxPlanned, maxPlanned + 1} {
		few := p
		few.Proofs = p.Proofs[:n]
		raw, err := few.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		_, err = ParsePlan(raw)
		if over := err != nil && strings.Contains(err.Error(), "100001 proofs are more than the limit of 100000"); over != (n > maxPlanned) || err != nil && !over {
			t.Errorf("%d proofs: %v", n, err)
		}
	}
	p.Proofs, p.Headers = nil, make([]byte, MaxPlan)
	if _, err := p.Bytes(); !errors.Is(err, gitrepo.ErrTooLarge) {
		t.Errorf("too much to write: %v", err)
	}
}

func FuzzParsePlan(f *testing.F) {
	proof := promised(f, "1", "x").Bytes()
	p := Plan{Registries: "registries", RegistryProofs: "proofs", Headers: []byte(headersOf(5000)), Proofs: []PlannedProof{
		{"a.md.ots", "a.md", someID, someID, proof}, {"b\xff.md.ots", "b\xff.md", someID, "", proof}, {"c.md.ots.draft", "", "", "", proof},
	}}
	raw, err := p.Bytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	p.Months = []PlannedMonth{{"registries/2026-01.json", []byte(monthOf(f, "2026-01", "Ada", ""))}}
	if raw, err = p.Bytes(); err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"schema":"git-anchor-plan/1","proofs":[{"path":"../x.ots"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePlan(b)
		if err != nil {
			return
		}
		for _, q := range p.Proofs {
			if gitrepo.CheckPath(q.Path) != nil || !proofNamed(q.Path) {
				t.Errorf("path %q", q.Path)
			}
		}
		for _, m := range p.Months {
			if _, ok := monthAt(p.layout(), m.Path); !ok || gitrepo.CheckPath(m.Path) != nil {
				t.Errorf("month %q", m.Path)
			}
		}
		raw, err := p.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePlan(raw)
		if d := diff(p, again); err != nil || d != "" {
			t.Errorf("%v %s", err, d)
		}
	})
}
