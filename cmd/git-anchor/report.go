package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/report"
)

func (r *runner) reportCommand() *cli.Command {
	return &cli.Command{
		Name:      "report",
		Usage:     "write a dashboard of all that is anchored: static pages, the same as JSON, a badge, the verifier",
		ArgsUsage: "--out DIR",
		Description: "For people who look at a browser: DIR can be opened from disk or published as it is, and needs no script. Judges as\n" +
			"status does, and asks nobody unless --online. Writes DIR anew where an earlier run made it, and touches nothing else.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "the `DIR`, which is empty, or new, or a report's"},
			&cli.StringFlag{Name: "rev", Usage: "the documents of `REV` instead of HEAD"},
			&cli.BoolFlag{Name: "online", Usage: "check Bitcoin claims against block headers"},
			&cli.BoolFlag{Name: "certificates", Usage: "add a certificate of each document that is confirmed, pending or changed"},
			&cli.BoolFlag{Name: "documents", Usage: "add the documents' exact bytes and proofs, and render Markdown"},
			&cli.StringFlag{Name: "lang", Value: "en", Usage: "of certificates and verifier: `en`, de, fr, es, it or uk"},
			&cli.StringFlag{Name: "title", Usage: "what the pages are called: `TEXT`", DefaultText: "Anchored documents"},
			&cli.StringFlag{Name: "now", Usage: "`TIME` that pages bear and ages are counted by, as 2026-02-03T04:05:06Z: the same one gives the same bytes"},
		}),
		Action: r.report,
	}
}

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
	if b.setting, err = r.open(c, from); err != nil {
		return err
	}
	defer b.close()
	b.dashboard = report.Dashboard{Title: c.String("title"), Tool: "git-anchor " + version(), Now: b.now.UTC().Truncate(time.Second), Regtest: b.regtest, Online: c.Bool("online")}
	if b.dir, err = openReportDir(c.String("out")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.dir.close()) }()
	removed, err := b.make(c.Context)
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.Fill(b.dashboard.Run)
		r.record.FillReport(c.String("out"), len(b.dir.now), removed)
	}
	return r.end(nil, func() { b.text.Report(b.dashboard.Run, c.String("out"), len(b.dir.now), removed) })
}

// A reporting is one run of report.
type reporting struct {
	*setting
	dir                     *reportDir
	dashboard               report.Dashboard
	now                     time.Time
	rev                     string
	lang                    certificate.Lang
	certificates, documents bool
}

// make writes all files; removed counts those of earlier runs that are gone.
func (b *reporting) make(ctx context.Context) (removed int, err error) {
	d := &b.dashboard
	run, headings, err := b.session.Overview(ctx, b.rev)
	if err != nil {
		return 0, err
	}
	d.Run = b.withoutItself(run)
	d.Entries = make([]report.Entry, len(d.Run.Results))
	for i, result := range d.Run.Results {
		if heading, ok := headings[result.Path]; ok && !result.Superseded {
			d.Entries[i].Title, d.Entries[i].Status = heading.Title, heading.Status
		}
		if b.certificates || b.documents {
			if err := b.accompany(ctx, result, &d.Entries[i]); err != nil {
				return 0, err
			}
		}
	}
	for name, online := range map[string]bool{report.DashboardVerifier: false, "verify-online.html": true} {
		page, err := certificate.Verifier(b.lang, online)
		if err != nil {
			return 0, err
		}
		if err := b.dir.bytes(name, page); err != nil {
			return 0, err
		}
	}
	if err := d.Write(b.dir.write); err != nil {
		return 0, err
	}
	return b.dir.finish()
}

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

// accompany writes the files that belong to one document.
func (b *reporting) accompany(ctx context.Context, result anchor.Result, e *report.Entry) error {
	dossier, err := b.session.DossierOf(ctx, b.dashboard.Run, result, b.rev, b.documents, certificate.MaxDocument)
	if errors.Is(err, gitrepo.ErrMissingObject) || ctx.Err() == nil && dossier.Proof == nil {
		return nil // the result says so, or has nothing
	}
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(result.Path))
	id := hex.EncodeToString(sum[:16])
	if b.certificates {
		if err := b.certify(dossier, "certificates/"+id+".html", e); err != nil {
			return err
		}
	}
	if dossier.Document == nil {
		return nil
	}
	e.Document, e.Proof = "files/"+id+".bin", "files/"+id+".bin.ots"
	if err := errors.Join(b.dir.bytes(e.Document, dossier.Document), b.dir.bytes(e.Proof, dossier.Proof)); err != nil {
		return err
	}
	if !report.Renders(result.Path, dossier.Document) {
		return nil
	}
	e.Page = "documents/" + id + ".html"
	page, err := b.dashboard.Document(result, *e, dossier.SHA256, dossier.Document)
	if err != nil {
		return err
	}
	return b.dir.bytes(e.Page, page)
}

// certify writes the certificate of a document, where there is one of its state.
func (b *reporting) certify(d anchor.Dossier, name string, e *report.Entry) error {
	cert := b.newCertificate(d.Result)
	cert.Made = b.dashboard.Now
	cert.Name, cert.Path, cert.Blob, cert.Title = path.Base(d.Result.Path), d.Result.Path, d.Result.Blob, d.Title
	cert.Commit, cert.Committed = d.Commit.ID, d.Commit.When
	cert.Size, cert.SHA256, cert.Proof = d.Size, d.SHA256, d.Proof
	page, err := cert.HTML(b.lang)
	if errors.Is(err, certificate.ErrState) || errors.Is(err, certificate.ErrDisagree) {
		return nil // its line says how it is
	}
	if err != nil {
		return err
	}
	e.Certificate = name
	return b.dir.bytes(name, page)
}
