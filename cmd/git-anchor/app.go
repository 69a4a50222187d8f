package main

import (
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/report"
)

// A runner is one invocation of the program.
type runner struct {
	stdio
	stdout   *sink     // what out is
	commands io.Writer // where the action tells GitHub's runner something: nothing is made safe there
	getenv   func(string) string
	command  string         // that was named or meant, "" if none
	record   *report.Record // what --json will write; nil without it
	recorded bool
	cache    int // bytes kept of git objects, 0 for the usual
}

func (r *runner) app() *cli.App {
	app := &cli.App{
		Name:                      "git-anchor",
		Usage:                     "anchor documents kept in git to Bitcoin, and check such anchors",
		UsageText:                 "git anchor <path>…            stamp committed documents\n   git anchor <command> [flags] [operand]…",
		Description:               "A proof says that these exact bytes existed no later than a date. Anybody can check it, without trusting who wrote them.\n" + exitHelp,
		HideVersion:               true,
		HideHelpCommand:           true,
		Reader:                    r.in,
		Writer:                    r.out,
		ErrWriter:                 r.err,
		ExitErrHandler:            func(*cli.Context, error) {},
		OnUsageError:              onUsageError,
		DisableSliceFlagSeparator: true,
		Action:                    func(*cli.Context) error { return usage("no command and no document given") },
		CommandNotFound:           func(*cli.Context, string) {},
	}
	app.Commands = []*cli.Command{
		r.stampCommand(), r.verifyCommand(), r.upgradeCommand(), r.statusCommand(), r.checkCommand(), r.supersedeCommand(), r.treeCommand(), r.initCommand(),
		r.objectCommand(), r.infoCommand(), r.findCommand(), r.legacyCommand(), r.headersCommand(), r.certificateCommand(), r.reportCommand(), r.actionCommand(), r.demoCommand(), r.devnetCommand(), r.versionCommand(),
	}
	app.Commands = slices.Concat(app.Commands, r.registryCommands(), r.auditCommands(), r.evidenceCommands())
	for _, c := range app.Commands {
		c.OnUsageError = onUsageError
		c.HideHelpCommand = true
		exits := exitHelp
		switch c.Name {
		case "demo", "devnet", "version", "registry log", "registry", "audit":
			exits = exitHelpPlain
		case "registry show", "registry diff":
			exits = exitHelpShow
		case "registry verify":
			exits = exitHelpChain
		case "audit verify", "audit check":
			exits = exitHelpLog
		case "audit prove":
			exits = exitHelpProve
		case "report":
			exits = exitHelpReport
		}
		c.Description = strings.TrimSpace(c.Description + "\n" + exits)
		for _, f := range c.Flags {
			if b, ok := f.(*cli.BoolFlag); ok {
				b.DisableDefaultText = true
			}
		}
	}
	return app
}

func onUsageError(_ *cli.Context, err error, _ bool) error { return usage("%v", err) }

// Flags that several commands share.
func jsonFlag() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "write one JSON object"} }

func lookFlags() []cli.Flag {
	return []cli.Flag{
		jsonFlag(),
		&cli.BoolFlag{Name: "v", Aliases: []string{"verbose"}, Usage: "say more"},
		&cli.BoolFlag{Name: "q", Aliases: []string{"quiet"}, Usage: "outcome lines only"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "`auto`, always or never"},
	}
}

func networkFlag() cli.Flag {
	return &cli.StringFlag{Name: "network", Value: "mainnet", Usage: "`mainnet`, or regtest: devnet and local nodes on loopback, which prove nothing"}
}

// calendarFlag names calendars; use says what for.
func calendarFlag(use string) cli.Flag {
	return &cli.StringSliceFlag{Name: "calendar", Usage: "`URL` of a calendar " + use + " (repeatable)"}
}

// Uses of calendarFlag.
const (
	toStamp = "to submit to, instead of the default pools"
	toAsk   = "that may be asked about pending proofs, too"
	toTrust = "whose promises new proofs may hold, too"
)

func offlineFlag() cli.Flag { return &cli.BoolFlag{Name: "offline", Usage: "ask nobody"} }

func selectFlags() []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "every proof in the tree, whatever the configuration"}}
}

func flags(groups ...[]cli.Flag) []cli.Flag {
	var all []cli.Flag
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// begin notes that a command wants JSON, so that errors come as JSON too.
func (r *runner) begin(c *cli.Context) {
	r.record = nil
	if c.Bool("json") {
		r.record = &report.Record{Command: c.Command.Name, Network: c.String("network")}
	}
}

// writeRecord writes the JSON object of this run.
func (r *runner) writeRecord(f *failure) {
	r.recorded = true
	if f != nil {
		r.record.Exit, r.record.Error, r.record.Hint = f.code, f.text, f.hint
	}
	if err := r.record.Write(r.out); err != nil && r.stdout.err == nil {
		r.stdout.err = err // finish says so
	}
}

// show writes text, which has no place beside JSON.
func (r *runner) show(text func()) {
	if r.record == nil {
		text()
	}
}

// end writes the results with show, or as JSON, and returns the failure.
func (r *runner) end(f *failure, show func()) error {
	r.show(show)
	if r.record != nil {
		r.writeRecord(f)
	}
	if f == nil {
		return nil
	}
	return f
}
