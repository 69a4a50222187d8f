package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Person is what somebody set for all or one of their repositories with
// git config anchor.*, and so never what a repository's files say.
type Person struct {
	Explorers []string // anchor.explorer, each [esplora:|blockchain.info:]URL, to be checked by its reader
	Calendars []string // anchor.calendar: URLs that may be asked beside the public calendars
	Require   string   // anchor.require: a rung, or empty
}

// The settings, as they are shown. git compares them without regard to case.
const (
	personExplorer = "anchor.explorer"
	personCalendar = "anchor.calendar"
	personRequire  = "anchor.require"
)

func personKeys() []string {
	return []string{personExplorer, personCalendar, personRequire}
}

// ParsePerson reads settings of git config, key and value, in git's order.
// Settings outside anchor.* are passed over. explorer and calendar may be given
// several times; of the others the last counts. No error repeats the value of an
// unknown setting, which may be a password.
func ParsePerson(pairs [][2]string) (Person, error) {
	var p Person
	for _, pair := range pairs {
		key, value := strings.ToLower(pair[0]), pair[1]
		if !strings.HasPrefix(key, "anchor.") {
			continue
		}
		i := slices.IndexFunc(personKeys(), func(k string) bool { return strings.ToLower(k) == key })
		if i < 0 {
			return Person{}, fmt.Errorf("git config %s: unknown setting, the nearest is %s", joinKey(strings.Split(key, ".")), nearest(key, personKeys()))
		}
		name := personKeys()[i]
		if err := p.set(name, value); err != nil {
			return Person{}, fmt.Errorf("git config %s: %w", name, err)
		}
	}
	return p, nil
}

func (p *Person) set(name, value string) error {
	switch name {
	case personExplorer:
		if value == "" {
			return errors.New("the value is empty, want a URL")
		}
		p.Explorers = append(p.Explorers, value)
	case personCalendar:
		if err := checkURL(value, true); err != nil {
			return err
		}
		p.Calendars = append(p.Calendars, value)
	case personRequire:
		if !slices.Contains(rungs(), value) {
			return fmt.Errorf("%s is unknown, want one of %s", quote(value), strings.Join(rungs(), ", "))
		}
		p.Require = value
	}
	return nil
}
