package evidence_test

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/evidence"
)

func entries() []evidence.Entry {
	at := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	list := []evidence.Entry{
		{Kind: evidence.KindCommit, Commit: "c1", At: at, By: "Ada <a@b.example>", Claim: "touched <record.json> & \u2028more"},
		{Kind: evidence.KindStamp, Commit: "c1", At: at, By: "Ada", Claim: "the proof is there"},
		{Kind: evidence.KindUpgrade, Commit: "c2", At: at.Add(time.Hour), By: "Bob", Claim: "gained"},
	}
	evidence.Chain(list)
	return list
}

var hashMember = regexp.MustCompile(`"hash":"([0-9a-f]{64})",`)

// checked follows a log as docs/evidence.md says, and returns what is wrong.
func checked(log string) string {
	prev := evidence.Genesis
	for i, line := range strings.Split(strings.TrimSuffix(log, "\n"), "\n") {
		hash := hashMember.FindStringSubmatch(line)
		if hash == nil || !strings.Contains(line, `"prev":"`+prev+`"`) {
			return fmt.Sprintf("entry %d does not follow", i+1)
		}
		if fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Replace(line, hash[0], "", 1)))) != hash[1] {
			return fmt.Sprintf("entry %d has another hash", i+1)
		}
		prev = hash[1]
	}
	return ""
}

func TestLog(t *testing.T) {
	list := entries()
	raw := string(evidence.LogBytes(list))
	if wrong := checked(raw); wrong != "" || strings.Count(raw, "\n") != 3 {
		t.Errorf("%s:\n%s", wrong, raw)
	}
	if list[0].Prev != evidence.Genesis || list[1].Prev != list[0].Hash || list[2].N != 3 {
		t.Errorf("%+v", list)
	}
	if text := string(evidence.LogText(list)); strings.Count(text, "(claimed)") != 3 || strings.Contains(text, "\u2028") {
		t.Errorf("as text:\n%s", text)
	}
	lines := strings.SplitAfter(raw, "\n")
	for name, tt := range map[string]struct{ log, want string }{
		"first left out":  {lines[1] + lines[2], "entry 1 does not follow"},
		"middle left out": {lines[0] + lines[2], "entry 2 does not follow"},
		"claim edited":    {strings.Replace(raw, "gained", "gained!", 1), "entry 3 has another hash"},
	} {
		if got := checked(tt.log); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

// Each member of an entry counts in its hash.
func TestChainCoversAll(t *testing.T) {
	for name, edit := range map[string]func(*evidence.Entry){
		"kind":      func(e *evidence.Entry) { e.Kind = evidence.KindLost },
		"commit":    func(e *evidence.Entry) { e.Commit = "c3" },
		"at":        func(e *evidence.Entry) { e.At = e.At.Add(time.Second) },
		"by":        func(e *evidence.Entry) { e.By = "Eve" },
		"claim":     func(e *evidence.Entry) { e.Claim += "!" },
		"signature": func(e *evidence.Entry) { e.Signature = evidence.SignedPGP },
	} {
		list, edited := entries(), entries()
		edit(&edited[0])
		evidence.Chain(edited)
		if edited[0].Hash == list[0].Hash || edited[2].Hash == list[2].Hash {
			t.Errorf("%s can be edited", name)
		}
	}
}

func TestAttempts(t *testing.T) {
	a := evidence.Attempt{At: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), Calendars: []evidence.AttemptAnswer{{"https://a.example", "refused \x1b[2J"}, {"https://b.example", ""}}}
	log := evidence.AppendAttempt(evidence.AppendAttempt(nil, a), a)
	list, err := evidence.ParseAttempts(log)
	if diff := cmp.Diff([]evidence.Attempt{a, a}, list); diff != "" || err != nil {
		t.Errorf("%v, (-want +got):\n%s", err, diff)
	}
	a.Calendars[0].Error = strings.Repeat("é", 1000)
	list, err = evidence.ParseAttempts(evidence.AppendAttempt(nil, a))
	if err != nil || list[0].Calendars[0].Error != strings.Repeat("é", 150) {
		t.Errorf("%v, %v", list, err)
	}
	for range 10_000 {
		log = evidence.AppendAttempt(log, a)
	}
	if list, err = evidence.ParseAttempts(log); err != nil || len(log) > evidence.MaxAttempts || len(list) < 100 {
		t.Errorf("a full log of %d bytes: %d attempts, %v", len(log), len(list), err)
	}
	if _, err := evidence.ParseAttempts(append(log, "{}\n"...)); err == nil || !strings.Contains(err.Error(), ": at is missing") {
		t.Errorf("a bad line: %v", err)
	}
}

func TestExport(t *testing.T) {
	e := evidence.Export{Hash: [32]byte{1}, Proof: []byte("proof"), CreatedAt: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), Status: evidence.Confirmed, Block: 823456, ConfirmedAt: time.Date(2026, 2, 16, 10, 42, 15, 0, time.UTC)}
	want := `{
  "hash": "01` + strings.Repeat("00", 31) + `",
  "ots_file": "cHJvb2Y=",
  "created_at": "2026-02-03T04:05:06Z",
  "status": "confirmed",
  "bitcoin_block": 823456,
  "confirmation_date": "2026-02-16T10:42:15Z",
  "verification_url": "https://opentimestamps.org/"
}
`
	if got := string(e.Bytes()); got != want {
		t.Errorf("got %s", got)
	}
	hash, proof, err := evidence.ParseExport(e.Bytes())
	if err != nil || hash != e.Hash || string(proof) != "proof" {
		t.Errorf("%x, %q, %v", hash, proof, err)
	}
	e.Status, e.Proof = evidence.Failed, nil
	for old, wanted := range map[string]string{
		want: "", string(e.Bytes()): "line 3: /ots_file: it is null, want a string",
		strings.Replace(want, "cHJvb2Y=", "cHJvb2Y", 1):     "line 3: /ots_file: it is not a proof in base64",
		strings.Replace(want, "cHJvb2Y=", "cHJv\\nb2Y=", 1): "",
		strings.Replace(want, "cHJvb2Y=", "", 1):            "line 3: /ots_file: it is not a proof in base64",
		strings.Replace(want, `"01`, `"g1`, 1):              "want 64 digits of lower-case hex",
		strings.Replace(want, `"status"`, `"hash"`, 1):      "line 5: /hash: this name is there twice",
	} {
		_, _, err := evidence.ParseExport([]byte(old))
		if (err == nil) != (wanted == "") || err != nil && !strings.Contains(err.Error(), wanted) {
			t.Errorf("%v, want %q for\n%s", err, wanted, old)
		}
	}
}

func FuzzLogs(f *testing.F) {
	f.Add(evidence.LogBytes(entries()))
	f.Add([]byte("{}\n"))
	f.Add(evidence.AppendAttempt(nil, evidence.Attempt{}))
	f.Add(evidence.Export{Proof: []byte("p")}.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		if list, err := evidence.ParseAttempts(raw); err == nil && len(list) == 0 {
			t.Fatal("a log without attempts")
		}
		if _, proof, err := evidence.ParseExport(raw); err == nil && len(proof) == 0 {
			t.Fatal("an export without a proof")
		}
	})
}
