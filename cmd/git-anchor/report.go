package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"runtime/debug"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/report"
)

func (r *runner) reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "write a dashboard of all that is anchored: static pages, the same as JSON, a badge, the verifiers",
		ArgsUsage: "--out DIR",
		Description: "For people who look at a browser: DIR can be opened from disk or published as it is, and needs no script. Judges as\n" +
			"status does, and asks nobody unless --online. Writes DIR anew where an earlier run made it, and touches nothing else.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "the `DIR`, which is empty, or new, or a report's"},
			&cli.StringFlag{Name: "rev", Usage: "the documents of `REV` instead of HEAD"},
			&cli.BoolFlag{Name: "online", Usage: "check Bitcoin claims against block headers"},
			&cli.BoolFlag{Name: "certificates", Usage: "add a certificate of each document that is confirmed, pending or changed, earlier versions included"},
			&cli.BoolFlag{Name: "documents", Usage: "add the exact bytes of documents and their proofs, and render Markdown"},
			&cli.StringFlag{Name: "lang", Value: "en", Usage: "of certificates and verifier: `en`, de, fr, es, it or uk"},
			&cli.StringFlag{Name: "title", Usage: "what the pages are called: `TEXT`", DefaultText: "Anchored documents"},
			&cli.StringFlag{Name: "now", Usage: "`TIME` that pages bear and ages are counted by, as 2026-02-03T04:05:06Z: the same one gives the same bytes"},
		}),
		Action: r.report,
	}
}

// A report holds a line of each document until all pages are written. These keep
// 10,000 of them below 100 MB: past so many bytes in all, or a document, garbage is
// looked for more often.
const (
	reportCache       = 8 << 20 // bytes of git objects
	reportHeap        = 68 << 20
	reportPerDocument = 7 << 10
)

func (r *runner) report(c *cli.Context) (err error) {
	r.begin(c)
	b := reporting{now: time.Now(), rev: c.String("rev"), certificates: c.Bool("certificates"), documents: c.Bool("documents")}
	switch {
	case c.NArg() > 0:
		return usage("report is about all that is anchored: %q is one operand too many", c.Args().First())
	case c.String("out") == "":
		return usage("write into which directory? git anchor report --out DIR")
	}
	if text := c.String("now"); text != "" {
		if b.now, err = time.Parse(time.RFC3339, text); err != nil {
			return usage("--now %q is no time like 2026-02-03T04:05:06Z", text)
		}
	}
	if b.lang, err = certificate.ParseLang(c.String("lang")); err != nil {
		return usage("--lang: %v", err)
	}
	from := headersAsked
	if !c.Bool("online") {
		from = headersAtHand
		if flag := sourceNamed(c); flag != "" {
			return usage("--%s takes --online: without it nobody is asked", flag)
		}
	}
	r.cache = reportCache
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(reportHeap))
	if b.setting, err = r.open(c, from); err != nil {
		return err
	}
	defer b.close()
	if _, err := b.session.Repo.Resolve(c.Context, cmp.Or(b.rev, "HEAD")); err != nil {
		return err // before anything is written
	}
	b.dashboard = report.Dashboard{Title: c.String("title"), Tool: "git-anchor " + version(), Now: b.now.UTC().Truncate(time.Second), Regtest: b.regtest, Online: c.Bool("online")}
	if b.dir, err = openReportDir(c.String("out")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.dir.close()) }()
	removed, err := b.make(c.Context, r.record)
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.FillReport(c.String("out"), len(b.dir.now), removed)
	}
	if why := b.dossiers.NoLogs(); why != "" {
		b.text.Note("certificates of evidence have no custody logs: %s", why)
	}
	return r.end(nil, func() { b.text.Report(&b.dashboard, c.String("out"), len(b.dir.now), removed) })
}

// A reporting is one run of report.
type reporting struct {
	*setting
	dir                     *reportDir
	dashboard               report.Dashboard
	now                     time.Time
	rev                     string
	lang                    certificate.Lang
	dossiers                *anchor.Dossiers
	certificates, documents bool
}

