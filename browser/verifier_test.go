package browser

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

func TestVerifier(t *testing.T) {
	d := document(t)
	header := bitcoin.Mainnet().Genesis()
	both(t, verifier(t, false), func(b *tab) {
		doc, beside := save(t, "coinbase.bin", d), save(t, "coinbase.bin.ots", genesis(t, d))
		b.choose("result", doc)
		b.expect("result", "wait", "… Now choose or drop the proof")
		b.choose("result", beside)
		b.expect("result", "wait", "… These are the bytes that the proof is for. It claims Bitcoin block 0. That is not checked yet")
		if got := b.text("headers"); !strings.Contains(got, "https://blockstream.info/api/block-height/0 https://blockstream.info/api/block/HASH/header") {
			t.Errorf("where to get a header is not said: %s", got)
		}
		b.compare(strings.Repeat("00", 80))
		b.expect("compared", "bad", "✘ This header does not meet")
		b.compare(hex.EncodeToString(header[:]))
		b.expect("compared", "good", "✔ These are the bytes that were stamped. They existed no later than 2009-01-03 (UTC).")
		b.expect("result", "good", "✔ These are the bytes that were stamped.")

		b.choose("result", save(t, "tampered.bin", d[1:]))
		b.expect("result", "bad", "✘ This is not the document")
		b.hidden("headers", true)
		b.choose("result", doc, save(t, "other.ots", genesis(t, []byte("another file"))))
		b.expect("result", "bad", "✘ This is not the document")
		b.choose("result", doc, save(t, "pending.ots", pending(t, d)))
		b.expect("result", "wait", "… These are the bytes that the proof is for. It is pending")
		b.hidden("headers", true)
		for name, bad := range map[string]struct {
			raw  []byte
			says string
		}{
			"garbage.ots":  {[]byte("this is no proof at all, whatever it is called"), "it is not an OpenTimestamps proof."},
			"cut.ots":      {genesis(t, d)[:70], "it ends early."},
			"trailing.ots": {append(genesis(t, d), 0), "there are bytes after its end."},
			"large.ots":    {make([]byte, 1<<20+1), "it is past a limit of this page."},
			"empty.ots":    {nil, "it is not an OpenTimestamps proof."},
		} {
			b.choose("result", doc, save(t, name, bad.raw))
			b.expect("result", "bad", "✘ The proof cannot be read: "+bad.says)
		}
	})
}

// A proof with more claims than anybody needs costs a moment, and no more.
func TestManyClaims(t *testing.T) {
	d := document(t)
	digest := sha256.Sum256(d)
	p, end, err := ots.Chain(ots.SHA256, digest[:], nil)
	if err != nil {
		t.Fatal(err)
	}
	for height := range uint64(4096) {
		end.Branches = append(end.Branches, ots.Branch{
			Op:   ots.Op{Tag: ots.Append, Arg: binary.BigEndian.AppendUint64(nil, height)},
			Tree: &ots.Tree{Attestations: []ots.Attestation{ots.BitcoinAt(height + 7)}},
		})
	}
	b := open(t)
	b.run(chromedp.Navigate("file://" + save(t, "page.html", verifier(t, false))))
	began := time.Now()
	b.choose("result", save(t, "many.ots", p.Bytes()), save(t, "coinbase.bin", d))
	b.expect("result", "wait", "… These are the bytes that the proof is for. It claims Bitcoin block 7, 8, 9, 10, 11, 12, 13, 14, …. That is not checked yet")
	t.Logf("4096 branches in %v", time.Since(began))
	b.compare(strings.Repeat("0", 160))
	b.expect("compared", "bad", "✘ This header does not meet")
}

// hidden compares whether an element is there to be seen.
func (b *tab) hidden(id string, want bool) {
	b.t.Helper()
	var got bool
	b.run(chromedp.Evaluate(`document.getElementById("`+id+`").hidden`, &got))
	if got != want {
		b.t.Errorf("%s is hidden: %v", id, got)
	}
}

// A file far larger than memory should hold is read in pieces, and one past
// 2^32 bits is counted right.
func TestLargeFile(t *testing.T) {
	for name, size := range map[string]int64{"600 MB": 600 << 20, "2 GB": 2<<30 + 1} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && size > 1<<30 {
				t.Skip("-short: 2 GB are not read")
			}
			path := filepath.Join(t.TempDir(), "large.bin")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
			b := open(t)
			b.run(chromedp.Navigate("file://" + save(t, "page.html", verifier(t, false))))
			b.choose("result", save(t, "large.bin.ots", pending(t, []byte("not this"))))
			began := time.Now()
			b.choose("result", path)
			b.t.Logf("%.0f MB/s", float64(size)/1e6/time.Since(began).Seconds())
			b.expect("result", "bad", "✘ This is not the document")
			if sum := zeros(size); !strings.Contains(b.text("result"), sum) {
				t.Errorf("%s, want %s", b.text("result"), sum)
			}
		})
	}
}

// Of two files one after the other the verdict is on the second, even if the
// first takes longer.
func TestSecondFileWins(t *testing.T) {
	d := document(t)
	large := save(t, "large.bin", nil)
	if err := os.Truncate(large, 200<<20); err != nil {
		t.Fatal(err)
	}
	small := save(t, "coinbase.bin", d)
	for name, page := range map[string][]byte{"certificate": html(t, certify(t, "coinbase.bin", d, genesis(t, d))), "verifier": verifier(t, false)} {
		for _, order := range [][2]string{{large, small}, {small, large}} {
			b := open(t)
			b.run(chromedp.Navigate("file://" + save(t, "page.html", page)))
			if name == "verifier" {
				b.choose("result", save(t, "coinbase.bin.ots", genesis(t, d)))
			}
			b.run(chromedp.SetUploadFiles("#document", order[:1], chromedp.ByQuery))
			b.choose("result", order[1])
			b.run(chromedp.Poll(`document.getElementById("progress").hidden`, nil))
			want := "✘ This is not the document"
			if order[1] == small {
				want = map[string]string{"certificate": "✔ These are the bytes", "verifier": "… These are the bytes"}[name]
			}
			if got := b.text("result"); !strings.HasPrefix(got, want) {
				t.Errorf("%s: %s last: %s", name, order[1], got)
			}
		}
	}
}
