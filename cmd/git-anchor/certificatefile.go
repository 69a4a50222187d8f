package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/certificate"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
)

// certifyFile judges a file that lies in no repository.
func (r *runner) certifyFile(c *cli.Context) (*setting, *certificate.Certificate, anchor.Result, error) {
	none := anchor.Result{}
	switch {
	case c.NArg() > 0:
		return nil, nil, none, usage("--file and --proof take no further operand: %q", c.Args().First())
	case c.IsSet("rev"):
		return nil, nil, none, usage("--rev is about a repository, --file about none")
	case c.String("file") == "" || c.String("file") == "-":
		return nil, nil, none, usage("name the document: --file FILE --proof FILE.ots")
	case c.String("proof") == "" && strings.HasSuffix(c.String("file"), ".ots"):
		return nil, nil, none, usage("%q is a proof; name the document: --file FILE --proof FILE.ots", c.String("file"))
	}
	b := bare{file: c.String("file"), proof: c.String("proof")}
	raw, err := b.read(r)
	if err != nil {
		return nil, nil, none, err
	}
	s, err := r.outside(c, unless(c.Bool("offline")))
	if err != nil {
		return nil, nil, none, err
	}
	read := &bytesRead{name: b.file, embed: c.Bool("embed")}
	result := s.session.VerifyProof(c.Context, b.file, raw, read.digest, anchor.VerifyOptions{NoUpgrade: true})
	cert := s.newCertificate(result, time.Now())
	cert.Name, cert.Proof = filepath.Base(b.file), raw
	cert.Size, cert.SHA256 = read.size, read.sum
	if rec, err := evidence.Parse(read.raw); err == nil {
		cert.Evidence, cert.Document = rec, read.raw
	}
	if c.Bool("embed") {
		cert.Document = read.raw
	}
	return s, cert, result, c.Context.Err()
}

// bytesRead is what one pass over a file finds out.
type bytesRead struct {
	name  string
	embed bool
	size  int64
	sum   [sha256.Size]byte
	raw   []byte // the file, where embed asks for it, or it may be a record of evidence; else nil
}

// digest hashes the file with the proof's hash, and with SHA-256 beside it.
func (b *bytesRead) digest(tag ots.Tag) ([]byte, error) {
	in, err := openRegular(b.name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	if b.embed && info.Size() > certificate.MaxDocument {
		return nil, &failure{exitRefused, fmt.Sprintf("%s has %d bytes, and at most %d are embedded", b.name, info.Size(), certificate.MaxDocument), "leave out --embed"}
	}
	h, sum := tag.NewHash(), sha256.New()
	if b.embed || info.Size() <= evidence.MaxRecord {
		if b.raw, err = io.ReadAll(io.LimitReader(in, certificate.MaxDocument+1)); err == nil {
			h.Write(b.raw)
			sum.Write(b.raw)
		}
		b.size = int64(len(b.raw))
	} else {
		b.size, err = io.Copy(io.MultiWriter(h, sum), in)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", b.name, err)
	}
	b.sum = [sha256.Size]byte(sum.Sum(nil))
	return h.Sum(nil), nil
}
