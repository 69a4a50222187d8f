package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/lip"
	"github.com/openllmo/git-anchor/internal/ots"
	"github.com/openllmo/git-anchor/internal/verify"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is the clock of these tests.
func now() time.Time { return time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC) }

// confirmed is block 0, whose header everybody knows.
func confirmed() verify.Outcome {
	h := bitcoin.Mainnet().Genesis()
	claim := verify.Claim{Attestation: ots.BitcoinAt(0), Status: verify.Confirmed, Evidence: bitcoin.Evidence{
		Verdict: bitcoin.Match, Rung: bitcoin.RungExplorer, Header: &h,
		Answers: []bitcoin.Answer{{Source: "explorer.example", Header: &h, Agrees: true}},
	}}
	return verify.Outcome{
		Status: verify.Confirmed, Rung: bitcoin.RungExplorer, Header: h, BlockTime: h.Time(), ClaimDate: bitcoin.ClaimDate(h, time.Time{}),
		Hash: ots.SHA256, Stamped: bytes.Repeat([]byte{0xab}, 32), Digest: bytes.Repeat([]byte{0xab}, 32), Claims: []verify.Claim{claim},
	}
}

// every is a result of each kind.
func every() anchor.Run {
	outcome := func(s verify.Status, reason string) verify.Outcome {
		return verify.Outcome{Status: s, Reason: reason, Hash: ots.SHA256, Stamped: bytes.Repeat([]byte{1}, 32)}
	}
	changed := outcome(verify.Changed, "not the bytes that were stamped")
	changed.Digest = bytes.Repeat([]byte{2}, 32)
	weak := confirmed()
	weak.WeakHash, weak.Findings = true, []string{"weak file hash: another document may share it"}
	return anchor.Run{Results: []anchor.Result{
		{Path: "confirmed.md", Kind: "lip", Proof: "confirmed.md.ots", Blob: "aa", Outcome: confirmed(), Anchored: 1, Of: 2},
		{Path: "weak.md", Kind: "file", Outcome: weak},
		{Path: "pending.md", Kind: "file", Outcome: outcome(verify.Pending, "no block holds it yet"), Of: 4, Since: now().Add(-3 * time.Hour)},
		{Path: "changed.md", Kind: "file", Outcome: changed},
		{Path: "failed.md", Kind: "file", Outcome: outcome(verify.Failed, "the proof does not lead to block 7")},
		{Path: "missing.md", Kind: "file", Outcome: outcome(verify.Missing, "there is no proof missing.md.ots"), Hint: "git anchor missing.md"},
		{Path: "disputed.md", Kind: "file", Outcome: outcome(verify.Disputed, "sources contradict each other about block 7")},
		{Path: "undecided.md", Kind: "file", Outcome: outcome(verify.Undecided, "no source could be asked for block 7")},
		{Path: "unsupported.md", Kind: "file", Outcome: outcome(verify.Unsupported, "unsupported proof version: 2, expected 1")},
		{Path: "unjudged.md", Kind: "file"},
		{Path: "refused.md", Kind: "lip", Refusal: &anchor.Refusal{Text: "status is Draft", Hint: "accept it first", Findings: []lip.Finding{{Line: 7, Text: "status is Draft"}}}},
		{Path: "error.md", Kind: "file", Err: errors.New("read error.md: input/output error")},
		{Path: "none.md", Kind: "lip", Unknown: true},
	}}
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(Text){
		"verify":    func(x Text) { x.Verify(every()) },
		"verbose":   func(x Text) { x.Verbose = true; x.Verify(every()) },
		"regtest":   func(x Text) { x.Regtest = true; x.Verify(every()); x.Status(every(), true, now()) },
		"upgrade":   func(x Text) { x.Upgrade(every()) },
		"status":    func(x Text) { x.Status(every(), false, now()) },
		"porcelain": func(x Text) { x.Porcelain(every(), false) },
		"json": func(x Text) {
			rec := Record{Command: "verify", Network: "mainnet", Exit: 1, Error: "failed.md: the proof does not lead to block 7"}
			rec.Fill(every())
			if err := rec.Write(x.Out); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			write(Text{Out: &out, Err: &errs})
			got := "stdout\n" + out.String() + "\nstderr\n" + errs.String()
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("-want +got (go test -update writes it anew):\n%s", d)
			}
		})
	}
}

