package anchor

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/verify"
)

const monthText = `{"version": "2026-01", "timestamp": "2026-01-01T00:00:00Z",
 "previous_registry_hash": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
 "maintainers": [{"id": 1, "name": "Ada", "npub": "npub1ada", "added_at": "2025-01-01T00:00:00Z", "status": "active"}],
 "authorized_servers": [], "audit_logs": {}, "multisig_config": {"required_signatures": 1, "total_maintainers": 1}}
`

// TestCheckMonthLimits: what the months of a change may cost is bounded, and past
// each bound the change does not pass.
func TestCheckMonthLimits(t *testing.T) {
	january, err := registry.ParsePeriod("2026-01")
	if err != nil {
		t.Fatal(err)
	}
	size := int64(len(monthText))
	for _, tt := range []struct {
		name  string
		size  int64
		bytes int64 // read before
		want  error
	}{
		{"a month", size, maxMonthBytes - size, nil},
		{"one byte more than is read of all", size, maxMonthBytes - size + 1, errTooMuch},
		{"as large as a month may be", registry.MaxFile, 0, nil},
		{"larger", registry.MaxFile + 1, 0, errTooMuch},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHistory(t)
			h.commit("Base")
			h.git("tag", "base")
			h.put("registries/2026-01.json", []byte(monthText+strings.Repeat(" ", int(tt.size-size))))
			h.git("add", ".")
			h.git("commit", "-q", "-m", "January")
			c := h.change()
			w := &following{changing: c, read: map[string]*registry.Month{}, bytes: tt.bytes}
			m, err := w.month(t.Context(), atHead, january)
			if !errors.Is(err, tt.want) || (m == nil) != (tt.want != nil) {
				t.Errorf("%v, %v; want %v", m, err, tt.want)
			}
		})
	}
}

// change is a change from the tag base to HEAD, as Check begins with it.
func (h *history) change() *changing {
	h.t.Helper()
	s := h.judged()
	s.Config = config.Default()
	between, err := s.span(h.t.Context(), CheckOptions{Base: "base"})
	if err != nil {
		h.t.Fatal(err)
	}
	c := &changing{s: s, span: between, touched: map[string]gitrepo.Change{}, digests: map[string][]byte{}, noMonths: map[string]bool{}}
	if err := c.touch(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return c
}

// As many months as a chain may have are followed, and no more.
func TestCheckMonthsMany(t *testing.T) {
	h := newHistory(t)
	h.commit("Base")
	h.git("tag", "base")
	h.put("registries/0001-01.json", []byte("{}"))
	h.git("add", ".")
	h.git("commit", "-q", "-m", "The first")
	c := h.change()
	first := c.touched["registries/0001-01.json"]
	p := registry.PeriodOf(time.Date(1, 2, 1, 0, 0, 0, 0, time.UTC))
	for range maxMonths - 1 {
		at := "registries/" + p.File()
		c.touched[at] = gitrepo.Change{Path: at, New: first.New} // the head has no such file, which costs nothing
		p = p.Next()
	}
	over := fmt.Sprintf("not read: there are %d months, more than %d", maxMonths+1, maxMonths)
	for _, want := range []Breach{
		{Path: "registries/0001-01.json", Rule: verify.RuleRegistry, Status: verify.Failed},
		{Path: "registries", Rule: verify.RuleTooLarge, Status: verify.Undecided, Text: over},
	} {
		c.findings = nil
		if err := c.follow(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := c.findings
		if len(got) != 1 || got[0].Path != want.Path || got[0].Rule != want.Rule || got[0].Status != want.Status || want.Text != "" && got[0].Text != want.Text {
			t.Errorf("%+v, want %+v", got, want)
		}
		at := "registries/" + p.File()
		c.touched[at] = gitrepo.Change{Path: at, New: first.New}
	}
}
