package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

const fakePGP = "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"

// gitObject: gitobject NAME KIND FILE: stores an object with the file's bytes,
// whatever git thinks of them, and sets NAME to its id.
func gitObject(ts *testscript.TestScript, args []string) {
	storeObject(ts, args[0], args[1], []byte(ts.ReadFile(args[2])))
}

// timestamped: timestamped NAME KIND FILE POOL [AFTER]: stores the commit or tag
// in the file as the reference client would have git sign it: with something
// like a PGP signature, the pool's timestamp, and AFTER behind it. Sets NAME.
func timestamped(ts *testscript.TestScript, args []string) {
	payload := []byte(ts.ReadFile(args[2]))
	of, by := sha256.Sum256(payload), sha256.Sum256([]byte(fakePGP))
	msg := sha256.Sum256(append(of[:], by[:]...))
	resp, err := http.Post(args[3]+"/digest", "application/octet-stream", bytes.NewReader(msg[:]))
	ts.Check(err)
	defer resp.Body.Close()
	tree, err := io.ReadAll(resp.Body)
	ts.Check(err)
	signature := fakePGP + "-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n\n" +
		base64.StdEncoding.EncodeToString(append([]byte{1, 0}, tree...)) + "\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----\n"
	if len(args) > 4 {
		signature += args[4] + "\n"
	}
	raw := append(payload, signature...)
	if args[1] == "commit" {
		head, message, _ := strings.Cut(string(payload), "\n\n")
		header := "gpgsig " + strings.ReplaceAll(strings.TrimSuffix(signature, "\n"), "\n", "\n ")
		raw = []byte(head + "\n" + header + "\n\n" + message)
	}
	storeObject(ts, args[0], args[1], raw)
}

func storeObject(ts *testscript.TestScript, name, kind string, raw []byte) {
	cmd := exec.Command("git", "hash-object", "-w", "-t", kind, "--literally", "--stdin")
	cmd.Dir, cmd.Stdin = ts.MkAbs("."), bytes.NewReader(raw)
	out, err := cmd.Output()
	ts.Check(err)
	ts.Setenv(name, strings.TrimSpace(string(out)))
}

// noteFile: notefile FILE PROOF…: writes a note with each proof on a line.
func noteFile(ts *testscript.TestScript, args []string) {
	var b strings.Builder
	for _, proof := range args[1:] {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString([]byte(ts.ReadFile(proof))))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}
