package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/ots"
)

func (r *runner) verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check that documents are the bytes that were stamped, and that their proofs lead to Bitcoin blocks",
		ArgsUsage: "[path]…",
		Description: "Judges the blob at HEAD; an uncommitted edit is \"changed\". A proof without a Bitcoin claim is first asked for at its\n" +
			"calendars. Says whom the verdict trusts, and never more than \"existed no later than\". The date rests on the clocks of\n" +
			"a majority of the miners around that block. Without operands: all configured documents.",
		Flags: flags(lookFlags(), selectFlags(), sourceFlags(), []cli.Flag{
			calendarFlag(), offlineFlag(),
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
	s, err := r.open(c)
	if err != nil {
		return err
	}
	defer s.close()
	sel := anchor.Selection{Operands: c.Args().Slice(), All: c.Bool("all"), Rev: c.String("rev")}
	run, err := s.session.Verify(c.Context, sel, verifyOptions(c))
	if err != nil {
		return err
	}
	if r.record != nil {
		r.record.Fill(run)
	}
	return r.end(judged(run, must), func() { s.text.Verify(run) })
}

func verifyOptions(c *cli.Context) anchor.VerifyOptions {
	return anchor.VerifyOptions{NoUpgrade: c.Bool("no-upgrade") || c.Bool("offline")}
}

// verifyBare judges a file or a digest that lies in no repository.
func (r *runner) verifyBare(c *cli.Context, must bool) error {
	file, digest, proof := c.String("file"), c.String("digest"), c.String("proof")
	switch {
	case c.NArg() > 0:
		return usage("--file, --digest and --proof take no further operand: %q", c.Args().First())
	case c.IsSet("rev") || c.Bool("all"):
		return usage("--rev and --all are about a repository, --file and --digest about none")
	case (file == "") == (digest == ""):
		return usage("give either --file FILE or --digest HEX with --proof FILE.ots")
	case proof == "" && (digest != "" || file == "-"):
		return usage("name the proof: --proof FILE.ots")
	case proof == "":
		proof = file + ".ots"
	case proof == "-" && file == "-":
		return usage("standard input cannot be both the document and its proof")
	}
	raw, err := r.readProof(proof)
	if err != nil {
		return err
	}
	s, err := r.outside(c)
	if err != nil {
		return err
	}
	name, hash := file, func(h ots.Tag) ([]byte, error) { return r.hashFile(file, h) }
	if digest != "" {
		given, err := hex.DecodeString(digest)
		if err != nil || len(given) == 0 {
			return usage("--digest is no hex: %q", digest)
		}
		name, hash = digest, func(ots.Tag) ([]byte, error) { return given, nil }
	}
	result := s.session.VerifyProof(c.Context, name, raw, hash, verifyOptions(c))
	if c.Context.Err() != nil {
		return c.Context.Err()
	}
	if digest != "" {
		result.Notes = append(result.Notes, "no document was hashed: this is about the digest that was given")
	}
	run := anchor.Run{Results: []anchor.Result{result}}
	if r.record != nil {
		r.record.Fill(run)
	}
	return r.end(judged(run, must), func() { s.text.Verify(run) })
}

// readProof reads a proof of bounded size; "-" is standard input.
func (r *runner) readProof(name string) ([]byte, error) {
	in := r.in
	if name != "-" {
		f, err := openRegular(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	raw, err := io.ReadAll(io.LimitReader(in, ots.MaxProof+1))
	if err != nil {
		return nil, fmt.Errorf("read proof %s: %w", name, err)
	}
	return raw, nil
}

// hashFile hashes a file as a stream; "-" is standard input.
func (r *runner) hashFile(name string, tag ots.Tag) ([]byte, error) {
	in := r.in
	if name != "-" {
		f, err := openRegular(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	h := tag.NewHash()
	if _, err := io.Copy(h, in); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return h.Sum(nil), nil
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
