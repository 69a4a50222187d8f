package calendar

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/openllmo/git-anchor/internal/fetch"
)

// The whole path of a real run but for the network: default pools, allow-listed
// names in the answers, https with certificates that verify, a proxy from the
// environment. One server on loopback stands in for all hosts.
func TestPublicCalendars(t *testing.T) {
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("crypto/x509 ignores SSL_CERT_FILE here: the test cannot be trusted by the system")
	}
	const alice, catallaxy = "https://alice.btc.calendar.opentimestamps.org", "https://btc.calendar.catallaxy.com"
	pools := map[string]string{ // host → the calendar it names
		"a.pool.opentimestamps.org": alice,
		"b.pool.opentimestamps.org": alice,
		"a.pool.eternitywall.com":   "https://evil.com:.calendar.opentimestamps.org",
		"ots.btc.catallaxy.com":     catallaxy,
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, ok := pools[r.Host]; ok && r.Method == "POST" && r.URL.Path == "/digest" {
			w.Write(leaf(digest(), pending(t, name)).Bytes())
			return
		}
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "Not found at "+r.Host)
	}))
	hosts := []string{"alice.btc.calendar.opentimestamps.org", "btc.calendar.catallaxy.com"}
	for host := range pools {
		hosts = append(hosts, host)
	}
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t, hosts)}}
	s.StartTLS()
	t.Cleanup(s.Close)
	proxy := connectProxy(t, s.Listener.Addr().String())
	c := &Client{Fetch: fetch.New(fetch.Config{Backoff: 1, Getenv: func(name string) string {
		if name == "HTTPS_PROXY" {
			return proxy
		}
		return ""
	}})}

	answers, err := c.Submit(t.Context(), digest(), Pools(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range answers {
		names = append(names, a.Names...)
	}
	if !slices.Equal(names, []string{alice, alice, catallaxy}) {
		t.Errorf("names %q, errors %v", names, answers)
	}
	want := "a.pool.eternitywall.com names https://evil.com:.calendar.opentimestamps.org: calendar may not be asked"
	if answers[2].Err == nil || answers[2].Err.Error() != want {
		t.Errorf("hostile name: error %v, want %q", answers[2].Err, want)
	}
	for _, uri := range []string{alice, catallaxy} {
		_, err := c.Complete(t.Context(), uri, digest())
		if want := "not yet: Not found at " + host(uri); err == nil || err.Error() != want {
			t.Errorf("complete: error %v, want %q", err, want)
		}
	}
}

// certificate returns one for hosts that the system trusts. crypto/x509 reads
// SSL_CERT_FILE once a process, so there is one certificate however often the
// test runs.
func certificate(t *testing.T, hosts []string) tls.Certificate {
	t.Helper()
	certificateOnce.Do(func() { certificateMade = newCertificate(t, hosts) })
	return certificateMade
}

var (
	certificateOnce sync.Once
	certificateMade tls.Certificate
)

func newCertificate(t *testing.T, hosts []string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		DNSNames:              hosts,
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", file)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// connectProxy leads every CONNECT to one address and returns its own URL.
func connectProxy(t *testing.T, backend string) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out, err := net.Dial("tcp", backend)
		if err != nil {
			t.Error(err)
			return
		}
		defer out.Close()
		in, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer in.Close()
		io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			io.Copy(out, in)
			out.Close()
		}()
		io.Copy(in, out)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s.URL
}
