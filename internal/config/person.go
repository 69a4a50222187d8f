package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Person is what somebody set for all or one of their repositories with
// git config anchor.*, and so never what a repository's files say.
type Person struct {
	Explorers []string // anchor.explorer, each [esplora:|blockchain.info:]URL, to be checked by its reader
	Calendars []string // anchor.calendar: URLs that may be asked beside the public calendars
	Require   string   // anchor.require: a rung, or empty

	Node             Node     // the person's own
	Mirrors          []string // anchor.mirror, each [rest:]URL, to be checked by its reader
	Peers            []string // anchor.peer, each HOST[:PORT]
	P2P              bool     // anchor.p2p: peers that DNS seeds name may be asked
	MinConfirmations uint64   // anchor.minConfirmations; 0: not set
	AllowCommands    bool     // anchor.allowCommands: a command that the repository's file names may run
}

// A Node is where the person's own Bitcoin node answers RPC, and by what it
// knows them. All empty, there is none.
type Node struct {
	URL      string // anchor.node
	Cookie   string // anchor.nodeCookie: path of the cookie file
	Conf     string // anchor.nodeConf: path of bitcoin.conf
	User     string // anchor.nodeUser
	Password string // anchor.nodePassword; never printed
}

// Named reports whether there is a node to ask.
func (n Node) Named() bool { return n.URL != "" || n.Cookie != "" || n.Conf != "" }

// The settings, as they are shown. git compares them without regard to case.
const (
	personExplorer = "anchor.explorer"
	personCalendar = "anchor.calendar"
	personRequire  = "anchor.require"

	personNode         = "anchor.node"
	personNodeCookie   = "anchor.nodeCookie"
	personNodeConf     = "anchor.nodeConf"
	personNodeUser     = "anchor.nodeUser"
	personNodePassword = "anchor.nodePassword"

	personMirror        = "anchor.mirror"
	personPeer          = "anchor.peer"
	personP2P           = "anchor.p2p"
	personConfirmations = "anchor.minConfirmations"
	personCommands      = "anchor.allowCommands"
)

func personKeys() []string {
	return []string{
		personExplorer, personCalendar, personRequire,
		personNode, personNodeCookie, personNodeConf, personNodeUser, personNodePassword,
		personMirror, personPeer, personP2P, personConfirmations, personCommands,
	}
}

// ParsePerson reads settings of git config, key and value, in git's order.
// Settings outside anchor.* are passed over. explorer, calendar, mirror and peer
// may be given several times; of the others the last counts. No error repeats the value of an
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

func (p *Person) set(name, value string) (err error) {
	if value == "" && name != personNodeUser && name != personNodePassword {
		return errors.New("the value is empty")
	}
	switch name {
	case personExplorer:
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
	case personMirror:
		p.Mirrors = append(p.Mirrors, value)
	case personPeer:
		p.Peers = append(p.Peers, value)
	case personP2P:
		p.P2P, err = parseBool(value)
	case personCommands:
		p.AllowCommands, err = parseBool(value)
	case personConfirmations:
		if p.MinConfirmations, err = strconv.ParseUint(value, 10, 32); err != nil {
			err = fmt.Errorf("%s is no number of blocks", quote(value))
		}
	default:
		p.Node.set(name, value)
	}
	return err
}

func (n *Node) set(name, value string) {
	switch name {
	case personNode:
		n.URL = value
	case personNodeCookie:
		n.Cookie = value
	case personNodeConf:
		n.Conf = value
	case personNodeUser:
		n.User = value
	case personNodePassword:
		n.Password = value
	}
}

// parseBool reads a boolean as git config does, where any number but 0 is true.
func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "yes", "on":
		return true, nil
	case "false", "no", "off":
		return false, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return false, fmt.Errorf("%s is not a boolean, want true or false", quote(s))
	}
	return n != 0, nil
}
