package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/report"
)

func (r *runner) auditProveCommand() *cli.Command {
	return &cli.Command{
		Name:      "prove",
		Usage:     "print a proof that one entry is in an audit log",
		ArgsUsage: "<log> <line>",
		Description: "The proof of the entry on a line, counted from 1, for whoever has the month and not the log: the entry, and the nodes\n" +
			"that lead from its hash to the merkle root. With --registry it is proven under the root that the month has, by the\n" +
			"rule which that follows; else under the root of the whole log. Refused for an entry whose text can be read in two ways.",
		Flags: flags(lookFlags(), []cli.Flag{
			monthFileFlag("whose root the entry is proven under"),
			&cli.StringFlag{Name: "rule", Usage: "without --registry: `raw` or text, how a parent is made of two nodes", DefaultText: registry.RuleRaw},
		}),
		Action: r.auditProve,
	}
}

func (r *runner) auditProve(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 2 {
		return usage("prove which line of which audit log? git anchor audit prove <log> <line>")
	}
	name := c.Args().Get(0)
	line, err := strconv.ParseUint(c.Args().Get(1), 10, 64)
	if err != nil || line == 0 {
		return usage("a line is a number from 1, not %q", c.Args().Get(1))
	}
	rule := c.String("rule")
	switch {
	case rule != "" && c.IsSet("registry"):
		return usage("--rule contradicts --registry: the month's root follows one")
	case rule == "":
		rule = registry.RuleRaw
	case rule != registry.RuleRaw && rule != registry.RuleText:
		return usage("--rule is %s or %s, not %q", registry.RuleRaw, registry.RuleText, rule)
	}
	s, err := r.outside(c, noHeaders)
	if err != nil {
		return err
	}
	prove := func(in io.Reader) (*registry.EntryProof, error) { return registry.ProveEntry(in, line, rule) }
	if c.IsSet("registry") {
		m, err := readMonth(c.String("registry"))
		if err != nil {
			return err
		}
		prove = func(in io.Reader) (*registry.EntryProof, error) {
			return registry.ProveEntryUnder(in, line, m.AuditLogs)
		}
	}
	in, err := r.openLog(c.Context, name)
	if err != nil {
		return err
	}
	defer in.Close()
	p, err := prove(in)
	if err != nil {
		return unproven(name, err)
	}
	if r.record != nil {
		r.record.FillEntryProof(p)
	}
	return r.end(nil, func() { s.text.EntryProof(p) })
}

// unproven is why there is no proof of an entry.
func unproven(name string, err error) error {
	var logFault *registry.LogFault
	var proofFault *registry.ProofFault
	f := &failure{exitFailed, name + ": " + err.Error(), ""}
	switch {
	case errors.As(err, &logFault), errors.As(err, &proofFault), errors.Is(err, registry.ErrNoLog):
		f.hint = "git anchor audit verify  # says more"
	case errors.Is(err, registry.ErrNoEntry):
		f.code, f.hint = exitRefused, "count lines from 1; with --registry, only those that the month sums up"
	case errors.Is(err, registry.ErrAmbiguous):
		f.code, f.hint = exitRefused, "show the whole log instead: git anchor audit verify"
	default:
		return fmt.Errorf("read %s: %w", name, err)
	}
	return f
}

func (r *runner) auditCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "check a proof that an entry is in an audit log",
		ArgsUsage: "<proof>",
		Description: "Makes the hash of the entry from what it says, follows the path, and compares the root and the count with a month's, or\n" +
			"with those given: what the proof says of them itself is no evidence. A path must have exactly the nodes that the count\n" +
			"asks for. Refused is an entry that is not what its text reads as. Of a good one all but the metadata is sure: the text\n" +
			"does not say where an item of metadata ends, and it is shown as split at each comma. - is standard input.",
		Flags: flags(lookFlags(), []cli.Flag{
			monthFileFlag("whose root and count must be the proof's"),
			&cli.StringFlag{Name: "root", Usage: "the merkle root as `sha256:HEX`, with --count, in place of --registry"},
			&cli.Uint64Flag{Name: "count", Usage: "`N` entries are under that root", DefaultText: "none"},
		}),
		Action: r.auditCheck,
	}
}

func (r *runner) auditCheck(c *cli.Context) error {
	r.begin(c)
	switch given := c.IsSet("root") && c.IsSet("count"); {
	case c.NArg() != 1:
		return usage("check which proof? git anchor audit check <proof>, one at a time")
	case c.IsSet("registry") && (c.IsSet("root") || c.IsSet("count")):
		return usage("--root and --count are in place of --registry")
	case !c.IsSet("registry") && !given:
		return usage("check it against what? --registry YYYY-MM.json, or --root sha256:HEX with --count N")
	case given && !registry.IsHash(c.String("root")):
		return usage("--root is sha256: and 64 lower-case hex digits, not %q", printable.Text(c.String("root"), 2*longestWord))
	}
	s, err := r.outside(c, noHeaders)
	if err != nil {
		return err
	}
	name := c.Args().First()
	checked := report.EntryCheck{Summary: registry.Summary{Count: c.Uint64("count"), Root: c.String("root")}}
	if checked.Proof, err = r.readEntryProof(name); err != nil {
		return err
	}
	if c.IsSet("registry") {
		m, err := readMonth(c.String("registry"))
		if err != nil {
			return err
		}
		known := false
		checked.Month = m.Period.String()
		if checked.Summary, known = m.AuditLogs[checked.Proof.ServerID]; !known {
			return &failure{exitFailed, fmt.Sprintf("%s: %s sums up no log of server %s", name, checked.Month, checked.Proof.ServerID),
				"give the month that the proof was made with"}
		}
	}
	var failed *failure
	if checked.Verdict = checked.Proof.Check(checked.Summary); !checked.Verdict.Good {
		failed = &failure{exitFailed, name + ": " + checked.Verdict.Fault.Error(),
			fmt.Sprintf("ask for a new proof, made from the log under the same root: git anchor audit prove LOG %d", checked.Proof.Index+1)}
	}
	if r.record != nil {
		r.record.FillEntryCheck(checked)
	}
	return r.end(failed, func() { s.text.EntryCheck(checked) })
}

// readEntryProof reads the proof of an entry; "-" is standard input.
func (r *runner) readEntryProof(name string) (*registry.EntryProof, error) {
	in, err := r.openInput(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, registry.MaxEntryProof+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	p, err := registry.ParseEntryProof(raw)
	if err != nil {
		return nil, &failure{exitFailed, name + ": " + err.Error(), "a proof is what git anchor audit prove prints, as it is"}
	}
	return p, nil
}
