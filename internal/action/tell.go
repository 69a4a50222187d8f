package action

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/report"
	"github.com/openllmo/git-anchor/internal/verify"
)

// tell gives the runner annotations, the summary and the outputs.
func (w *work) tell(publish bool) error {
	var errs []error
	if w.Inputs.Annotations {
		errs = append(errs, w.Console.Annotate(w.list))
	}
	if w.Inputs.Summary {
		for _, f := range w.list {
			if f.Path == "" {
				w.notes = append(w.notes, f.Title+": "+f.Text)
			}
		}
		errs = append(errs, w.Console.Summarize(markdown(w.Event, w.Text.Regtest, w.Now).Summary(report.Summary{
			Run: w.judged, Checked: w.checked, Notes: w.notes,
		})))
	}
	return errors.Join(append(errs, w.outputs(publish))...)
}

func (w *work) outputs(publish bool) error {
	documents, err := report.Brief(w.judged, w.Inputs.Network)
	if err != nil {
		return err
	}
	confirmed, pending, failed := w.count()
	changed := !publish && slices.ContainsFunc(w.made, func(r anchor.Run) bool { return len(r.Written) > 0 })
	var errs []error
	for _, o := range [][2]string{
		{"changed", fmt.Sprint(changed)}, {"confirmed", fmt.Sprint(confirmed)}, {"pending", fmt.Sprint(pending)},
		{"failed", fmt.Sprint(failed)}, {"documents", string(documents)},
	} {
		errs = append(errs, w.Console.Output(o[0], o[1]))
	}
	return errors.Join(errs...)
}

// count counts documents by their state; failed are the files with a finding
// that is worse than not having found out.
func (w *work) count() (confirmed, pending, failed int) {
	for _, r := range w.judged.Results {
		switch {
		case r.Err != nil || r.Refusal != nil || r.Unknown || r.Superseded:
		case r.Outcome.Status == verify.Confirmed:
			confirmed++
		case r.Outcome.Status == verify.Pending:
			pending++
		}
	}
	bad := map[string]bool{}
	for _, f := range w.list {
		if slices.Contains([]Word{Violation, Changed, Failed, Missing, Disputed}, f.Word) {
			bad[f.Path] = true
		}
	}
	return confirmed, pending, len(bad)
}

// markdown writes summaries, with links where the event says where files are.
func markdown(e Event, regtest bool, now time.Time) report.Markdown {
	m := report.Markdown{Regtest: regtest, Now: now}
	if serverURL.MatchString(e.Server) && repository.MatchString(e.Repository) {
		m.Blob = e.Server + "/" + e.Repository + "/blob/"
	}
	return m
}

var (
	serverURL  = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?$`)
	repository = regexp.MustCompile(`^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$`)
)

// remoteOf is the repository that the event is of, at the server that the
// environment names, and no other.
func remoteOf(e Event, token string) (gitrepo.Remote, error) {
	if !serverURL.MatchString(e.Server) || !repository.MatchString(e.Repository) || strings.Contains(e.Repository, "..") {
		return gitrepo.Remote{}, fmt.Errorf("GITHUB_SERVER_URL (%s) and GITHUB_REPOSITORY (%s) do not say where the repository is", quoted(e.Server), quoted(e.Repository))
	}
	return gitrepo.Remote{URL: e.Server + "/" + e.Repository, Token: token}, nil
}
