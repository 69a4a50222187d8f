package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
)

func (r *runner) headersCommand() *cli.Command {
	return &cli.Command{
		Name:      "headers",
		Usage:     "keep block headers beside the proofs (export), or make a mirror of all of them (mirror DIR)",
		ArgsUsage: "export [path]… | mirror <dir>",
		Description: "export collects the headers that lead from the blocks of all proofs to the table in this program, and writes them to\n" +
			bitcoin.BundleFile + " at the repository's root: with it anybody reaches rung chain without a network. Where the file exists,\n" +
			"upgrade extends it. mirror writes and extends one file for each period of 2016 blocks, which any web server can serve\n" +
			"for --mirror. Both take headers from --node, --mirror, --peer or --p2p, none of which is trusted.",
		Flags: flags(lookFlags(), carrierFlags(), []cli.Flag{
			offlineFlag(),
			&cli.BoolFlag{Name: "commit", Usage: "export: commit exactly the file of headers"},
		}),
		Action: r.headers,
	}
}

func (r *runner) headers(c *cli.Context) error {
	r.begin(c)
	switch c.Args().First() {
	case "export":
		return r.exportHeaders(c)
	case "mirror":
		return r.mirrorHeaders(c)
	}
	return usage("headers export, or headers mirror DIR?")
}

func (r *runner) exportHeaders(c *cli.Context) error {
	s, err := r.open(c, unless(c.Bool("offline")))
	if err != nil {
		return err
	}
	defer s.close()
	if s.regtest {
		return usage("regtest has no table that headers could lead to")
	}
	if s.session.Headers == nil {
		return &failure{exitFatal, bitcoin.BundleFile + " is there and cannot be used", "git rm " + bitcoin.BundleFile + " and export again"}
	}
	e, err := s.session.ExportHeaders(c.Context, anchor.Selection{Operands: c.Args().Tail(), All: c.NArg() == 1}, c.Bool("commit"))
	if r.record != nil {
		r.record.Headers = e
	}
	if err != nil {
		return err
	}
	var f *failure
	if missing := e.Documents - e.Linked - e.Above; missing > 0 || e.Documents > 0 && e.Linked == 0 && len(e.Notes) > 0 {
		f = &failure{exitUndecided, fmt.Sprintf("headers for %d of %d documents could not be had", e.Documents-e.Linked, e.Documents), "name a node, mirror or peer to fetch them from: --peer HOST"}
	}
	return r.end(f, func() { s.text.Export(e) })
}

// mirrorHeaders writes a mirror from the first carrier that the person named.
func (r *runner) mirrorHeaders(c *cli.Context) error {
	if c.NArg() != 2 {
		return usage("headers mirror takes one directory")
	}
	if c.Bool("commit") || c.Bool("offline") {
		return usage("--commit and --offline are about headers export")
	}
	s, err := r.outside(c, headersAsked)
	if err != nil {
		return err
	}
	if s.regtest {
		return usage("regtest has no table of periods to mirror")
	}
	from, err := r.carriers(c, s.trusted, bitcoin.Options{})
	if err != nil {
		return err
	}
	if own, err := node(c, s.trusted); err != nil {
		return err
	} else if own != nil {
		from = append([]bitcoin.Named{{Carrier: own, ByPerson: true}}, from...)
	}
	if find := r.peers(c, s.trusted); find != nil {
		from = append(from, find(c.Context)...)
	}
	if len(from) == 0 {
		return usage("headers from whom? --node URL, --peer HOST, --mirror URL or --p2p")
	}
	written := 0
	for i, carrier := range from {
		n, err := bitcoin.WriteMirror(c.Context, c.Args().Get(1), bitcoin.Mainnet(), carrier)
		written += n
		if err == nil {
			break
		}
		if i == len(from)-1 || c.Context.Err() != nil {
			return err
		}
		s.text.Note("%v", err) // the next one goes on
	}
	if r.record != nil {
		r.record.Mirrored = &written
	}
	return r.end(nil, func() { s.text.Mirror(written, c.Args().Get(1)) })
}
