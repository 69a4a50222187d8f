package ots

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const (
	testSignature = pgpBegin + "\n\niQEzBAABCAAdFiEE\n=abcd\n" + pgpEnd + "\n"
	testHeaders   = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n"
	testTag       = "object 4b825dc642cb6eb9a060e54bf8d69288fbee4904\ntype commit\ntag v1\ntagger A <a@b> 1 +0000\n"
)

// gitArmor returns the armour of a version and tree.
func gitArmor(content []byte) []byte {
	return []byte(gitArmorBegin + "\n\n" + lines(base64.StdEncoding.EncodeToString(content), 64, "\n") + gitArmorEnd + "\n")
}

// stamped is a signature with a git timestamp of this minor version.
func stamped(minor byte) string {
	tree := chain(opArg(Append, digest), op(SHA256), fork(pending("https://a"), bitcoin(5)))
	return testSignature + string(gitArmor(append([]byte{1, minor}, tree...)))
}

// header folds text into a header of a commit.
func header(name, text string) string {
	return name + " " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n ") + "\n"
}

func commit(extra, message string) string { return testHeaders + extra + "\n" + message }

// signedObjects are objects whose parts are easily told apart wrongly. What is
// expected of them is what git hands to a signature program; see TestGitAgrees.
func signedObjects() []struct {
	name   string
	object GitObject
	raw    string
} {
	sig := stamped(1)
	other := strings.ReplaceAll(testTag, "v1", "v0") + "\nmerged\n" + stamped(0)
	return []struct {
		name   string
		object GitObject
		raw    string
	}{
		{"commit", GitCommit, commit(header("gpgsig", sig), "subject\n")},
		{"no final newline", GitCommit, commit(header("gpgsig", sig), "subject")},
		{"no message", GitCommit, commit(header("gpgsig", sig), "")},
		{"carriage returns", GitCommit, commit(header("gpgsig", sig), "subject\r\n\r\nbody\r")},
		{"header after it", GitCommit, commit(header("gpgsig", sig)+"encoding ISO-8859-1\n", "s\xfcbject\n")},
		{"folded header before it", GitCommit, commit("note a\n b\n"+header("gpgsig", sig), "subject\n")},
		{"folded header after it", GitCommit, commit(header("gpgsig", sig)+"note a\n b\n", "subject\n")},
		{"merged tag", GitCommit, commit(header("mergetag", other)+header("gpgsig", sig), "Merge tag v0\n")},
		{"merged tag after it", GitCommit, commit(header("gpgsig", sig)+header("mergetag", other), "Merge tag v0\n")},
		{"sha256 before it", GitCommit, commit(header("gpgsig-sha256", stamped(0))+header("gpgsig", sig), "subject\n")},
		{"sha256 after it", GitCommit, commit(header("gpgsig", sig)+header("gpgsig-sha256", stamped(0)), "subject\n")},
		{"header in the message", GitCommit, commit(header("gpgsig", sig), header("gpgsig", stamped(0))+"\nbody\n")},
		{"text after the armour", GitCommit, commit(header("gpgsig", sig+"ciao\n"), "subject\n")},
		{"armour twice", GitCommit, commit(header("gpgsig", sig+stamped(0)), "subject\n")},
		{"tag", GitTag, testTag + "\nsubject\n" + sig},
		{"tag with text after it", GitTag, testTag + "\nsubject\n" + sig + "\nciao"},
		{"tag with carriage returns", GitTag, testTag + "\nsubject\r\nbody\r\n" + sig},
		{"tag that quotes another", GitTag, testTag + "\nsubject\n" + stamped(0) + "\nmore\n" + sig},
		{"tag of a tag", GitTag, strings.Replace(testTag, "type commit", "type tag", 1) + "\n" + sig},
		{"tag with the other hash's", GitTag, testTag + header("gpgsig-sha256", stamped(0)) + "\nsubject\n" + sig},
	}
}

