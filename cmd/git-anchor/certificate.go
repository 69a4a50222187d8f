package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/printable"
)

func (r *runner) certificateCommand() *cli.Command {
	return &cli.Command{
		Name:      "certificate",
		Usage:     "write what is known of a document and its proof as a page that checks itself, or as a PDF",
		ArgsUsage: "<path> --out FILE.html|FILE.pdf",
		Description: "For somebody who has neither git nor this program. The page works without a network: whoever opens it drops the document\n" +
			"on it. Judges as verify does, asks no calendar, and writes what it finds: confirmed, pending (proves nothing to a third\n" +
			"party) or changed. Of anything else there is no certificate. That of a record of evidence, evidence/ID, names its files and\n" +
			"its custody log. --verifier writes the empty page, for a document and a proof.",
		Flags: flags(lookFlags(), sourceFlags(), []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "write `FILE`, which must not be there: .html or .pdf"},
			&cli.StringFlag{Name: "lang", Value: "en", Usage: "`en`, de, fr, es, it or uk"},
			&cli.BoolFlag{Name: "embed", Usage: "put the document itself into it"},
			&cli.StringFlag{Name: "declaration", Usage: "PDF: add a page to fill in and sign, `us-902` or plain"},
			&cli.StringFlag{Name: "font", Usage: "PDF: write its texts in the TrueType `FILE.ttf`, where names have characters that Latin, Greek and Cyrillic lack"},
			&cli.StringFlag{Name: "rev", Usage: "the document of `REV` instead of HEAD"},
			offlineFlag(), requireFlag(),
			&cli.StringFlag{Name: "file", Usage: "a bare `FILE`, in no repository"},
			&cli.StringFlag{Name: "proof", Usage: "the proof of --file (default FILE.ots)"},
			&cli.BoolFlag{Name: "verifier", Usage: "write the empty verifier page"},
			&cli.BoolFlag{Name: "online", Usage: "with --verifier: one that asks blockstream.info and mempool.space, on a click"},
		}),
		Action: r.certificate,
	}
}

// A wanted is what certificate is asked to write.
type wanted struct {
	out         string
	pdf         bool
	lang        certificate.Lang
	declaration certificate.Declaration
	font        []byte // nil for the one that the program carries
}

func (r *runner) certificate(c *cli.Context) error {
	r.begin(c)
	w, err := wantedOf(c)
	if err != nil {
		return err
	}
	if c.Bool("verifier") {
		return r.verifierPage(c, w)
	}
	must, err := required(c)
	if err != nil {
		return err
	}
	judge := r.certifyPath
	if c.IsSet("file") || c.IsSet("proof") {
		judge = r.certifyFile
	}
	s, cert, result, err := judge(c)
	if err != nil {
		return err
	}
	defer s.close()
	run := anchor.Run{Results: []anchor.Result{result}}
	if r.record != nil {
		r.record.Fill(run)
	}
	f := verifying(c, s, must).failure(run)
	if result.Refusal != nil || result.Err != nil || result.Unknown || cert.State() == "" || cert.Proof == nil {
		if f == nil {
			f = &failure{exitRefused, printable.Text(result.Name(), longestPath) + ": there is no proof to write a certificate of", "git anchor " + anchor.Quoted(result.Name()) + " stamps it"}
		}
		return r.end(f, func() { s.text.Verify(run) })
	}
	if err := w.write(cert); err != nil {
		return err
	}
	return r.end(f, func() {
		s.text.Verify(run)
		of := ""
		if result.Recorded != nil {
			of = ", of " + printable.Text(result.Path, longestPath)
		}
		s.text.Note("wrote %s%s", printable.Text(w.out, longestPath), of)
	})
}

func wantedOf(c *cli.Context) (wanted, error) {
	w := wanted{out: c.String("out")}
	var err error
	switch strings.ToLower(filepath.Ext(w.out)) {
	case ".html", ".htm":
	case ".pdf":
		w.pdf = true
	case "":
		return w, usage("write which file? --out FILE.html or --out FILE.pdf")
	default:
		return w, usage("--out %q: the name ends in .html or .pdf", w.out)
	}
	if w.lang, err = certificate.ParseLang(c.String("lang")); err != nil {
		return w, usage("--lang: %v", err)
	}
	if w.declaration, err = certificate.ParseDeclaration(c.String("declaration")); err != nil {
		return w, usage("--declaration: %v", err)
	}
	switch {
	case c.IsSet("font") && !w.pdf:
		return w, usage("--font is about the PDF: --out FILE.pdf")
	case w.declaration != "" && !w.pdf:
		return w, usage("--declaration is a page of the PDF: --out FILE.pdf")
	case c.Bool("online") && !c.Bool("verifier"):
		return w, usage("--online is about --verifier: a certificate asks nobody")
	case c.Bool("verifier") && w.pdf:
		return w, usage("the verifier is a page: --out FILE.html")
	}
	if c.IsSet("font") {
		if w.font, err = readFont(c.String("font")); err != nil {
			return w, err
		}
	}
	return w, w.vacant()
}

