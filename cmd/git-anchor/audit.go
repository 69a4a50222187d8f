package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/registry"
	"github.com/openllmo/git-anchor/internal/report"
)

// auditCommands are the commands about audit logs, the one that all begin with
// first. They read files, in a repository or not.
func (r *runner) auditCommands() []*cli.Command {
	return group(&cli.Command{
		Name:  "audit",
		Usage: "check the audit logs that registries sum up, and prove single entries",
		Description: "A log has an entry a line, in JSON, each with its hash and that of the one before. Two weaknesses are the format's\n" +
			"own. The text that an entry's hash covers has no escaping, so that different entries can hash alike: those that are not\n" +
			"what their text reads as are counted, and not proven. Of the others the text does not say where an item of metadata\n" +
			"ends: two items can have been one, with the comma in it. And an odd last leaf of the merkle tree is doubled, so that 3 entries have the root of 4 of\n" +
			"which the last is repeated: a root is compared together with the count.",
	}, []*cli.Command{r.auditVerifyCommand(), r.auditProveCommand(), r.auditCheckCommand()})
}

// monthFileFlag names a month's file, which need not be in a repository.
func monthFileFlag(use string) cli.Flag {
	return &cli.StringFlag{Name: "registry", Usage: "`FILE` of a month, YYYY-MM.json: " + use}
}

func (r *runner) auditVerifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "check every entry of an audit log, and the log against a month",
		ArgsUsage: "<log>",
		Description: "Checks the hash of each entry, that it names the one before, and that the first names none; shows count, first and\n" +
			"last hash, and the merkle root by both rules in use. The first fault ends it. With --registry the log must begin with\n" +
			"exactly the entries that the month sums up; those that came since are counted. Whether the month itself is anchored\n" +
			"is for registry verify to say. Entries whose text can be read in two ways, as the format has no escaping, are counted.\n" +
			"A log of any size takes the same memory; - is standard input.",
		Flags:  flags(lookFlags(), []cli.Flag{monthFileFlag("what the log is compared with")}),
		Action: r.auditVerify,
	}
}

func (r *runner) auditVerify(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 1 {
		return usage("verify which audit log? git anchor audit verify <log>, one at a time")
	}
	s, err := r.outside(c, noHeaders)
	if err != nil {
		return err
	}
	audit := report.Audit{Name: c.Args().First()}
	var logs map[string]registry.Summary
	if c.IsSet("registry") {
		m, err := readMonth(c.String("registry"))
		if err != nil {
			return err
		}
		logs, audit.Month = m.AuditLogs, m.Period.String()
	}
	in, err := r.openLog(c.Context, audit.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	audit.Compared, err = registry.CompareLog(in, logs)
	if err != nil && !errors.As(err, &audit.Fault) {
		return fmt.Errorf("read %s: %w", audit.Name, err)
	}
	if r.record != nil {
		r.record.FillAudit(audit)
	}
	return r.end(auditFailure(audit, logs), func() { s.text.Audit(audit) })
}

// auditFailure is the failure that the check of a log amounts to, by the logs that
// the month knows.
func auditFailure(a report.Audit, logs map[string]registry.Summary) *failure {
	switch c := a.Compared; {
	case a.Fault != nil:
		return &failure{exitFailed, a.Name + ": " + a.Fault.Error(), "compare it with another copy of the log; where it is in git: git log -p -- " + anchor.Quoted(a.Name)}
	case a.Month == "":
		return nil
	case !c.Known:
		return &failure{exitFailed, fmt.Sprintf("%s: %s sums up no log of server %s", a.Name, a.Month, c.Log.ServerID), ofServers(logs)}
	case len(c.Faults) > 0:
		return &failure{exitFailed, fmt.Sprintf("%s: the log is not what %s says: %s", a.Name, a.Month, c.Faults[0]),
			"git anchor registry verify  # if the month is anchored, it is the log that was changed since"}
	}
	return nil
}

// ofServers is what to do where a month does not know a log's server.
func ofServers(logs map[string]registry.Summary) string {
	const shown = 5
	ids := slices.Sorted(maps.Keys(logs))
	switch more := len(ids) - shown; {
	case len(ids) == 0:
		return "give a month that has audit_logs: this one has none"
	case more > 0:
		return fmt.Sprintf("give a log of %s, or of one of %d more that the month knows", strings.Join(ids[:shown], ", "), more)
	}
	return "give a log of " + strings.Join(ids, ", ") + ", which the month knows, or another month"
}

// openLog opens a log, or standard input for "-", for a reader that may take long.
func (r *runner) openLog(ctx context.Context, name string) (io.ReadCloser, error) {
	in, err := r.openInput(name)
	return interruptible{in, ctx.Err}, err
}

// interruptible is input that ends when the run was stopped.
type interruptible struct {
	io.ReadCloser
	stopped func() error
}

func (in interruptible) Read(p []byte) (int, error) {
	if err := in.stopped(); err != nil {
		return 0, err
	}
	return in.ReadCloser.Read(p)
}

// readMonth reads and judges the file of one month.
func readMonth(name string) (*registry.Month, error) {
	p, ok := registry.ParsePeriodFile(filepath.Base(name))
	if !ok {
		return nil, usage("--registry: %s is not called YYYY-MM.json, as a month is", name)
	}
	in, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, registry.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	m, err := registry.Parse(p, raw)
	if err != nil {
		return nil, &failure{exitFailed, name + ": " + err.Error(), "git anchor registry verify  # lists all that is wrong with a month"}
	}
	return m, nil
}