func TestGitTimestamp(t *testing.T) {
	for _, tt := range signedObjects() {
		t.Run(tt.name, func(t *testing.T) {
			g, err := ParseGitTimestamp(tt.object, []byte(tt.raw))
			if err != nil {
				t.Fatal(err)
			}
			a, b := sha256.Sum256(g.Payload), sha256.Sum256([]byte(testSignature))
			if want := sha256.Sum256(append(a[:], b[:]...)); !bytes.Equal(g.Tree.Msg, want[:]) || string(g.Signature) != testSignature {
				t.Errorf("starts from %x, signature %q", g.Tree.Msg, g.Signature)
			}
			if g.Minor != 1 || !g.PGP || !bytes.Equal(g.TreeSum, digest) || g.Trailing != nil {
				t.Errorf("1.%d, PGP %v, tree sum %x, trailing %x", g.Minor, g.PGP, g.TreeSum, g.Trailing)
			}
			rest := ""
			switch {
			case strings.Contains(tt.name, "text after"):
				rest = "ciao"
			case tt.name == "armour twice":
				rest = strings.TrimSpace(stamped(0))
			}
			if got := strings.TrimSpace(string(g.Uncovered)); got != rest {
				t.Errorf("uncovered: %q", got)
			}
		})
	}
}

// TestGitAgrees has git verify each object with a program that keeps what git
// hands it, and compares that with what we take for payload and signature.
func TestGitAgrees(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("needs git, and a shell script as its gpg.program")
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "keep")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nfor f; do case $f in */*) cp \"$f\" '"+dir+"/signature';; esac; done\ncat >'"+dir+"/payload'\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	run := func(stdin string, args ...string) (string, error) {
		cmd := exec.Command(git, append([]string{"-C", dir, "-c", "gpg.program=" + script}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	if _, err := run("", "init", "-q"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range signedObjects() {
		t.Run(tt.name, func(t *testing.T) {
			kind := map[GitObject]string{GitCommit: "commit", GitTag: "tag"}[tt.object]
			id, err := run(tt.raw, "hash-object", "--literally", "-w", "-t", kind, "--stdin")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := run("", "verify-"+kind, id); err == nil {
				t.Fatal("git verified a signature that a program refused")
			}
			g, err := ParseGitTimestamp(tt.object, []byte(tt.raw))
			if err != nil {
				t.Fatal(err)
			}
			for name, ours := range map[string][]byte{"payload": g.Payload, "signature": g.Signature} {
				theirs, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				if name == "signature" {
					ours = append(bytes.Clone(ours), theirs[min(len(ours), len(theirs)):]...)
				}
				if !bytes.Equal(ours, theirs) {
					t.Errorf("%s\nours: %q\ngit's: %q", name, ours, theirs)
				}
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestGitTimestampRefuses(t *testing.T) {
	with := func(armour string) string { return commit(header("gpgsig", testSignature+armour), "subject\n") }
	good := string(gitArmor(append([]byte{1, 0}, bitcoin(5)...)))
	inner := strings.TrimSuffix(strings.TrimPrefix(good, gitArmorBegin+"\n\n"), gitArmorEnd+"\n")
	around := func(body string) string { return with(gitArmorBegin + "\n\n" + body + gitArmorEnd + "\n") }
	deep := bytes.Repeat(op(SHA256), MaxDepth+1)
	for _, tt := range []struct {
		name   string
		object GitObject
		raw    string
		rule   error
		text   string
	}{
		{"empty", GitCommit, "", ErrNoGitTimestamp, ""},
		{"empty tag", GitTag, "", ErrNoGitTimestamp, ""},
		{"unsigned commit", GitCommit, commit("", "subject\n"), ErrNoGitTimestamp, ""},
		{"unsigned tag", GitTag, testTag + "\nsubject\n", ErrNoGitTimestamp, ""},
		{"signed only", GitCommit, commit(header("gpgsig", testSignature), "subject\n"), ErrNoGitTimestamp, ""},
		{"in the message only", GitCommit, commit("", stamped(0)), ErrNoGitTimestamp, ""},
		{"header in the message", GitCommit, commit("", header("gpgsig", stamped(0))+"\n"), ErrNoGitTimestamp, ""},
		{"headers after none", GitCommit, "\n" + header("gpgsig", stamped(0)) + "\n\n", ErrNoGitTimestamp, ""},
		{"merged tag's", GitCommit, commit(header("mergetag", testTag+"\nx\n"+stamped(0)), "subject\n"), ErrNoGitTimestamp, ""},
		{"other hash's", GitCommit, commit(header("gpgsig-sha256", stamped(0)), "subject\n"), ErrNoGitTimestamp, ""},
		{"tag signed again", GitTag, testTag + "\nx\n" + stamped(0) + testSignature, ErrNoGitTimestamp, ""},
		{"tag without signature", GitTag, testTag + "\nx\n" + good, ErrMalformed, "no signature stands before it"},
		{"two signatures", GitCommit, commit(header("gpgsig", stamped(0))+header("gpgsig", testSignature), "x\n"), ErrMalformed, "2 signatures"},
		{"two signatures without", GitCommit, commit(header("gpgsig", testSignature)+header("gpgsig", testSignature), "x\n"), ErrNoGitTimestamp, ""},
		{"within a line", GitCommit, with("x" + good), ErrMalformed, "start of a line"},
		{"no empty line", GitCommit, with(strings.Replace(good, "\n\n", "\n", 1)), ErrMalformed, "not followed by an empty one"},
		{"no end", GitCommit, with(strings.Replace(good, gitArmorEnd, "", 1)), ErrTruncated, "lacks its last line"},
		{"end without line break", GitTag, testTag + "\nx\n" + testSignature + strings.TrimSuffix(good, "\n"), ErrTruncated, "lacks its last line"},
		{"end before it", GitCommit, with(gitArmorEnd + "\n" + good), ErrMalformed, "ends before it begins"},
		{"nothing in it", GitCommit, around(""), ErrMalformed, "holds nothing"},
		{"carriage returns", GitCommit, around(strings.ReplaceAll(inner, "\n", "\r\n")), ErrMalformed, "carriage returns"},
		{"empty lines", GitCommit, around("\n" + inner), ErrMalformed, "empty lines"},
		{"other characters", GitCommit, around("!" + inner), ErrMalformed, "base64"},
		{"padding within", GitCommit, around("AQA=\n" + inner), ErrMalformed, "base64"},
		{"wrong checksum", GitCommit, around(inner + "=AAAA\n"), ErrMalformed, "damaged"},
		{"no version", GitCommit, with(string(gitArmor([]byte{1}))), ErrTruncated, "the version"},
		{"version 2.0", GitCommit, with(string(gitArmor(append([]byte{2, 0}, bitcoin(5)...)))), ErrVersion, "2.0, expected 1.0 or 1.1"},
		{"version 1.2", GitCommit, with(string(gitArmor(append([]byte{1, 2}, bitcoin(5)...)))), ErrVersion, "1.2"},
		{"tree cut", GitCommit, with(string(gitArmor([]byte{1, 0, 8}))), ErrTruncated, "byte 3"},
		{"unknown operation", GitCommit, with(string(gitArmor([]byte{1, 0, 9}))), ErrUnknownOp, "byte 2"},
		{"too deep", GitCommit, with(string(gitArmor(chain([]byte{1, 0}, deep, bitcoin(5))))), ErrMalformed, "more than 255 operations"},
		{"too large", GitCommit, around(strings.Repeat("A", MaxEncoded) + "\n"), ErrTooLarge, "more than 1048576 bytes"},
		{"armour too large", GitCommit, around(strings.Repeat("A", MaxEncoded+1) + "\n"), ErrTooLarge, "more than 2097152 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, err := ParseGitTimestamp(tt.object, []byte(tt.raw))
			if g != nil || !errors.Is(err, tt.rule) || !strings.HasPrefix(err.Error(), "git timestamp: ") || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%v, expected %v with %q", err, tt.rule, tt.text)
			}
		})
	}
}

// What an attacker may add is accepted as the reference accepts it, and named.
func TestGitTimestampNamesWhatIsNotCovered(t *testing.T) {
	tree := bitcoin(5)
	for _, tt := range []struct {
		name, signature     string
		pgp                 bool
		trailing, uncovered string
		treeSum             bool
	}{
		{"all covered", testSignature + string(gitArmor(append([]byte{1, 0}, tree...))), true, "", "", false},
		{"behind the tree", testSignature + string(gitArmor(append(append([]byte{1, 0}, tree...), "more"...))), true, "more", "", false},
		{"behind the armour", testSignature + string(gitArmor(append([]byte{1, 0}, tree...))) + "ciao\n", true, "", "ciao\n", false},
		{"no signature before it", string(gitArmor(append([]byte{1, 0}, tree...))), false, "", "", false},
		{"text before the signature", "gpg --status-fd=2\n" + testSignature + string(gitArmor(append([]byte{1, 0}, tree...))), true, "", "", false},
		{"signature without end", pgpBegin + "\n\nx\n" + string(gitArmor(append([]byte{1, 0}, tree...))), false, "", "", false},
		{"another before it", "-----BEGIN SSH SIGNATURE-----\nx\n-----END SSH SIGNATURE-----\n" + string(gitArmor(append([]byte{1, 0}, tree...))), false, "", "", false},
		{"1.1 without a tree sum", testSignature + string(gitArmor(append([]byte{1, 1}, tree...))), true, "", "", false},
		{"1.1 with a short one", testSignature + string(gitArmor(chain([]byte{1, 1}, opArg(Append, digest[:31]), op(SHA256), tree))), true, "", "", false},
		{"1.1", testSignature + string(gitArmor(chain([]byte{1, 1}, opArg(Append, digest), op(SHA256), tree))), true, "", "", true},
		{"1.0 that looks like 1.1", testSignature + string(gitArmor(chain([]byte{1, 0}, opArg(Append, digest), op(SHA256), tree))), true, "", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g, err := ParseGitTimestamp(GitCommit, []byte(commit(header("gpgsig", tt.signature), "subject\n")))
			if err != nil {
				t.Fatal(err)
			}
			if g.PGP != tt.pgp || string(g.Trailing) != tt.trailing || string(g.Uncovered) != tt.uncovered || (g.TreeSum != nil) != tt.treeSum {
				t.Errorf("PGP %v, trailing %q, uncovered %q, tree sum %x", g.PGP, g.Trailing, g.Uncovered, g.TreeSum)
			}
		})
	}
}

// A proof of the payload has two operations more than the timestamp.
func TestGitTimestampProofDepth(t *testing.T) {
	for _, tt := range []struct {
		ops int
		ok  bool
	}{{MaxDepth - 2, true}, {MaxDepth - 1, false}} {
		tree := chain([]byte{1, 0}, bytes.Repeat(op(SHA256), tt.ops), bitcoin(5))
		g, err := ParseGitTimestamp(GitCommit, []byte(commit(header("gpgsig", testSignature+string(gitArmor(tree))), "x\n")))
		if err != nil {
			t.Fatal(err)
		}
		p, err := g.Proof()
		if (err == nil) != tt.ok || !tt.ok && !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d operations: %v", tt.ops, err)
		}
		if tt.ok {
			if _, err := Parse(p.Bytes()); err != nil {
				t.Errorf("%d operations: %v", tt.ops, err)
			}
		}
	}
}

func FuzzGitTimestamp(f *testing.F) {
	for _, s := range signedObjects() {
		f.Add(s.object == GitTag, []byte(s.raw))
	}
	f.Add(false, []byte(commit(header("gpgsig", testSignature), "x")))
	f.Fuzz(func(t *testing.T, tag bool, raw []byte) {
		object := GitCommit
		if tag {
			object = GitTag
		}
		g, err := ParseGitTimestamp(object, raw)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "git timestamp: ") || g != nil {
				t.Fatal(err)
			}
			return
		}
		if len(g.Payload)+len(g.Signature)+len(g.Uncovered) >= len(raw) {
			t.Fatal("more came out than went in")
		}
		if len(g.Trailing) == 0 && !g.Tree.hasDuplicates() {
			again, err := ParseGitTimestamp(object, []byte(commitOrTag(tag, append([]byte{1, byte(g.Minor)}, g.Tree.Bytes()...))))
			if err != nil || len(again.Tree.Claims()) != len(g.Tree.Claims()) {
				t.Fatalf("our own bytes: %v", err)
			}
		}
		if p, err := g.Proof(); err == nil && len(p.Claims()) != len(g.Tree.Claims()) {
			t.Fatal("the proof claims something else")
		}
	})
}

// commitOrTag is an object with this content in its armour.
func commitOrTag(tag bool, content []byte) string {
	if tag {
		return testTag + "\nx\n" + testSignature + string(gitArmor(content))
	}
	return commit(header("gpgsig", testSignature+string(gitArmor(content))), "x\n")
}
