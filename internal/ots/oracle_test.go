package ots

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os/exec"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// python is where Debian puts the reference library (python3-opentimestamps).
const python = "/usr/bin/python3"

// oracle reads proofs in hexadecimal, one a line, and answers each with what
// the reference library makes of it.
const oracle = `
import json, sys
from opentimestamps.core import notary
from opentimestamps.core.serialize import BytesDeserializationContext, BytesSerializationContext
from opentimestamps.core.timestamp import DetachedTimestampFile

def claim(msg, a):
    if hasattr(a, 'uri'):
        return 'pending %s0 %s' % (a.uri, msg.hex())
    if hasattr(a, 'height'):
        return '%s %d %s' % (type(a).__name__[:-len('BlockHeaderAttestation')].lower(), a.height, msg.hex())
    return 'unknown %s0 %s' % (a.TAG.hex(), msg.hex())

for line in sys.stdin:
    try:
        p = DetachedTimestampFile.deserialize(BytesDeserializationContext(bytes.fromhex(line)))
        out = BytesSerializationContext()
        p.serialize(out)
        claims = sorted({claim(m, a) for m, a in p.timestamp.all_attestations()})
        print(json.dumps({'ok': True, 'bytes': out.getbytes().hex(), 'claims': claims}))
    except Exception as e:
        print(json.dumps({'error': type(e).__name__ + ': ' + str(e)}))
`

// mutations is how many damaged proofs are compared with the reference.
const mutations = 4000

// TestOracle compares with the reference library on proofs that are damaged,
// padded and full of duplicates.
func TestOracle(t *testing.T) {
	if out, err := exec.Command(python, "-c", "import opentimestamps").CombinedOutput(); err != nil {
		t.Skipf("%s has no opentimestamps library (python3-opentimestamps): %v %s", python, err, out)
	}
	r := rand.New(rand.NewPCG(7, 8))
	proofs := [][]byte{ // what we refuse on purpose
		file(attest(tagBitcoin, []byte("\x81\x80\x80\x80\x80\x80\x80\x80\x80\x02"))),
		file(claims(MaxNodes + 1)),
		chain([]byte(magic), []byte{0x81, 0, 8}, digest, bitcoin(1)),
	}
	for range mutations {
		proofs = append(proofs, mutate(r, file(randomTree(r, 1+r.IntN(5)))))
	}
	var stdin bytes.Buffer
	for _, b := range proofs {
		stdin.WriteString(hex.EncodeToString(b) + "\n")
	}
	cmd := exec.Command(python, "-W", "ignore", "-c", oracle)
	cmd.Stdin = &stdin
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := json.NewDecoder(bufio.NewReader(bytes.NewReader(out)))
	classes := map[string]int{}
	for _, b := range proofs {
		var ref answer
		if err := answers.Decode(&ref); err != nil {
			t.Fatal(err)
		}
		classes[compare(t, b, ref)]++
	}
	t.Log(classes)
	for _, class := range []string{"both refuse", "both accept", "merged", "past a limit of ours", "version in several bytes"} {
		if classes[class] == 0 {
			t.Errorf("no proof of class %q among %v", class, classes)
		}
	}
}

type answer struct {
	OK           bool
	Bytes, Error string
	Claims       []string
}

// compare returns how we and the reference agree on b, and fails for every
// difference that is not deliberate.
func compare(t *testing.T, b []byte, ref answer) string {
	t.Helper()
	p, err := Parse(b)
	switch {
	case err != nil && !ref.OK:
		return "both refuse"
	case err == nil && !ref.OK:
		t.Errorf("%x: only the reference refuses: %s", b, ref.Error)
		return "only the reference refuses"
	case errors.Is(err, ErrTooLarge):
		return "past a limit of ours"
	case errors.Is(err, ErrVersion) && b[len(magic)] == 0x81:
		return "version in several bytes"
	case err != nil:
		t.Errorf("%x: only we refuse: %v", b, err)
		return "only we refuse"
	}
	if ours := describeClaims(p.Claims()); !slices.Equal(sortedSet(ours), ref.Claims) {
		t.Errorf("%x: claims (-reference +ours):\n%s", b, gocmp.Diff(ref.Claims, ours))
	}
	if hex.EncodeToString(p.Bytes()) == ref.Bytes {
		return "both accept"
	}
	if !p.HasDuplicates() {
		t.Errorf("%x: written as\n%x, by the reference as\n%s", b, p.Bytes(), ref.Bytes)
	}
	return "merged"
}
