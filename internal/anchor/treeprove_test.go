package anchor

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

// A derived proof takes the place of one with fewer claims, as long as neither
// HEAD nor the index has a claim that it lacks; a file that is in no commit says
// nothing about history, nor about the text.
func TestDerivedTakesThePlace(t *testing.T) {
	const text = "a text in an anchored directory\n"
	const lip = "content/spec/lips/lip-0001.md"
	few, more, other := proofOf(t, text, "alice"), proofOf(t, text, "alice", "bob"), proofOf(t, text, "alice", "carol")
	for name, tt := range map[string]struct {
		path              string
		past, head, index string // proofs; "": none
		disk              string
		want              string // in the refusal, "" if it is written
	}{
		"committed":         {head: few, index: few, disk: few},
		"in no commit":      {disk: few},
		"in the index":      {index: few, disk: few},
		"HEAD has more":     {head: other, index: few, disk: few, want: "x.md.ots"},
		"the index has":     {head: few, index: other, disk: few, want: "x.md.ots"},
		"the disk has":      {head: few, index: few, disk: other, want: "x.md.ots"},
		"nothing new":       {head: more, index: more, disk: more, want: "already anchored"},
		"the past has":      {past: other, disk: few, want: "anchored before"},
		"policy refuses":    {path: lip, want: "front matter"},
		"policy still does": {path: lip, disk: few, want: "front matter"},
	} {
		t.Run(name, func(t *testing.T) {
			at := tt.path
			if at == "" {
				at = "x.md"
			}
			s := newSite(t, files{at: text})
			if tt.past != "" {
				s.commit(files{at + ".ots": tt.past})
				s.commit(files{at + ".ots": ""})
			}
			if tt.head != "" {
				s.commit(files{at + ".ots": tt.head})
			}
			if tt.index != "" {
				s.write(files{at + ".ots": tt.index})
				s.git(s.work, "add", "--force", at+".ots")
			}
			s.write(files{at + ".ots": tt.disk})
			p := promised(t, text, "alice", "bob")
			d := Derived{Path: at, Sum: sha256.Sum256([]byte(text)), Proof: p, Raw: p.Bytes()}
			err := s.session().writeDerived(t.Context(), &d, "")
			var refused *Refusal
			switch {
			case tt.want == "" && (err != nil || s.read(at+".ots") != more):
				t.Errorf("%v", err)
			case tt.want != "" && (!errors.As(err, &refused) || !strings.Contains(refused.Text, tt.want) || s.read(at+".ots") != tt.disk):
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
