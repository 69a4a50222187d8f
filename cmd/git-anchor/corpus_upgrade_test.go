package main

import (
	"bytes"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/corpus"
	"github.com/openllmo/git-anchor/internal/ots"
)

// TestCorpusUpgrade completes the real pending proofs from real calendar
// answers: a TLS server stands in for the calendars' hosts behind a proxy, and
// what is written must hold what the reference library's merge holds.
func TestCorpusUpgrade(t *testing.T) {
	dir := corpus.Dir(t)
	answersFile := filepath.Join(dir, "calendar", "get_timestamp.jsonl")
	calendars := replay(t, answersFile)
	repo, names := pendingRepository(t, dir)
	cmd := exec.Command(self(t), "upgrade", "--all", "--unchecked", "--json", "--explorer", explorer(t, trueHeaders(t, dir), asIs))
	cmd.Dir = repo
	cmd.Env = append(cleanEnv(t), "HTTPS_PROXY="+calendars.proxy, "SSL_CERT_FILE="+calendars.roots)
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !asExit(err, &exit) {
		t.Fatal(err)
	}
	var result struct {
		Documents []struct{ Proof, Action string }
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	seen := map[string]bool{}
	for _, d := range result.Documents {
		seen[d.Proof] = true
	}
	for _, n := range names {
		if !seen[n] {
			t.Errorf("%s is in no result", n)
		}
	}
	if len(result.Documents) != len(names) {
		t.Errorf("%d documents in the result, %d proofs", len(result.Documents), len(names))
	}
	if n, most := calendars.repeated(); n > 0 {
		t.Errorf("%d commitments were asked more than once, one of them %s", n, most)
	}
	complete := 0
	for name, want := range referenceMerge(t, answersFile, dir, names) {
		raw, err := os.ReadFile(filepath.Join(repo, name))
		if err != nil {
			t.Fatal(err)
		}
		p, err := ots.Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want.Attestations, attestations(p)); diff != "" {
			t.Errorf("%s: attestations differ from the reference's merge (-want +got):\n%s", name, diff)
		}
		if hasBitcoin(p) {
			complete++
		}
		if want.Complete != hasBitcoin(p) {
			t.Errorf("%s: complete %v, the reference says %v", name, hasBitcoin(p), want.Complete)
		}
	}
	t.Logf("%d of %d pending proofs became complete, %d requests", complete, len(names), calendars.requests())
	if complete != 376 {
		t.Errorf("%d proofs became complete, 376 can be", complete)
	}
}

func asExit(err error, exit **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*exit = e
	return ok
}

// self is this test binary under the name that makes it run main.
func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "git-anchor")
	if err := os.Symlink(exe, name); err != nil {
		t.Fatal(err)
	}
	return name
}

func cleanEnv(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.org", "GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.org"}
}

// pendingRepository commits every proof of the corpus that has only pending
// attestations, with a document of some other bytes beside each.
func pendingRepository(t *testing.T, dir string) (repo string, names []string) {
	t.Helper()
	repo = t.TempDir()
	for _, v := range verdicts(t, dir) {
		if !v.OK || v.Category != "pending" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, v.File))
		if err != nil {
			t.Fatal(err)
		}
		name := flat(v.File)
		if err := os.WriteFile(filepath.Join(repo, name), raw, 0o644); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if len(names) == 0 {
		t.Fatal("no pending proofs in the corpus")
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"commit", "-q", "-m", "Pending proofs"}} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = repo, cleanEnv(t)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	return repo, names
}

// flat is a corpus file's name in the repository.
func flat(file string) string {
	return strings.TrimSuffix(strings.ReplaceAll(file, "/", "_"), ".ots") + ".ots"
}

// A stand-in answers for the calendars' hosts.
type standIn struct {
	proxy, roots string
	mu           sync.Mutex
	asked        map[string]int
}

func (s *standIn) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, k := range s.asked {
		n += k
	}
	return n
}

func (s *standIn) repeated() (n int, one string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for what, k := range s.asked {
		if k > 1 {
			n, one = n+1, what
		}
	}
	return n, one
}