// make writes all files, and fills the record if there is one; removed counts
// those of earlier runs that are gone.
func (b *reporting) make(ctx context.Context, record *report.Record) (removed int, err error) {
	for _, online := range []bool{false, true} {
		page, err := certificate.Verifier(b.lang, online)
		if err != nil {
			return 0, err
		}
		name := report.DashboardVerifier
		if online {
			name = onlineVerifier
		}
		if err := b.dir.bytes(name, page); err != nil {
			return 0, err
		}
	}
	b.dossiers = b.session.Dossiers(anchor.DossierOptions{Rev: b.rev, Embed: b.documents, Limit: certificate.MaxDocument, Logs: b.certificates})
	options := anchor.OverviewOptions{Rev: b.rev, Versions: b.certificates || b.documents}
	err = b.dashboard.Write(b.dir.write, func(take func(anchor.Run, []report.Entry) error) error {
		documents := 0
		return b.session.Overview(ctx, options, func(run anchor.Run) error {
			documents += len(run.Results)
			debug.SetMemoryLimit(max(reportHeap, int64(documents)*reportPerDocument))
			run = b.withoutItself(run)
			if record != nil {
				record.Fill(run)
			}
			entries, err := b.accompany(ctx, run)
			if err != nil {
				return err
			}
			return take(run, entries)
		})
	})
	if err != nil {
		return 0, err
	}
	return b.dir.finish()
}

// onlineVerifier is the verifier that may ask explorers.
const onlineVerifier = "verify-online.html"

// withoutItself leaves out what lies in the directory that is written: copies
// of documents and proofs, where it is part of the repository.
func (b *reporting) withoutItself(run anchor.Run) anchor.Run {
	own, err := b.session.Repo.Rel(b.dir.name)
	if err != nil || own == "" {
		return run
	}
	kept := run.Results[:0:0]
	for _, result := range run.Results {
		if !strings.HasPrefix(result.Path, own+"/") {
			kept = append(kept, result)
		}
	}
	run.Results = kept
	return run
}

// accompany writes the files that belong to documents, where they are asked for.
func (b *reporting) accompany(ctx context.Context, run anchor.Run) ([]report.Entry, error) {
	entries := make([]report.Entry, len(run.Results))
	if !b.certificates && !b.documents {
		return entries, nil
	}
	for i, result := range run.Results {
		dossier, err := b.dossiers.Of(ctx, run.Commit, result)
		if err != nil {
			return nil, err
		}
		if err := b.accompanyOne(dossier, &entries[i]); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

func (b *reporting) accompanyOne(d anchor.Dossier, e *report.Entry) error {
	sum := sha256.Sum256([]byte(d.Result.Name()))
	id := hex.EncodeToString(sum[:16])
	if b.certificates && d.SHA256 != [sha256.Size]byte{} && d.Proof != nil {
		if err := b.certify(d, "certificates/"+id+".html", e); err != nil {
			return err
		}
	}
	if !b.documents {
		return nil
	}
	if d.Proof != nil {
		e.Proof = "files/" + id + ".bin.ots"
		if err := b.dir.bytes(e.Proof, d.Proof); err != nil {
			return err
		}
	}
	if d.Document == nil || d.Proof == nil {
		return nil
	}
	e.Document = "files/" + id + ".bin"
	if err := b.dir.bytes(e.Document, d.Document); err != nil {
		return err
	}
	if !report.Renders(d.Result.Path, d.Document) {
		return nil
	}
	e.Page = "documents/" + id + ".html"
	page, err := b.dashboard.Document(d.Result, *e, d.SHA256, d.Document)
	if err != nil {
		return err
	}
	return b.dir.bytes(e.Page, page)
}

// certify writes the certificate of a document, where there is one of its state.
func (b *reporting) certify(d anchor.Dossier, name string, e *report.Entry) error {
	switch rec := d.Result.Recorded; {
	case rec == nil:
		d.Document = nil // it lies beside the page
	case len(rec.Broken) > 0:
		return nil
	}
	page, err := b.certificateOf(d, b.dashboard.Now).HTML(b.lang)
	if errors.Is(err, certificate.ErrState) || errors.Is(err, certificate.ErrDisagree) {
		return nil // its line says how it is
	}
	if err != nil {
		return err
	}
	e.Certificate = name
	return b.dir.bytes(name, page)
}
