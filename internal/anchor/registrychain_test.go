package anchor

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/config"
	"github.com/openllmo/git-anchor/internal/registry"
)

// One calendar that may be asked is enough, beside others that may not.
func TestVerifyRegistryKnownCalendar(t *testing.T) {
	good, roots := monthsOf(t, "2026-01", 1)
	s := newSite(t, files{"registries/2026-01.json": good["registries/2026-01.json"],
		"proofs/2026-01.json.ots": proofOf(t, good["registries/2026-01.json"], "a", "b")})
	session := registrySession(t, s.work, monthlyChain(t, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots))
	defer session.Repo.Close()
	session.Calendars = &calendar.Client{Policy: calendar.Policy{Exact: []string{"https://b.example"}}}
	_, v, err := session.VerifyRegistry(t.Context(), RegistryOptions{VerifyOptions: VerifyOptions{NoUpgrade: true}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := v.Months[0].Steps[StepCalendars], (Step{State: StepOK, Text: "not known: https://a.example"}); got != want || len(v.Faults()) > 0 {
		t.Errorf("%+v, want %+v; faults %q", got, want, v.Faults())
	}
}

// A link to a month that cannot be read is an open question, neither good nor bad.
func TestVerifyRegistryUnreadableMonth(t *testing.T) {
	months, roots := monthsOf(t, "2026-01", 2)
	months["registries/2026-01.json"] += strings.Repeat(" ", registry.MaxFile)
	s := newSite(t, months)
	session := registrySession(t, s.work, monthlyChain(t, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), roots))
	defer session.Repo.Close()
	_, v, err := session.VerifyRegistry(t.Context(), RegistryOptions{VerifyOptions: VerifyOptions{NoUpgrade: true}})
	if err != nil {
		t.Fatal(err)
	}
	want := Step{State: StepOpen, Text: "the link cannot be compared: registries/2026-01.json cannot be read"}
	if february := v.Months[1]; february.Steps[StepHash] != want || february.State() != StepOpen {
		t.Errorf("%+v, want %+v", february, want)
	}
	if v.Months[0].State() != StepFailed {
		t.Errorf("%+v", v.Months[0])
	}
}

// A source that is in Git LFS is not in git.
func TestSnapshotPointer(t *testing.T) {
	const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:1111111111111111111111111111111111111111111111111111111111111111\nsize 5\n"
	s := newSite(t, files{"all.yaml": pointer, config.File: "[registry]\nmaintainers = \"all.yaml\"\nservers = \"all.yaml\"\nmultisig = \"all.yaml\"\n"})
	session := registrySession(t, filepath.Clean(s.work), bitcoinless)
	defer session.Repo.Close()
	session.Config.Registry.Maintainers, session.Config.Registry.Servers, session.Config.Registry.Multisig = "all.yaml", "all.yaml", "all.yaml"
	run, err := session.Snapshot(t.Context(), SnapshotOptions{Clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), StampOptions: StampOptions{DryRun: true}})
	if err != nil || len(run.Results) != 1 || run.Results[0].Refusal == nil {
		t.Fatalf("%+v, %v", run.Results, err)
	}
	if got := run.Results[0].Refusal.Text; !strings.Contains(got, "registry.maintainers, all.yaml: it is a Git LFS pointer: ") {
		t.Errorf("refused: %s", got)
	}
}
