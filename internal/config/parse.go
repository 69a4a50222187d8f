package config

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// fileTOML is the repository's file as it is written. A pointer tells an absent
// value from a zero one.
type fileTOML struct {
	OTS struct {
		Enabled          *bool     `toml:"enabled"`
		AggregatorURL    *string   `toml:"aggregator_url"`
		Calendars        *[]string `toml:"calendars"`
		MinCalendars     *int      `toml:"min_calendars"`
		MonthlyAnchorDay *int      `toml:"monthly_anchor_day"`
		RegistryPath     *string   `toml:"registry_path"`
		ProofsPath       *string   `toml:"proofs_path"`
	} `toml:"ots"`
	Bitcoin struct {
		Require *string `toml:"require"`
	} `toml:"bitcoin"`
	Documents *[]ruleTOML `toml:"documents"`
	Registry  struct {
		Maintainers *string           `toml:"maintainers"`
		Servers     *string           `toml:"servers"`
		Multisig    *string           `toml:"multisig"`
		Command     *string           `toml:"command"`
		AuditLogs   map[string]string `toml:"audit_logs"`
	} `toml:"registry"`
	Action struct {
		BeforeCommit *string  `toml:"before_commit"`
		Paths        []string `toml:"before_commit_paths"`
	} `toml:"action"`
}

type ruleTOML struct {
	Kind   string    `toml:"kind"`
	Paths  []string  `toml:"paths"`
	Status []string  `toml:"status"`
	Forbid *[]string `toml:"forbid"`

	RequireAnchor bool `toml:"require_anchor"`
}

// Parse reads a repository's .git-anchor.toml. What the file leaves out is as in
// Default, except that its documents, if it has any, replace the default ones. A
// lip rule that does not say what it forbids has the default's forbid.
//
// An unknown key is an error that names the nearest known one. A key that only
// the person may set is no error; it is in Config.Ignored.
func Parse(b []byte) (Config, error) {
	if err := checkBytes(b); err != nil {
		return Config{}, err
	}
	file, ignored, err := decode(b)
	if err != nil {
		return Config{}, err
	}
	c := Default()
	c.Source, c.Ignored = File, ignored
	if err := c.setOTS(file); err != nil {
		return Config{}, errorf("%w", err)
	}
	if err := c.setBitcoin(file); err != nil {
		return Config{}, errorf("%w", err)
	}
	if err := c.setDocuments(file.Documents); err != nil {
		return Config{}, errorf("%w", err)
	}
	if err := c.setRegistry(file); err != nil {
		return Config{}, errorf("%w", err)
	}
	if err := c.setAction(file); err != nil {
		return Config{}, errorf("%w", err)
	}
	return c, nil
}

func checkBytes(b []byte) error {
	switch {
	case len(b) > MaxFile:
		return errorf("the file has %d bytes, the limit is %d", len(b), MaxFile)
	case bytes.HasPrefix(b, []byte("\ufeff")):
		return errorf("the file starts with a byte order mark (EF BB BF): save it without one")
	case bytes.IndexByte(b, 0) >= 0:
		return errorf("line %d holds a NUL byte: the file is not text", 1+bytes.Count(b[:bytes.IndexByte(b, 0)], []byte("\n")))
	case !utf8.Valid(b):
		return errorf("the file is not valid UTF-8")
	}
	return nil
}

func decode(b []byte) (fileTOML, []Ignored, error) {
	var file fileTOML
	var table map[string]any
	if err := toml.Unmarshal(b, &table); err != nil {
		return file, nil, tomlError(err)
	}
	var s survey
	s.table("", table)
	if s.misread != "" {
		return file, nil, errorf("key %s: keys are in lower case, write %s", s.misread, strings.ToLower(s.misread))
	}
	if s.unknown > MaxUnknown {
		return file, nil, errorf("the file has more than %d values under keys that are unknown", MaxUnknown)
	}
	err := toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(&file)
	var unknown *toml.StrictMissingError
	if !errors.As(err, &unknown) {
		if err != nil {
			return file, nil, tomlError(err)
		}
		return file, nil, nil
	}
	var ignored []Ignored
	for i := range unknown.Errors {
		parts := unknown.Errors[i].Key()
		line, _ := unknown.Errors[i].Position()
		name := joinKey(parts)
		why := personOnly(parts)
		if why == "" {
			return file, nil, errorf("line %d: unknown key %s, the nearest is %s", line, name, nearestKey(name))
		}
		ignored = append(ignored, Ignored{Key: name, Line: line, Text: name + " has no effect: " + why})
	}
	return file, ignored, nil
}

var kindError = regexp.MustCompile(`^toml: cannot decode TOML (\S+) into `)

// tomlError words the TOML reader's errors without our Go types.
func tomlError(err error) error {
	var at *toml.DecodeError
	if !errors.As(err, &at) {
		return errorf("%s", harmless(err.Error()))
	}
	line, _ := at.Position()
	name := joinKey(at.Key())
	if m := kindError.FindStringSubmatch(at.Error()); m != nil {
		if k, ok := findKey(name); ok {
			return errorf("line %d: %s is of the kind %s, want %s", line, name, m[1], k.want)
		}
	}
	return errorf("line %d: %s", line, harmless(strings.TrimPrefix(at.Error(), "toml: ")))
}

// harmless makes a message of the TOML reader, which may hold a key of the file
// as it is, fit to be printed.
func harmless(msg string) string {
	const most = 200 // bytes
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, msg[:min(len(msg), most)])
}

