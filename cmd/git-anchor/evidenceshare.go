package main

import (
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/printable"
)

func (r *runner) evidenceExportCommand() *cli.Command {
	return &cli.Command{
		Name:      "export",
		Usage:     "print the record of a proof as other programs exchange it, as JSON",
		ArgsUsage: "<id>",
		Description: "hash, ots_file in base64, created_at (when its bytes were committed first, a claim), status, bitcoin_block, confirmation_date and\n" +
			"verification_url, as known now. Asks for block headers, and no calendar. What could not be checked is pending.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			offlineFlag(),
			&cli.StringFlag{Name: "out", Usage: "write it to `FILE`, which must not be there"},
		}),
		Action: r.evidenceExport,
	}
}

func (r *runner) evidenceExport(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 1 {
		return usage("export which record? git anchor evidence export ID, one at a time")
	}
	if r.record != nil {
		return usage("what is exported is JSON already: leave out --json")
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	run, item, e, err := s.session.ExportEvidence(c.Context, c.Args().First(), looking())
	if err != nil {
		return err
	}
	if e == nil {
		refused := run.Results[0].Refusal
		return &failure{exitRefused, printable.Text(item.ID, longestPath) + ": " + refused.Text, refused.Hint}
	}
	if s.regtest {
		s.text.Note("regtest: this record proves nothing")
	}
	return r.writeOut(c.String("out"), e.Bytes())
}

// writeOut writes a new file, or standard output where it is not named.
func (r *runner) writeOut(out string, data []byte) error {
	if out == "" {
		_, err := r.out.Write(data)
		return err
	}
	err := gitrepo.WriteNew(filepath.Dir(out), filepath.Base(out), data)
	if errors.Is(err, gitrepo.ErrExists) {
		return &failure{exitRefused, printable.Text(out, longestPath) + " is there already", "name another place, or remove it"}
	}
	return err
}

func (r *runner) evidenceImportCommand() *cli.Command {
	return &cli.Command{
		Name:      "import",
		Usage:     "put the proof of an exported record beside the file that it is for",
		ArgsUsage: "<file>",
		Description: "The file is the committed record of evidence with that hash, or the one that --for names. The proof is written as the\n" +
			"very bytes that were exported; where there is one already they are merged, and nothing is lost. Refused is a proof that\n" +
			"is for other bytes, has claims on blocks that are not confirmed now, or holds less than one that was deleted.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toTrust), offlineFlag(),
			&cli.StringFlag{Name: "for", Usage: "`PATH` of the file that it is for"},
		}),
		Action: r.evidenceImport,
	}
}

func (r *runner) evidenceImport(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 1 {
		return usage("import which file? git anchor evidence import FILE, - for standard input")
	}
	in, err := r.openInput(c.Args().First())
	if err != nil {
		return err
	}
	raw, err := io.ReadAll(io.LimitReader(in, evidence.MaxExport+1))
	if err := errors.Join(err, in.Close()); err != nil {
		return err
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	run, err := s.session.ImportEvidence(c.Context, raw, c.String("for"))
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.Fill(run)
	}
	return r.end(stamped(run), func() { s.text.Imported(run) })
}

func (r *runner) evidenceBundleCommand() *cli.Command {
	return &cli.Command{
		Name:      "bundle",
		Usage:     "write a record, its files, its proof and how to check them, to hand over",
		ArgsUsage: "<id>",
		Description: "Writes a directory, or a .zip archive, that can be checked with sha256sum and any OpenTimestamps client: the exact bytes,\n" +
			"proof, block headers, a certificate, the custody log, SHA256SUMS and a README. The record is judged first; what is not\n" +
			"confirmed or pending, with its files as recorded, is not bundled. The same commit, verdict, version and\n" +
			"flags give the same bytes.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			offlineFlag(), requireFlag(),
			&cli.StringFlag{Name: "out", Usage: "`DIR` to make, or FILE.zip"},
			&cli.StringFlag{Name: "lang", Value: "en", Usage: "of the certificate: `en`, de, fr, es, it or uk"},
			&cli.BoolFlag{Name: "no-headers", Usage: "leave block headers out: they take a carrier to fetch them from"},
		}),
		Action: r.evidenceBundle,
	}
}

func (r *runner) evidenceBundle(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 1 || c.String("out") == "" {
		return usage("bundle what, and where? git anchor evidence bundle ID --out DIR or FILE.zip")
	}
	must, err := required(c)
	if err != nil {
		return err
	}
	lang, err := certificate.ParseLang(c.String("lang"))
	if err != nil {
		return usage("--lang: %v", err)
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	run, item, made, err := s.session.BundleEvidence(c.Context, c.Args().First(), anchor.EvidenceBundleOptions{
		Out: c.String("out"), NoHeaders: c.Bool("no-headers"),
		Certificate: func(d anchor.Dossier) ([]byte, error) { return s.certificateOf(d, time.Time{}).HTML(lang) }, // without a date, to be made again
	})
	if r.record != nil {
		r.record.FillEvidenceBundle(run, item, made)
	}
	var refused *anchor.Refusal
	switch {
	case errors.As(err, &refused):
		return &failure{exitRefused, refused.Text, refused.Hint}
	case errors.Is(err, anchor.ErrNoHeaders):
		return &failure{exitUndecided, err.Error(), "name a node, mirror or peer to fetch them from: --peer HOST; or leave them out: --no-headers"}
	case err != nil:
		return err
	}
	f := evidenceFailure(verifying(c, s, must), run, []anchor.EvidenceItem{item})
	if f == nil && made == nil {
		f = &failure{exitRefused, printable.Text(item.ID, longestPath) + ": it has no proof to hand over", "git anchor evidence/" + item.ID + "/record.json"}
	}
	return r.end(f, func() { s.text.EvidenceBundled(item, made) })
}