func readFont(name string) ([]byte, error) {
	in, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, certificate.MaxFont+1))
	if err == nil && len(raw) > certificate.MaxFont {
		err = fmt.Errorf("%w: it has more than %d bytes", certificate.ErrFont, certificate.MaxFont)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return raw, nil
}

// vacant refuses a name that is taken.
func (w wanted) vacant() error {
	_, err := os.Lstat(w.out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return &failure{exitRefused, printable.Text(w.out, longestPath) + " is there already", "name another place, or remove it"}
}

func (r *runner) verifierPage(c *cli.Context, w wanted) error {
	if c.NArg() > 0 {
		return usage("--verifier takes no operand: %q", c.Args().First())
	}
	if err := stray(c, append(sourceNames(), "min-confirmations", "embed", "declaration", "font", "rev", "offline", "require", "file", "proof")...); err != nil {
		return err
	}
	page, err := certificate.Verifier(w.lang, c.Bool("online"))
	if err != nil {
		return err
	}
	if err := w.store(page); err != nil {
		return err
	}
	return r.end(nil, func() { fmt.Fprintf(r.out, "%x  %s\n", sha256.Sum256(page), printable.Text(w.out, longestPath)) })
}

// certifyPath judges a document of the repository.
func (r *runner) certifyPath(c *cli.Context) (*setting, *certificate.Certificate, anchor.Result, error) {
	if c.NArg() != 1 {
		return nil, nil, anchor.Result{}, usage("a certificate of which document? git anchor certificate <path> --out FILE.html, one at a time")
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return nil, nil, anchor.Result{}, err
	}
	d, err := s.session.Dossier(c.Context, c.Args().First(), anchor.DossierOptions{Rev: c.String("rev"), Embed: c.Bool("embed"), Limit: certificate.MaxDocument, Logs: true})
	if err != nil {
		s.close()
		return nil, nil, anchor.Result{}, err
	}
	return s, s.certificateOf(d, time.Now()), d.Result, nil
}

// newCertificate begins a certificate; it does not say when it was made where that is
// zero.
func (s *setting) newCertificate(result anchor.Result, made time.Time) *certificate.Certificate {
	return &certificate.Certificate{
		Outcome: result.Outcome, Regtest: s.regtest,
		Made: made.UTC().Truncate(time.Second), Tool: "git-anchor " + version(),
	}
}

// certificateOf is the certificate of a document of the repository.
func (s *setting) certificateOf(d anchor.Dossier, made time.Time) *certificate.Certificate {
	cert := s.newCertificate(d.Result, made)
	cert.Name, cert.Path, cert.Blob, cert.Title = path.Base(d.Result.Path), d.Result.Path, d.Blob, d.Title
	cert.Commit, cert.Committed = d.Commit.ID, d.Commit.When
	cert.Size, cert.SHA256, cert.Proof, cert.Document = d.Size, d.SHA256, d.Proof, d.Document
	if rec := d.Result.Recorded; rec != nil {
		cert.Evidence = rec.Record
	}
	cert.Custody = d.Custody
	return cert
}

func (w wanted) write(c *certificate.Certificate) error {
	var content []byte
	var err error
	if w.pdf {
		content, err = c.PDF(w.lang, w.declaration, w.font)
	} else {
		content, err = c.HTML(w.lang)
	}
	if err != nil {
		return fmt.Errorf("make the certificate: %w", err)
	}
	return w.store(content)
}

// store writes the file, whole or not at all, and in the place of none.
func (w wanted) store(content []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(w.out), ".git-anchor-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temp.Name()) // what is left behind is only clutter
		}
	}()
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", w.out, err)
	}
	if err := os.Chmod(temp.Name(), 0o644); err != nil {
		return err
	}
	if err := w.vacant(); err != nil {
		return err
	}
	return os.Rename(temp.Name(), w.out)
}
