package gitrepo

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/go-git/go-git/v5/plumbing"

	"github.com/openllmo/git-anchor/internal/printable"
)

// ErrUnauthorized: the server wants a token, or another one.
var ErrUnauthorized = errors.New("the server does not allow it")

// Remote is the one server a Tip speaks with.
type Remote struct {
	URL   string // https, or http to a loopback address; no user, no query
	Token string // sent as the password of x-access-token; empty: none
}

// parse refuses what another reader of URLs could take for another server.
func (m Remote) parse() (*url.URL, error) {
	u, err := url.Parse(m.URL)
	if err != nil {
		return nil, errors.New("it is no URL") // the cause would quote it, with a password it may have
	}
	switch {
	case u.User != nil:
		return nil, errors.New("it has a user name in it; give the token by itself")
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("it is neither https nor http")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, errors.New("http is for loopback addresses alone; use https")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(m.URL, "#"):
		return nil, errors.New("it has a query or a fragment")
	case u.Hostname() == "" || strings.Trim(strings.ToLower(u.Host), "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") != "":
		return nil, errors.New("its host is no plain name or address")
	case !strings.HasPrefix(m.URL, u.Scheme+"://"+u.Host+"/"):
		return nil, errors.New("it names no repository in the form scheme://host/path")
	}
	return u, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// settings are the configuration of the calls that reach the server; git gets
// them, the token too, by its environment, which other users cannot read.
func (m Remote) settings(u *url.URL) []string {
	pairs := [][2]string{
		{"http.followRedirects", "false"},
		{"http.sslVerify", "true"},
		{"http.lowSpeedLimit", "1"}, // bytes a second
		{"http.lowSpeedTime", "60"}, // seconds
		{"credential.helper", ""},
		// Git would run itself in a repository that lends objects, and that
		// one's configuration is not ours.
		{"core.alternateRefsCommand", "exit 0;"},
	}
	if loopback(u.Hostname()) {
		pairs = append(pairs, [2]string{"http.proxy", ""})
	}
	if m.Token != "" {
		key := "http." + u.Scheme + "://" + u.Host + "/.extraHeader"
		pairs = append(pairs, [2]string{key, ""}, [2]string{key, "AUTHORIZATION: basic " + m.basic()})
	}
	env := []string{"GIT_ALLOW_PROTOCOL=" + u.Scheme, fmt.Sprint("GIT_CONFIG_COUNT=", len(pairs))}
	for i, pair := range pairs {
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, pair[0]), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, pair[1]))
	}
	return env
}

func (m Remote) basic() string {
	return base64.StdEncoding.EncodeToString([]byte("x-access-token:" + m.Token))
}

// scrub takes the token out of a text.
func (m Remote) scrub(s string) string {
	if m.Token == "" {
		return s
	}
	return strings.NewReplacer(m.basic(), "***", m.Token, "***").Replace(s)
}

// environment is what git gets instead of the person's: nothing that would
// configure it, run something in it or hand it a secret. Proxies and roots of
// trust stay.
func (m Remote) environment(getenv func(string) string, dir string) func(string) string {
	return func(name string) string {
		switch upper := strings.ToUpper(name); upper {
		case "GIT_DIR":
			return dir
		case "GIT_CONFIG_GLOBAL":
			return os.DevNull
		case "GIT_CONFIG_NOSYSTEM":
			return "1"
		case "GIT_SSL_CAINFO", "GIT_SSL_CAPATH":
		case "XDG_CONFIG_HOME", "SSH_ASKPASS", "SSLKEYLOGFILE", "BASH_ENV", "ENV", "GITHUB_TOKEN", "GH_TOKEN":
			return ""
		default:
			for _, prefix := range []string{"GIT_", "LD_", "DYLD_", "INPUT_", "ACTIONS_"} {
				if strings.HasPrefix(upper, prefix) {
					return ""
				}
			}
		}
		if value := getenv(name); value == m.scrub(value) {
			return value
		}
		return ""
	}
}

// maxBranch is how many bytes the name of a branch may have; GitHub takes no
// longer ones.
const maxBranch = 255

// CheckBranch refuses what git does not take for the name of a branch, without
// refs/heads/, or what has more than 255 bytes.
func CheckBranch(name string) error {
	_, err := branchRef(name)
	return err
}