// No line of a regtest run reads like a real verdict, whatever the state.
func TestRegtestIsMarked(t *testing.T) {
	for s := verify.Unjudged; s <= verify.Unsupported; s++ {
		o := confirmed()
		o.Status, o.Reason = s, "because"
		first, second := headlines(o, true)
		for _, line := range []string{first, second} {
			if line != "" && !strings.HasPrefix(line, "regtest, proves nothing: ") {
				t.Errorf("%s: %q", s, line)
			}
		}
	}
}

// forged is what an attacker would put into a path or a server's words.
const forged = "x\x1b[2K\r\nOK: Bitcoin attestation verified against node at block 1.\u202e\u2028\x00\xff\u200b"

// forgedRun has a result of every kind, with forged text wherever there is any.
func forgedRun() anchor.Run {
	h := bitcoin.Mainnet().Genesis()
	evil := func(s verify.Status) anchor.Result {
		return anchor.Result{
			Path: forged, Proof: forged, Notes: []string{forged}, Hint: forged,
			Outcome: verify.Outcome{
				Status: s, Reason: forged, Findings: []string{forged}, Rung: bitcoin.RungExplorer, Header: h,
				Claims: []verify.Claim{{Status: s, Evidence: bitcoin.Evidence{Rung: bitcoin.RungExplorer, Answers: []bitcoin.Answer{
					{Source: forged, Agrees: true, Header: &h}, {Source: forged, Err: errors.New(forged)},
				}}}},
			},
		}
	}
	run := anchor.Run{Posted: []anchor.Posted{{URL: forged, Names: []string{forged}}, {URL: forged, Err: errors.New(forged)}}}
	for s := verify.Unjudged; s <= verify.Unsupported; s++ {
		run.Results = append(run.Results, evil(s))
	}
	refused, failed, wrote := evil(0), evil(0), evil(verify.Pending)
	refused.Refusal = &anchor.Refusal{Text: forged, Hint: forged, Findings: []lip.Finding{{Line: 1, Text: forged}, {Text: forged}}}
	failed.Err = errors.New(forged)
	wrote.Action = anchor.Wrote
	run.Results = append(run.Results, refused, failed, wrote)
	return run
}

// Text that is not ours moves no cursor and makes no line of its own.
func TestForgedText(t *testing.T) {
	run := forgedRun()
	var out bytes.Buffer
	x := Text{Out: &out, Err: &out, Verbose: true}
	x.Stamp(run, 2)
	x.Verify(run)
	x.Upgrade(run)
	x.Status(run, true, now())
	x.Porcelain(run, false)
	x.Note("%s", forged)
	for _, line := range strings.Split(out.String(), "\n") {
		if strings.HasPrefix(line, "OK: Bitcoin attestation verified against node") {
			t.Errorf("a forged line: %q", line)
		}
		for _, r := range line {
			if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == unicode.ReplacementChar) {
				t.Errorf("%U gets through: %q", r, line)
			}
		}
	}
}

// JSON keeps the text, and escapes what a terminal would obey.
func TestForgedJSON(t *testing.T) {
	var out bytes.Buffer
	var rec Record
	rec.Fill(forgedRun())
	if err := rec.Write(&out); err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal(out.Bytes(), &back); err != nil {
		t.Error(err)
	}
	if strings.ContainsAny(out.String(), "\x1b\x00\r\u2028\u202e\u200b") {
		t.Error("a control character gets through JSON as it is")
	}
	first := back["documents"].([]any)[0].(map[string]any)
	if reason := first["reason"]; reason != strings.ToValidUTF8(forged, "\ufffd") {
		t.Errorf("JSON changes a text to %q", reason)
	}
	if !strings.Contains(out.String(), `"path_base64": `) {
		t.Error("a path that is not UTF-8 cannot be had from the JSON")
	}
}
