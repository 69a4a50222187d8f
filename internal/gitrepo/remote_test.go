package gitrepo

import (
	"encoding/base64"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestRemoteURL(t *testing.T) {
	good := []string{"https://github.com/o/r", "https://GitHub.example:8443/o/r.git", "http://127.0.0.1:1/o/r", "http://[::1]:1/o/r", "http://localhost/o/r", "http://LocalHost/o/r", "https://10.0.0.1/o r", "http://[::ffff:127.0.0.1]/r"}
	for _, u := range good {
		if _, err := (Remote{URL: u}).parse(); err != nil {
			t.Errorf("%s: %v", u, err)
		}
	}
	bad := map[string]string{
		"":                                "neither https nor http",
		"-u":                              "neither",
		"--upload-pack=x":                 "neither",
		"ext::sh -c x":                    "neither",
		"file:///r":                       "neither",
		"ssh://git@github.com/o/r":        "user name",
		"git@github.com:o/r":              "no URL",
		"/o/r":                            "neither",
		"http://github.com/o/r":           "loopback",
		"http://127.0.0.1.example/o/r":    "loopback",
		"http://2130706433/o/r":           "loopback",
		"https://u:geheim@github.com/o/r": "user name",
		"https://@github.com/o/r":         "user name",
		"https://github.com/o/r?x":        "query",
		"https://github.com/o/r?":         "query",
		"https://github.com/o/r#x":        "fragment",
		"https://github.com/o/r#":         "fragment",
		"https:///o/r":                    "host",
		"https://:80/o/r":                 "host",
		`https://github.com\@x/o/r`:       "no URL",
		"https://github.com":              "form",
		"HTTPS://github.com/o/r":          "form",
		"https:github.com/o/r":            "host",
		"https://git%68ub.com/o/r":        "no URL",
		"https://gıthub.com/o/r":          "host",
		"https://github.com/o/\nr":        "no URL",
	}
	for u, want := range bad {
		_, err := OpenTip(t.Context(), nil, Remote{URL: u, Token: "geheim"}, os.Getenv)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q: %v", u, err)
		}
	}
}

// TestRemoteEnvironment: nothing reaches git that configures it, runs something
// or is a secret.
func TestRemoteEnvironment(t *testing.T) {
	m := Remote{Token: "geheim"}
	person := map[string]string{"PATH": "/bin", "HOME": "/home/ann", "https_proxy": "http://proxy", "NO_PROXY": "x", "SSL_CERT_FILE": "/roots", "GIT_SSL_CAINFO": "/a", "GIT_SSL_CAPATH": "/b"}
	dropped := []string{"GIT_SSL_NO_VERIFY", "GIT_TRACE", "GIT_TRACE_CURL", "GIT_CURL_VERBOSE", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_SSH_COMMAND", "GIT_PROXY_COMMAND", "GIT_CONFIG_SYSTEM",
		"GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_PARAMETERS", "GIT_EXEC_PATH", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "GIT_AUTHOR_DATE", "Git_Trace",
		"INPUT_TOKEN", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "SSLKEYLOGFILE", "XDG_CONFIG_HOME", "OTHER", "BASIC"}
	getenv := m.environment(func(name string) string {
		switch name {
		case "OTHER":
			return "Bearer geheim"
		case "BASIC":
			return base64.StdEncoding.EncodeToString([]byte("x-access-token:geheim"))
		}
		if slices.Contains(dropped, name) {
			return "1"
		}
		return person[name]
	}, "/tip")
	for name, want := range person {
		if got := getenv(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	for _, name := range dropped {
		if got := getenv(name); got != "" {
			t.Errorf("%s is %q", name, got)
		}
	}
	if got := []string{getenv("GIT_DIR"), getenv("GIT_CONFIG_GLOBAL"), getenv("GIT_CONFIG_NOSYSTEM")}; !slices.Equal(got, []string{"/tip", os.DevNull, "1"}) {
		t.Errorf("got %q", got)
	}
}

func TestBranchRef(t *testing.T) {
	for _, good := range []string{"main", "git-anchor/proofs", "ü", "a.b", strings.Repeat("x", maxBranch)} {
		if ref, err := branchRef(good); err != nil || ref != "refs/heads/"+good {
			t.Errorf("%q: %q, %v", good, ref, err)
		}
	}
	for _, bad := range []string{"", "-x", "a..b", "a b", "a:b", "+a", "*", "a*", "^a", "a~1", "@{u}", "a\\b", "a.lock", "a/", "/a", "a//b", ".a", "a\n", "a\x00", "a?", "a[b", "HEAD\x7f", "HEAD", "@", strings.Repeat("x", maxBranch+1)} {
		if ref, err := branchRef(bad); err == nil && bad != "+a" {
			t.Errorf("%q: %q", bad, ref)
		}
	}
}

// TestHearing: the server's words and git's own, byte by byte, without the
// token in either form.
func TestHearing(t *testing.T) {
	h := &hearing{remote: Remote{Token: "geheim"}}
	basic := h.remote.basic()
	in := "remote: error: GH006        \nfatal: no\rremote:   two geheim\nremote:\nfatal: " + basic + "\nfatal: " + strings.Repeat("x", 2*maxLine) + "\nnot ended geheim"
	for _, c := range []byte(in) {
		if n, err := h.Write([]byte{c}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if got := h.said.buf.String(); got != "error: GH006\n  two ***\n" {
		t.Errorf("it says %q", got)
	}
	if got := h.git.text(); !strings.HasPrefix(got, "no; ***; xxx") || len(got) > maxStderr || len(h.line) != len("not ended geheim") {
		t.Errorf("git says %.40q", got)
	}
}

func TestShown(t *testing.T) {
	line := strings.Repeat("x", 63) + "\n"
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"lines", "a\nb\n", "a\nb"},
		{"escapes", "\x1b[31m\u202e::error::\n", `\x1b[31m\u202e::error::`},
		{"at the limit", strings.Repeat(line, maxStderr/64), strings.TrimSuffix(strings.Repeat(line, maxStderr/64), "\n")},
		{"past it", strings.Repeat(line, maxStderr/64) + "y\n", strings.Repeat(line, maxStderr/64) + "…"},
		{"escapes take more", strings.Repeat("\x1b\n", maxStderr), strings.Repeat("\\x1b\n", (maxStderr+1)/5) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := shown(tt.in); got != tt.want {
				t.Errorf("%d bytes: got %.80q", len(got), got)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	out := "To https://x\n!\ta:refs/heads/b\t[remote rejected] (pre-receive \x1bhook\tdeclined)\nDone\n"
	if got := refusal(out); got != `[remote rejected] (pre-receive \x1bhook\tdeclined)` {
		t.Errorf("got %q", got)
	}
	for _, out := range []string{"", "!\n", "!\ta\n", " \ta:b\t(x)\n"} {
		if got := refusal(out); got != "" {
			t.Errorf("%q: got %q", out, got)
		}
	}
}
