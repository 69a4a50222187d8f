package bitcoin

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxConf and maxCookie bound the files that are read, in bytes.
	maxConf   = 1 << 20
	maxCookie = 1024
)

// Credentials say how a person proves to their node who they are: by user and
// password, by the cookie file that the node writes at each start, or by the
// node's bitcoin.conf, which has the one or leads to the other. The first that
// is given counts; the zero value sends none. They print as a word that gives
// nothing away.
type Credentials struct {
	User, Password string
	Cookie         string // path of the cookie file, read for each request
	Conf           string // path of bitcoin.conf, read once
}

// Format keeps every verb, %#v too, from printing what must not be seen.
func (Credentials) Format(f fmt.State, _ rune) { io.WriteString(f, "[credentials]") }

// MarshalText keeps encoders from it.
func (Credentials) MarshalText() ([]byte, error) { return []byte("[credentials]"), nil }

// login returns what is sent.
func (c Credentials) login() (user, password string, err error) {
	if c.User != "" || c.Password != "" || c.Cookie == "" {
		return c.User, c.Password, nil
	}
	raw, err := readSmall(c.Cookie, maxCookie)
	if err != nil {
		return "", "", fmt.Errorf("cookie file: %w: is the node running?", err)
	}
	user, password, ok := strings.Cut(strings.TrimRight(string(raw), "\r\n"), ":")
	if !ok {
		return "", "", fmt.Errorf("cookie file %s: not of the form user:password", c.Cookie)
	}
	return user, password, nil
}

// readSmall reads a file of at most limit bytes.
func readSmall(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(raw)) > limit:
		return nil, fmt.Errorf("%s: more than %d bytes", path, limit)
	}
	return raw, nil
}

// conf is what bitcoin.conf says of RPC on one network.
type conf struct {
	Credentials
	port string
}

// readConf reads a bitcoin.conf: lines of key=value, those before the first
// section for every network, those under [main] or [regtest] for that alone and
// before the others. As Bitcoin Core does, it takes the first of several, and a
// port before the sections for mainnet's only. It reads no includeconf.
func readConf(path string, n *Network) (conf, error) {
	raw, err := readSmall(path, maxConf)
	if err != nil {
		return conf{}, err
	}
	section, values := "", map[string]string{}
	for line := range strings.Lines(string(raw)) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(name, "]") + "."
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		key = section + strings.TrimSpace(key)
		if _, twice := values[key]; !twice {
			values[key] = strings.TrimSpace(value)
		}
	}
	own := coreName(n) + "."
	get := func(key string) string {
		if v := values[own+key]; v != "" {
			return v
		}
		return values[key]
	}
	c := conf{port: values[own+"rpcport"]}
	if c.port == "" && n.name == "mainnet" {
		c.port = values["rpcport"]
	}
	c.User, c.Password = get("rpcuser"), get("rpcpassword")
	if c.Password != "" {
		return c, nil
	}
	c.User = "" // the node writes a cookie when it has no password
	if c.Cookie, err = cookiePath(path, get("datadir"), get("rpccookiefile"), n); err != nil {
		return conf{}, err
	}
	return c, nil
}

// cookiePath says where a node with this bitcoin.conf keeps its cookie file.
func cookiePath(confPath, datadir, cookie string, n *Network) (string, error) {
	if datadir == "" {
		datadir = filepath.Dir(confPath)
	}
	if !filepath.IsAbs(datadir) {
		return "", errors.New("its datadir is no absolute path: name the cookie file")
	}
	if cookie == "" {
		cookie = ".cookie"
	}
	if filepath.IsAbs(cookie) {
		return cookie, nil
	}
	if n.name != "mainnet" {
		datadir = filepath.Join(datadir, coreName(n))
	}
	return filepath.Join(datadir, cookie), nil
}

// coreName is what Bitcoin Core calls a network.
func coreName(n *Network) string {
	if n.name == "mainnet" {
		return "main"
	}
	return n.name
}