// replay serves recorded answers over TLS, behind a proxy that leads every
// host there.
func replay(t *testing.T, file string) *standIn {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string][]byte{}
	for dec := json.NewDecoder(bytes.NewReader(raw)); dec.More(); {
		var row struct {
			URI, Commitment string
			Response        string `json:"response_hex"`
		}
		if err := dec.Decode(&row); err != nil {
			t.Fatal(err)
		}
		body, err := hex.DecodeString(row.Response)
		if err != nil {
			t.Fatal(err)
		}
		answers[row.URI+"/timestamp/"+row.Commitment] = body
	}
	s := &standIn{asked: map[string]int{}}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		url := "https://" + r.Host + r.URL.Path
		s.mu.Lock()
		s.asked[url]++
		s.mu.Unlock()
		body, ok := answers[url]
		if !ok {
			http.Error(w, "Pending confirmation in Bitcoin blockchain", http.StatusNotFound)
			return
		}
		if _, err := w.Write(body); err != nil {
			t.Error(err)
		}
	}))
	cert, root := serverCertificate(t, "*.btc.calendar.opentimestamps.org", "*.calendar.opentimestamps.org", "*.calendar.eternitywall.com", "*.calendar.catallaxy.com")
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	server.StartTLS()
	t.Cleanup(server.Close)
	s.roots = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(s.roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root}), 0o644); err != nil {
		t.Fatal(err)
	}
	s.proxy = connectProxy(t, server.Listener.Addr().String())
	return s
}

// connectProxy is an HTTP proxy that leads every CONNECT to one address.
func connectProxy(t *testing.T, to string) string {
	t.Helper()
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect {
			http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
			return
		}
		upstream, err := net.Dial("tcp", to)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		client, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		fmt.Fprint(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { defer upstream.Close(); io.Copy(upstream, client) }()
		go func() { defer client.Close(); io.Copy(client, upstream) }()
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// python is Debian's, which python3-opentimestamps installs for.
const python = "/usr/bin/python3"

func requireReference(t *testing.T) {
	t.Helper()
	if err := exec.Command(python, "-c", "import opentimestamps").Run(); err != nil {
		t.Skipf("the reference library is not installed (Debian: python3-opentimestamps): %v", err)
	}
}

type merged struct {
	File         string
	Complete     bool
	Attestations [][]string
}

// referenceMerge asks the reference library what the merged proofs hold.
func referenceMerge(t *testing.T, answers, dir string, names []string) map[string]merged {
	t.Helper()
	requireReference(t)
	files := map[string]string{}
	var input strings.Builder
	for _, v := range verdicts(t, dir) {
		if v.OK && v.Category == "pending" {
			full := filepath.Join(dir, v.File)
			files[full] = flat(v.File)
			fmt.Fprintln(&input, full)
		}
	}
	cmd := exec.Command(python, "testdata/reference_merge.py", answers)
	cmd.Stdin, cmd.Stderr = strings.NewReader(input.String()), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]merged{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var m merged
		if err := dec.Decode(&m); err != nil {
			t.Fatal(err)
		}
		all[files[m.File]] = m
	}
	if len(all) != len(names) {
		t.Fatalf("the reference merged %d proofs, want %d", len(all), len(names))
	}
	return all
}

func hasBitcoin(p *ots.Proof) bool {
	for _, c := range p.Claims() {
		if c.Attestation.Kind() == ots.KindBitcoin {
			return true
		}
	}
	return false
}

// attestations lists a proof's claims as the reference script does.
func attestations(p *ots.Proof) [][]string {
	var rows [][]string
	for _, c := range p.Claims() {
		a, msg := c.Attestation, hex.EncodeToString(c.Msg)
		switch a.Kind() {
		case ots.KindPending:
			rows = append(rows, []string{"pending", a.URI(), msg})
		case ots.KindBitcoin:
			rows = append(rows, []string{"BitcoinBlockHeaderAttestation", fmt.Sprint(a.Height()), msg})
		case ots.KindLitecoin:
			rows = append(rows, []string{"LitecoinBlockHeaderAttestation", fmt.Sprint(a.Height()), msg})
		case ots.KindEthereum:
			rows = append(rows, []string{"EthereumBlockHeaderAttestation", fmt.Sprint(a.Height()), msg})
		default:
			rows = append(rows, []string{hex.EncodeToString(a.Tag[:]), "", msg})
		}
	}
	sort.Slice(rows, func(i, j int) bool { return strings.Join(rows[i], "\x00") < strings.Join(rows[j], "\x00") })
	return rows
}