// branchRef is the full name of a branch.
func branchRef(branch string) (string, error) {
	ref := plumbing.NewBranchReferenceName(branch)
	if err := ref.Validate(); err != nil || branch == "HEAD" || strings.ContainsAny(branch, "*\x00") {
		return "", fmt.Errorf("%q is no name of a branch", branch)
	}
	if len(branch) > maxBranch {
		return "", fmt.Errorf("the name of a branch has %d bytes, more than %d", len(branch), maxBranch)
	}
	return ref.String(), nil
}

// maxLine is how much of one line of git's words is looked at, in bytes.
const maxLine = 64 << 10

// hearing tells what the server says, which git marks line by line, from what
// git says itself. Neither has the token in it.
type hearing struct {
	remote    Remote
	git, said tail
	line      []byte
}

func (h *hearing) Write(p []byte) (int, error) {
	for _, c := range p {
		if c == '\n' || c == '\r' {
			h.end()
		} else if len(h.line) < maxLine {
			h.line = append(h.line, c)
		}
	}
	return len(p), nil
}

// end takes the line so far.
func (h *hearing) end() {
	line := strings.TrimRight(h.remote.scrub(string(h.line)), " ")
	h.line = h.line[:0]
	to := &h.git
	if words, ok := strings.CutPrefix(line, "remote:"); ok {
		to, line = &h.said, strings.TrimPrefix(words, " ")
	}
	if line != "" {
		// tail never fails
		_, _ = to.Write([]byte(line + "\n"))
	}
}

// exchange runs a git command that speaks with the server, and returns what it
// printed and what the server said, also when it fails.
func (t *Tip) exchange(ctx context.Context, args ...string) (out, said string, err error) {
	cmd, err := t.repo.git.command(ctx, true, args...)
	if err != nil {
		return "", "", err
	}
	// Git leaves the program behind that speaks with the server, and that one
	// waits, with the token.
	OwnGroup(cmd, syscall.SIGTERM)
	// Not at home: there may be a .netrc.
	cmd.Env = append(append(cmd.Env, "HOME="+t.dir), t.remote.settings(t.url)...)
	words := &hearing{remote: t.remote}
	cmd.Stderr = words
	err = finish(ctx, cmd, args[0], nil, &words.git, func(r *bufio.Reader) error {
		b, err := readBounded(r)
		out = t.remote.scrub(string(b))
		return err
	})
	said = shown(words.said.buf.String())
	return out, said, t.explain(err, said)
}

// explain says what an answer of the server means that git has its own words
// for.
func (t *Tip) explain(err error, said string) error {
	var failed *gitError
	if !errors.As(err, &failed) {
		return err
	}
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(failed.stderr, w) })
	}
	switch {
	case has("returned error: 401", "could not read Username", "could not read Password", "Authentication failed") && t.remote.Token == "":
		return fmt.Errorf("%w without a token: %w", ErrUnauthorized, err)
	case has("returned error: 401", "could not read Username", "could not read Password", "Authentication failed"):
		return fmt.Errorf("%w: it does not know the token, or the token has ended: %w", ErrUnauthorized, err)
	case has("returned error: 403"):
		return fmt.Errorf("%w: what the token may do is not enough: %s: %w", ErrUnauthorized, oneLine(said), err)
	case has("returned error: 404", "' not found"):
		return fmt.Errorf("the server has no repository there, or the token may not see it: %w", err)
	case has("returned error: 30"):
		return fmt.Errorf("the server sends us elsewhere, where we do not go: %w", err)
	case has("couldn't find remote ref"):
		return fmt.Errorf("%w: the server has no such branch", ErrNoCommit)
	}
	return err
}

// shown makes a server's words safe to show, line by line, in at most maxStderr
// bytes.
func shown(said string) string {
	var b strings.Builder
	for line := range strings.Lines(said) {
		line = printable.Text(strings.TrimSuffix(line, "\n"), 0) + "\n"
		if b.Len()+len(line) > maxStderr+1 {
			b.WriteString("…")
			break
		}
		b.WriteString(line)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func oneLine(said string) string {
	if said == "" {
		return "it says no more"
	}
	return strings.ReplaceAll(said, "\n", "; ")
}
