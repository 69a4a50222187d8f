package main

import (
	"errors"
	"io"
	"net/url"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/printable"
)

// evidenceCommands are the commands about records of evidence, the one that all
// begin with first.
func (r *runner) evidenceCommands() []*cli.Command {
	return group(&cli.Command{
		Name:  "evidence",
		Usage: "records of what was seen at a URL, as files in git that are anchored",
		Description: "A record is evidence/ID/record.json; what servers answered and other files lie below it, and the record holds their\n" +
			"digests. Its state is derived from its proof each time. An anchor shows that these bytes existed no later than a date:\n" +
			"not that they are true, nor who wrote them.",
	}, []*cli.Command{
		r.evidenceAddCommand(), r.evidenceListCommand(), r.evidenceShowCommand(), r.evidenceVerifyCommand(),
		r.evidenceExportCommand(), r.evidenceImportCommand(), r.evidenceBundleCommand(),
	})
}

func (r *runner) evidenceAddCommand() *cli.Command {
	return &cli.Command{
		Name:      "add",
		Usage:     "write a record with its files, and anchor it",
		ArgsUsage: "<url>",
		Description: "The same evidence gives the same record, whenever it is added: nothing in it depends on the clock. Who saw it and when\n" +
			"are claims, to be given. What is there already is left as it is. Where too few calendars can be reached the record is\n" +
			"kept without a proof, and upgrade tries again. Files of more than 100 MiB are recorded by digest, and kept elsewhere.",
		Flags: flags(lookFlags(), []cli.Flag{
			&cli.StringFlag{Name: "title", Usage: "what the URL is about"},
			&cli.StringFlag{Name: "whois", Usage: "`FILE` with what WHOIS answered; - for standard input"},
			&cli.StringFlag{Name: "dns", Usage: "`FILE` with what DNS answered"},
			&cli.StringFlag{Name: "hosting", Usage: "`FILE` on who hosts it"},
			&cli.StringFlag{Name: "whois-text", Usage: "the same as `TEXT`"},
			&cli.StringFlag{Name: "dns-text", Usage: "the same as `TEXT`"},
			&cli.StringFlag{Name: "hosting-text", Usage: "the same as `TEXT`"},
			&cli.GenericFlag{Name: "match", Value: &exactTexts{}, Usage: "`TEXT` that was found there, taken as it is (repeatable)"},
			&cli.GenericFlag{Name: "where", Value: &exactTexts{empty: true}, Usage: "where on the page: the first `TEXT` belongs to the first match, and so on; \"\" is nowhere in particular (repeatable)"},
			&cli.StringSliceFlag{Name: "match-file", Usage: "`FILE` whose text was found there (repeatable)"},
			&cli.StringSliceFlag{Name: "attach", Usage: "`FILE` to keep with it, such as a screenshot (repeatable)"},
			&cli.StringFlag{Name: "by", Usage: "`NAME` of who saw it, a claim"},
			&cli.StringFlag{Name: "observed", Usage: "when, as `RFC3339`, a claim"},
			&cli.StringFlag{Name: "note", Usage: "`TEXT` to go with it, a claim"},
			&cli.StringFlag{Name: "id", Usage: "`NAME` of its directory", DefaultText: "host and digest"},
			calendarFlag(toStamp), networkFlag(),
			&cli.IntFlag{Name: "min", Usage: "`N` distinct calendars must answer", DefaultText: "2, or 1 where there is only one"},
			&cli.DurationFlag{Name: "timeout", Value: stampTimeout, Usage: "how long the calendars may take"},
			&cli.BoolFlag{Name: "no-anchor", Usage: "leave the proof to a later run"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would be added; ask nobody, write nothing"},
			&cli.BoolFlag{Name: "commit", Usage: "commit exactly the record, its files and its proof"},
		}),
		Action: r.evidenceAdd,
	}
}

func (r *runner) evidenceAdd(c *cli.Context) error {
	r.begin(c)
	if c.NArg() != 1 {
		return usage("evidence of which URL? git anchor evidence add URL, one at a time")
	}
	for _, flag := range []string{"calendar", "min", "timeout"} {
		if c.Bool("no-anchor") && c.IsSet(flag) {
			return usage("--%s is for anchoring, which --no-anchor leaves out", flag)
		}
	}
	o, err := r.evidenceOptions(c)
	if err != nil {
		return err
	}
	s, err := r.open(c, noHeaders)
	if err != nil {
		return err
	}
	defer s.close()
	o.StampOptions = anchor.StampOptions{DryRun: c.Bool("dry-run"), Commit: c.Bool("commit")}
	if !o.NoAnchor {
		if o.StampOptions, err = stampOptions(c, s); err != nil {
			return err
		}
	}
	run, added, err := s.session.AddEvidence(c.Context, o)
	if r.record != nil {
		r.record.FillAdded(run, added)
	}
	tell := func() {
		s.text.EvidenceAdded(run, added, o.Min)
		s.text.Commit(run)
		s.text.AfterEvidence(run, added, o.Commit)
	}
	switch {
	case added.Missed && (err == nil || errors.Is(err, calendar.ErrTooFew)):
		reason := err
		if reason == nil {
			reason = run.Results[0].Err
		}
		hint := "the record is kept: commit it; then git anchor upgrade tries again"
		if o.Commit {
			hint = "git anchor upgrade  # tries again: the record is committed without a proof"
		}
		return r.end(&failure{exitUndecided, reason.Error(), hint}, tell)
	case err != nil:
		r.show(tell)
		return unasked(run, err)
	case added.There:
		return r.end(nil, tell)
	}
	return r.end(stamped(run), tell)
}

// maxAnswer is how many bytes of standard input an answer may have.
const maxAnswer = 16 << 20

func (r *runner) evidenceOptions(c *cli.Context) (anchor.EvidenceOptions, error) {
	o := anchor.EvidenceOptions{ID: c.String("id"), NoAnchor: c.Bool("no-anchor"), Clock: time.Now()}
	o.Record = evidence.Record{URL: c.Args().First(), Title: c.String("title"), By: c.String("by"), Note: c.String("note")}
	if wrong := evidence.CheckURL(o.Record.URL); wrong != "" {
		return o, usage("%q is no URL of evidence: %s", printable.Text(o.Record.URL, longestWord), wrong)
	}
	if u, err := url.Parse(o.Record.URL); err == nil && u.User != nil {
		return o, usage("the URL holds a name or password, which would be in git for ever: leave out what is between // and @")
	}
	if at := c.String("observed"); at != "" {
		var err error
		if o.Record.ObservedAt, err = time.Parse(time.RFC3339, at); err != nil {
			return o, usage("--observed is a time like 2026-01-01T00:00:00Z, not %q", printable.Text(at, longestWord))
		}
	}
	var err error
	for _, one := range []struct {
		flag string
		to   **anchor.EvidenceSource
	}{{"whois", &o.WHOIS}, {"dns", &o.DNS}, {"hosting", &o.Hosting}} {
		if *one.to, err = r.answer(c, one.flag); err != nil {
			return o, err
		}
	}
	for _, file := range c.StringSlice("attach") {
		o.Attachments = append(o.Attachments, anchor.EvidenceSource{Name: filepath.Base(file), Path: file})
	}
	o.Record.Matches, err = matches(c)
	return o, err
}

// answer is what a server answered, as a file or a text; nil for nothing.
func (r *runner) answer(c *cli.Context, flag string) (*anchor.EvidenceSource, error) {
	file, text := c.String(flag), c.String(flag+"-text")
	switch {
	case file != "" && text != "":
		return nil, usage("--%s and --%s-text are the same thing twice", flag, flag)
	case text != "":
		return &anchor.EvidenceSource{Name: flag + ".txt", Data: []byte(text)}, nil
	case file == "":
		return nil, nil
	case file == "-" && flag != "whois":
		return nil, usage("only --whois reads standard input")
	case file != "-":
		return &anchor.EvidenceSource{Name: filepath.Base(file), Path: file}, nil
	}
	data, err := io.ReadAll(io.LimitReader(r.in, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxAnswer {
		return nil, usage("standard input has more than %d bytes: give it as a file", maxAnswer)
	}
	return &anchor.EvidenceSource{Name: "whois.txt", Data: data}, nil
}
