package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
)

func (r *runner) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check that documents are the bytes that were stamped, and that their proofs lead to Bitcoin blocks",
		ArgsUsage: "[path | commit | tag]…",
		Description: "Judges the blob at HEAD; an uncommitted edit is \"changed\". A proof without a Bitcoin claim is first asked for at its\n" +
			"calendars. Says whom the verdict trusts, and never more than \"existed no later than\". The date rests on the clocks of\n" +
			"a majority of the miners around that block. Without operands: all configured documents. Of a commit or tag, which must\n" +
			"not be the name of a file, the OpenTimestamps signature in it is judged.",
		Flags: flags(lookFlags(), selectFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(toAsk), offlineFlag(),
			&cli.StringFlag{Name: "rev", Usage: "the documents of `REV` instead of HEAD"},
			&cli.BoolFlag{Name: "no-upgrade", Usage: "do not ask calendars about pending proofs"},
			requireFlag(),
			&cli.StringFlag{Name: "file", Usage: "a bare `FILE`, in no repository; - for standard input"},
			&cli.StringFlag{Name: "digest", Usage: "a digest in `HEX` in place of a document"},
			&cli.StringFlag{Name: "proof", Usage: "the proof of --file (default FILE.ots) or --digest"},
		}),
		Action: r.verify,
	}
}

func (r *runner) verify(c *cli.Context) error {
	r.begin(c)
	must, err := required(c)
	if err != nil {
		return err
	}
	if c.IsSet("file") || c.IsSet("digest") || c.IsSet("proof") {
		return r.verifyBare(c, must)
	}
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	run, err := verifyNamed(c, s)
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.Fill(run)
	}
	return r.end(verifying(c, s, must).failure(run), func() { s.text.Verify(run) })
}

// verifyNamed judges documents and, where operands name them, the timestamps in
// commits and tags; with --rev all operands are documents.
func verifyNamed(c *cli.Context, s *setting) (anchor.Run, error) {
	sel := anchor.Selection{Operands: c.Args().Slice(), All: c.Bool("all"), Rev: c.String("rev")}
	if sel.Rev != "" || len(sel.Operands) == 0 {
		return s.session.Verify(c.Context, sel, verifyOptions(c))
	}
	revs, documents, err := s.session.Revisions(c.Context, sel.Operands)
	if err != nil {
		return anchor.Run{}, err
	}
	var run anchor.Run
	if sel.Operands = documents; len(documents) > 0 || sel.All {
		if run, err = s.session.Verify(c.Context, sel, verifyOptions(c)); err != nil {
			return run, err
		}
	}
	timestamps, err := s.session.VerifyTimestamps(c.Context, revs, verifyOptions(c))
	run.Results = append(run.Results, timestamps...)
	return run, err
}

func verifying(c *cli.Context, s *setting, must bool) judging {
	return judging{required: must, rung: s.trusted.require, offline: c.Bool("offline"), told: !c.Bool("q")}
}

func verifyOptions(c *cli.Context) anchor.VerifyOptions {
	return anchor.VerifyOptions{NoUpgrade: c.Bool("no-upgrade") || c.Bool("offline")}
}

// A bare is a file or a digest that lies in no repository, and its proof.
type bare struct{ file, digest, proof string }

// bareOf reads and checks the flags of it.
func bareOf(c *cli.Context) (bare, error) {
	b := bare{c.String("file"), c.String("digest"), c.String("proof")}
	switch {
	case c.NArg() > 0:
		return b, usage("--file, --digest and --proof take no further operand: %q", c.Args().First())
	case c.IsSet("rev") || c.Bool("all"):
		return b, usage("--rev and --all are about a repository, --file and --digest about none")
	case (b.file == "") == (b.digest == ""):
		return b, usage("give either --file FILE or --digest HEX with --proof FILE.ots")
	case b.proof == "" && (b.digest != "" || b.file == "-"):
		return b, usage("name the proof: --proof FILE.ots")
	case b.proof == "" && strings.HasSuffix(b.file, ".ots"):
		return b, usage("%q is a proof; name the document: --file FILE --proof FILE.ots", b.file)
	case b.proof == "-" && b.file == "-":
		return b, usage("standard input cannot be both the document and its proof")
	}
	return b, nil
}

// read reads the proof, once it is clear that the document can be read.
func (b *bare) read(r *runner) ([]byte, error) {
	if b.digest != "" {
		return r.readProof(b.proof)
	}
	f, err := r.openInput(b.file)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	if b.proof != "" {
		return r.readProof(b.proof)
	}
	b.proof = b.file + ".ots"
	raw, err := r.readProof(b.proof)
	if errors.Is(err, fs.ErrNotExist) {
		err = &failure{exitFatal, "there is no proof " + b.proof + " beside it", "name it with --proof FILE.ots"}
	}
	return raw, err
}

// verifyBare judges a file or a digest that lies in no repository.
func (r *runner) verifyBare(c *cli.Context, must bool) error {
	b, err := bareOf(c)
	if err != nil {
		return err
	}
	raw, err := b.read(r)
	if err != nil {
		return err
	}
	s, err := r.outside(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	name, hash := b.file, func(h ots.Tag) ([]byte, error) { return r.hashFile(b.file, h) }
	if b.digest != "" {
		given, err := digestOf(b.digest, raw)
		if err != nil {
			return err
		}
		name, hash = b.digest, func(ots.Tag) ([]byte, error) { return given, nil }
	}
	result := s.session.VerifyProof(c.Context, name, raw, hash, verifyOptions(c))
	if c.Context.Err() != nil {
		return c.Context.Err()
	}
	if b.digest != "" {
		result.Notes = append(result.Notes, "no document was hashed: this is about the digest that was given")
	}
	run := anchor.Run{Results: []anchor.Result{result}}
	if r.record != nil {
		r.record.Fill(run)
	}
	return r.end(verifying(c, s, must).failure(run), func() { s.text.Verify(run) })
}

// digestOf reads a digest, which must be one of the hash that the proof names.
func digestOf(digits string, proof []byte) ([]byte, error) {
	given, err := hex.DecodeString(digits)
	p, unreadable := ots.Parse(proof)
	if unreadable != nil && err == nil {
		return given, nil // the verdict is about the proof
	}
	if unreadable != nil {
		return nil, usage("--digest is no hex: %q", digits)
	}
	if size := p.Hash.NewHash().Size(); err != nil || len(given) != size {
		return nil, usage("--digest: want %d hex digits, as the proof is for a %s digest, not %q", 2*size, p.Hash, digits)
	}
	return given, nil
}

// readProof reads a proof of bounded size; "-" is standard input.
func (r *runner) readProof(name string) ([]byte, error) {
	in, err := r.openInput(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, ots.MaxProof+1))
	if err != nil {
		return nil, fmt.Errorf("read proof %s: %w", name, err)
	}
	return raw, nil
}

// hashFile hashes a file as a stream; "-" is standard input.
func (r *runner) hashFile(name string, tag ots.Tag) ([]byte, error) {
	in, err := r.openInput(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	h := tag.NewHash()
	if _, err := io.Copy(h, in); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return h.Sum(nil), nil
}

// openInput opens a file, or standard input for "-".
func (r *runner) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(r.in), nil
	}
	return openRegular(name)
}

// openRegular opens a file that has an end: a pipe or device given by mistake
// would never finish.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w", name, errNotRegular)
	}
	return os.Open(name)
}

var errNotRegular = errors.New("not a regular file")