func (c *Config) setOTS(file fileTOML) error {
	o, to := file.OTS, &c.OTS
	if o.Enabled != nil {
		to.Enabled = *o.Enabled
	}
	if o.MonthlyAnchorDay != nil {
		to.MonthlyAnchorDay = *o.MonthlyAnchorDay
		if to.MonthlyAnchorDay < 1 || to.MonthlyAnchorDay > 31 {
			return fmt.Errorf("ots.monthly_anchor_day is %d, want a day from 1 to 31", to.MonthlyAnchorDay)
		}
	}
	for _, dir := range []struct {
		name     string
		from, to *string
	}{{"ots.registry_path", o.RegistryPath, &to.RegistryPath}, {"ots.proofs_path", o.ProofsPath, &to.ProofsPath}} {
		if dir.from == nil {
			continue
		}
		clean, err := checkDir(*dir.from)
		if err != nil {
			return fmt.Errorf("%s: %w", dir.name, err)
		}
		*dir.to = clean
	}
	return c.setCalendars(file)
}

// setCalendars reads the calendars, of which aggregator_url is the form with
// only one, and how many must answer.
func (c *Config) setCalendars(file fileTOML) error {
	o, name := file.OTS, "ots.calendars"
	switch {
	case o.AggregatorURL != nil && o.Calendars != nil:
		return errors.New("ots.aggregator_url and ots.calendars are both set: keep one, aggregator_url is the form for a single calendar")
	case o.AggregatorURL != nil:
		c.OTS.Calendars, name = []string{*o.AggregatorURL}, "ots.aggregator_url"
	case o.Calendars != nil:
		c.OTS.Calendars = *o.Calendars
		if len(c.OTS.Calendars) == 0 {
			return errors.New("ots.calendars is empty: leave it out to use the public calendars")
		}
	}
	if len(c.OTS.Calendars) > MaxCalendars {
		return fmt.Errorf("ots.calendars has %d calendars, the limit is %d", len(c.OTS.Calendars), MaxCalendars)
	}
	seen := map[string]bool{}
	for _, calendar := range c.OTS.Calendars {
		if err := checkURL(calendar, false); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		same := strings.ToLower(strings.TrimSuffix(calendar, "/"))
		if seen[same] {
			return fmt.Errorf("%s: %s is there twice", name, quote(calendar))
		}
		seen[same] = true
	}
	count := len(c.OTS.Calendars)
	if count == 0 {
		count = poolCount
	}
	c.OTS.MinCalendars = min(defaultMin, count)
	if o.MinCalendars != nil {
		c.OTS.MinCalendars = *o.MinCalendars
		if c.OTS.MinCalendars < 1 || c.OTS.MinCalendars > count {
			return fmt.Errorf("ots.min_calendars is %d, want a number from 1 to %d, the number of calendars", c.OTS.MinCalendars, count)
		}
	}
	return nil
}

func (c *Config) setBitcoin(file fileTOML) error {
	if require := file.Bitcoin.Require; require != nil {
		if !slices.Contains(rungs(), *require) {
			return fmt.Errorf("bitcoin.require is %s, want one of %s", quote(*require), strings.Join(rungs(), ", "))
		}
		c.Bitcoin.Require = *require
	}
	return nil
}

func (c *Config) setDocuments(rules *[]ruleTOML) error {
	if rules == nil {
		c.Documents = defaultDocuments(c.OTS.RegistryPath)
		return nil
	}
	c.Documents = []Rule{}
	patterns := 0
	for i, raw := range *rules {
		rule, err := parseRule(raw)
		if err != nil {
			return fmt.Errorf("[[documents]] number %d: %w", i+1, err)
		}
		if patterns += len(rule.Paths); patterns > MaxPatterns {
			return fmt.Errorf("documents have more than %d paths", MaxPatterns)
		}
		c.Documents = append(c.Documents, rule)
	}
	return nil
}

func parseRule(raw ruleTOML) (Rule, error) {
	rule := Rule{Kind: raw.Kind, Status: raw.Status, RequireAnchor: raw.RequireAnchor}
	switch {
	case !slices.Contains(kinds(), raw.Kind):
		return Rule{}, fmt.Errorf("kind is %s, want one of %s", quote(raw.Kind), strings.Join(kinds(), ", "))
	case len(raw.Paths) == 0:
		return Rule{}, errors.New("it has no paths")
	case len(raw.Status) > 0 && raw.Kind != KindLIP:
		return Rule{}, fmt.Errorf("status is for kind %s only", KindLIP)
	case slices.Contains(raw.Status, ""):
		return Rule{}, errors.New("status holds an empty text")
	}
	for _, p := range raw.Paths {
		clean, err := checkPattern(p)
		if err != nil {
			return Rule{}, err
		}
		rule.Paths = append(rule.Paths, clean)
	}
	if raw.Forbid != nil {
		rule.Forbid = *raw.Forbid
		if len(rule.Forbid) > MaxForbid {
			return Rule{}, fmt.Errorf("forbid has %d texts, the limit is %d", len(rule.Forbid), MaxForbid)
		}
		if slices.Contains(rule.Forbid, "") {
			return Rule{}, errors.New("forbid holds an empty text, which is everywhere")
		}
	} else if raw.Kind == KindLIP {
		rule.Forbid = defaultForbid()
	}
	return rule, nil
}
