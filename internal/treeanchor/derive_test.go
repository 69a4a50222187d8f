package treeanchor

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/ots"
)

// attest returns a tree on msg as calendars and a block make it: a pending
// claim, and operations that end in one of Bitcoin.
func attest(t testing.TB, msg []byte, ops ...ots.Op) *ots.Tree {
	t.Helper()
	p, tip, err := ots.Chain(ots.SHA256, msg, ops)
	if err != nil {
		t.Fatal(err)
	}
	tip.Attestations = append(tip.Attestations, ots.BitcoinAt(5))
	pending, err := ots.PendingAt("https://a.example")
	if err != nil {
		t.Fatal(err)
	}
	p.Tree.Attestations = append(p.Tree.Attestations, pending)
	return p.Tree
}

var someOps = []ots.Op{{Tag: ots.Append, Arg: []byte("nonce")}, {Tag: ots.SHA256}}

// stamp goes the way of every stamp: the stem's message is aggregated with
// others, and the stem extended with what was made of it.
func stamp(t testing.TB, m *Manifest) *ots.Proof {
	t.Helper()
	stem, msg := m.Stem()
	other := sha256.Sum256([]byte("another document"))
	root, proofs, err := ots.Aggregate([][]byte{other[:], msg}, rand.NewChaCha8([32]byte{}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proofs[1].Extend(attest(t, root, someOps...)); err != nil {
		t.Fatal(err)
	}
	if n, err := stem.Extend(proofs[1].Tree); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	p, err := ots.Parse(stem.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// claims are what a proof attests, as text that can be compared.
func claims(p *ots.Proof) []string {
	var list []string
	for _, c := range p.Claims() {
		list = append(list, hex.EncodeToString(c.Attestation.Tag[:])+" "+hex.EncodeToString(c.Attestation.Payload)+" "+hex.EncodeToString(c.Msg))
	}
	slices.Sort(list)
	return list
}

func TestDerive(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 8, 9, 33} {
		m := manifest(t, some(n)...)
		anchor := stamp(t, m)
		before := anchor.Bytes()
		if sum := sha256.Sum256(m.Bytes()); !bytes.Equal(anchor.Digest, sum[:]) || len(anchor.Claims()) != 2 {
			t.Fatal("the anchor's proof is not one of the manifest's bytes")
		}
		for i, r := range m.Records() {
			p, err := m.Derive(anchor, i)
			if err != nil {
				t.Fatal(err)
			}
			again, err := ots.Parse(p.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			if again.Hash != ots.SHA256 || !bytes.Equal(again.Digest, r.Sum[:]) || !slices.Equal(claims(again), claims(anchor)) {
				t.Errorf("file %d of %d: %v, expected %v", i, n, claims(again), claims(anchor))
			}
		}
		if !bytes.Equal(anchor.Bytes(), before) {
			t.Error("the anchor's proof was changed")
		}
	}
}

// What the anchor's proof gains later, the files' proofs gain; of what is said
// of the manifest alone they have nothing.
func TestDeriveFollowsTheAnchor(t *testing.T) {
	m := manifest(t, some(5)...)
	anchor := stamp(t, m)
	_, msg := m.Stem()
	for _, tree := range []*ots.Tree{attest(t, msg, ots.Op{Tag: ots.SHA256}), attest(t, anchor.Digest, ots.Op{Tag: ots.Reverse})} {
		if _, err := anchor.Extend(tree); err != nil {
			t.Fatal(err)
		}
	}
	p, err := m.Derive(anchor, 3)
	if err != nil {
		t.Fatal(err)
	}
	missing := slices.DeleteFunc(claims(anchor), func(c string) bool { return slices.Contains(claims(p), c) })
	if len(claims(anchor)) != 6 || len(claims(p)) != 4 || len(missing) != 2 {
		t.Errorf("the anchor has %d claims, the file %d, without %v", len(claims(anchor)), len(claims(p)), missing)
	}
}

// Operations that stand twice in a node are followed both times.
func TestDeriveFromDuplicates(t *testing.T) {
	m := manifest(t, some(2)...)
	anchor := stamp(t, m)
	_, msg := m.Stem()
	again, _ := m.Stem()
	again.Tree.Branches[0].Tree.Branches[0].Tree.Attestations = attest(t, msg).Attestations
	anchor.Tree.Branches = append(anchor.Tree.Branches, again.Tree.Branches...)
	if !anchor.HasDuplicates() {
		t.Fatal("no duplicates")
	}
	p, err := m.Derive(anchor, 1)
	if err != nil || len(p.Claims()) != 4 || p.HasDuplicates() {
		t.Errorf("%v, %v", p, err)
	}
}

func TestDeriveRefuses(t *testing.T) {
	m := manifest(t, some(5)...)
	other := manifest(t, some(4)...)
	plain, tip, err := ots.Chain(ots.SHA256, m.sum[:], someOps)
	if err != nil {
		t.Fatal(err)
	}
	tip.Attestations = []ots.Attestation{ots.BitcoinAt(5)}
	otherRoot, tip, err := ots.Chain(ots.SHA256, m.sum[:], []ots.Op{{Tag: ots.Append, Arg: other.Root()}, {Tag: ots.SHA256}})
	if err != nil {
		t.Fatal(err)
	}
	tip.Attestations = []ots.Attestation{ots.BitcoinAt(5)}
	unhashed, tip, err := ots.Chain(ots.SHA256, m.sum[:], []ots.Op{{Tag: ots.Append, Arg: m.Root()}, {Tag: ots.Reverse}})
	if err != nil {
		t.Fatal(err)
	}
	tip.Attestations = []ots.Attestation{ots.BitcoinAt(5)}
	unstamped, _ := m.Stem()
	weak := &ots.Proof{Hash: ots.SHA1, Digest: m.sum[:20], Tree: &ots.Tree{Msg: m.sum[:20]}}
	deep := func(n int) *ots.Proof {
		stem, msg := m.Stem()
		if _, err := stem.Extend(attest(t, msg, slices.Repeat([]ots.Op{{Tag: ots.SHA256}}, n)...)); err != nil {
			t.Fatal(err)
		}
		return stem
	}
	room := ots.MaxDepth - len(m.Path(0)) - 2
	if _, err := m.Derive(deep(room), 0); err != nil {
		t.Errorf("at the limit of depth: %v", err)
	}
	for _, tt := range []struct {
		name  string
		proof *ots.Proof
		rule  error
	}{
		{"of another manifest", stamp(t, other), ErrOther},
		{"by another hash", weak, ErrOther},
		{"stamped like any file", plain, ErrNotLinked},
		{"through another root", otherRoot, ErrNotLinked},
		{"by another operation", unhashed, ErrNotLinked},
		{"not stamped", unstamped, ErrNotLinked},
		{"too deep", deep(room + 1), ots.ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if p, err := m.Derive(tt.proof, 0); p != nil || !errors.Is(err, tt.rule) {
				t.Errorf("%v, expected %v", err, tt.rule)
			}
		})
	}
}

// The longest path there may be fits into a proof.
func TestDeriveLongestPath(t *testing.T) {
	m := manifest(t, file(strings.Repeat("n", MaxPath)), file("a"))
	p, err := m.Derive(stamp(t, m), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ots.Parse(p.Bytes()); err != nil {
		t.Error(err)
	}
}

// A file's proof shows nothing of the others: not what they are called or hold,
// neither salt nor key, and no node that could be computed without the key.
func TestDeriveHidesTheOthers(t *testing.T) {
	m := manifest(t, some(9)...)
	anchor := stamp(t, m)
	for i := range m.Records() {
		p, err := m.Derive(anchor, i)
		if err != nil {
			t.Fatal(err)
		}
		b := p.Bytes()
		if bytes.Contains(b, testKey[:]) {
			t.Error("the key is in it")
		}
		for j, r := range m.Records() {
			leaf := r.leaf()
			for what, secret := range map[string][]byte{"path": []byte(r.Path), "hash": r.Sum[:], "leaf": leaf[:], "salt": m.salt(r.Path)} {
				shown := bytes.Contains(b, secret)
				if own := j == i && what != "leaf"; shown != own {
					t.Errorf("proof of file %d, %s of file %d: %v", i, what, j, shown)
				}
			}
		}
	}
	rekeyed, err := New(Key{7}, m.Records())
	if err != nil {
		t.Fatal(err)
	}
	for d, level := range m.tree {
		for i, node := range level {
			if slices.Contains(rekeyed.tree[d], node) {
				t.Errorf("node %d of level %d is the same with another key", i, d)
			}
		}
	}
}

// FuzzDerive follows hostile proofs of a manifest.
func FuzzDerive(f *testing.F) {
	m := manifest(f, some(5)...)
	anchor := stamp(f, m).Bytes()
	head := len(anchor) - len(stamp(f, m).Tree.Bytes())
	f.Add(uint8(3), anchor[head:])
	f.Add(uint8(0), append([]byte{0xff}, append(slices.Clone(anchor[head:]), anchor[head:]...)...))
	f.Fuzz(func(t *testing.T, i uint8, tree []byte) {
		p, err := ots.Parse(append(slices.Clone(anchor[:head]), tree...))
		if err != nil {
			return
		}
		derived, err := m.Derive(p, int(i)%len(m.Records()))
		if err != nil {
			if !errors.Is(err, ErrNotLinked) && !errors.Is(err, ots.ErrTooLarge) {
				t.Fatal(err)
			}
			return
		}
		again, err := ots.Parse(derived.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		all := append(claims(p), claims(&ots.Proof{Tree: &ots.Tree{Branches: hidden(p)}})...)
		for _, c := range claims(again) {
			if !slices.Contains(all, c) {
				t.Fatalf("claim made up: %s", c)
			}
		}
	})
}

// hidden are branches that make the hidden claims of a proof.
func hidden(p *ots.Proof) []ots.Branch {
	var list []ots.Branch
	for i, c := range p.Hidden() {
		list = append(list, ots.Branch{Op: ots.Op{Tag: ots.Append, Arg: []byte{byte(i), byte(i >> 8), 1}}, Tree: &ots.Tree{Msg: c.Msg, Attestations: []ots.Attestation{c.Attestation}}})
	}
	return list
}

// python is where Debian puts the reference library (python3-opentimestamps).
const python = "/usr/bin/python3"

// reader computes what the package comment says from a manifest, and has the
// reference library read the manifest's proof and those of its files. Input is
// a line of JSON: the manifest, its proof, the files' proofs, all hexadecimal.
const reader = `
import hashlib, hmac, json, sys
from opentimestamps.core.serialize import BytesDeserializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile

def H(b): return hashlib.sha256(b).digest()

def read(b):
    p = DetachedTimestampFile.deserialize(BytesDeserializationContext(bytes.fromhex(b)))
    assert p.file_hash_op.TAG == b'\x08'
    return p, sorted((repr(a), m.hex()) for m, a in p.timestamp.all_attestations())

def passes(t, msg):
    return t.msg == msg or any(passes(c, msg) for c in t.ops.values())

for line in sys.stdin:
    q = json.loads(line)
    manifest = bytes.fromhex(q['Manifest'])
    head, rest = manifest.split(b'\n', 1)
    name, version, count, key = head.split(b' ')
    assert (name, version) == (b'git-anchor-tree', b'1')
    key = bytes.fromhex(key.decode())
    records = rest.split(b'\0')
    assert records.pop() == b'' and len(records) == int(count) == len(q['Files'])
    records = [r.split(b' ', 2) for r in records]
    assert [r[2] for r in records] == sorted(r[2] for r in records)
    level = []
    for mode, digest, path in records:
        leaf = H(b'\0' + mode + b' ' + path + b'\0' + bytes.fromhex(digest.decode()))
        level.append(H(b'\2' + hmac.new(key, path, 'sha256').digest() + leaf))
    while len(level) > 1:
        odd = level[len(level) & ~1:]
        level = [H(b'\1' + level[i] + level[i+1]) for i in range(0, len(level) - 1, 2)] + odd
    stamped = H(H(manifest) + level[0])
    p, claims = read(q['Proof'])
    assert p.file_digest == H(manifest) and passes(p.timestamp, stamped) and claims
    for record, b in zip(records, q['Files']):
        f, same = read(b)
        assert f.file_digest.hex().encode() == record[1]
        assert passes(f.timestamp, level[0]) and passes(f.timestamp, stamped) and same == claims
    print(json.dumps({'Root': level[0].hex(), 'Claims': len(claims)}))
`

// TestOracle has the reference library read what is derived.
func TestOracle(t *testing.T) {
	if out, err := exec.Command(python, "-c", "import opentimestamps").CombinedOutput(); err != nil {
		t.Skipf("%s has no opentimestamps library (python3-opentimestamps): %v %s", python, err, out)
	}
	r := rand.New(rand.NewPCG(5, 6))
	var manifests []*Manifest
	for _, n := range []int{1, 2, 3, 4, 5, 8, 21, 64, 100} {
		manifests = append(manifests, manifest(t, randomFiles(r, n)...))
	}
	manifests = append(manifests, manifest(t, file(strings.Repeat("n", MaxPath)), file("a\nb"), file("\xff"), Record{Symlink, "l", sha256.Sum256([]byte("../x"))}))
	var stdin bytes.Buffer
	derived := 0
	for _, m := range manifests {
		anchor := stamp(t, m)
		q := struct {
			Manifest, Proof string
			Files           []string
		}{Manifest: hex.EncodeToString(m.Bytes()), Proof: hex.EncodeToString(anchor.Bytes())}
		for i := range m.Records() {
			p, err := m.Derive(anchor, i)
			if err != nil {
				t.Fatal(err)
			}
			q.Files = append(q.Files, hex.EncodeToString(p.Bytes()))
			derived++
		}
		if err := json.NewEncoder(&stdin).Encode(q); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, "-W", "ignore", "-c", reader)
	cmd.Stdin = &stdin
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	answers := json.NewDecoder(bufio.NewReader(bytes.NewReader(out)))
	for _, m := range manifests {
		var answer struct {
			Root   string
			Claims int
		}
		if err := answers.Decode(&answer); err != nil {
			t.Fatal(err)
		}
		if answer.Root != hex.EncodeToString(m.Root()) || answer.Claims != 2 {
			t.Errorf("root %x, by the reference %s with %d claims", m.Root(), answer.Root, answer.Claims)
		}
	}
	t.Logf("%d manifests, %d derived proofs", len(manifests), derived)
}

func BenchmarkParse(b *testing.B) {
	m := manifest(b, some(999)...)
	file := m.Bytes()
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if _, err := Parse(file); err != nil {
			b.Fatal(err)
		}
	}
}
