package ots

import (
	"bytes"
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// heights renders claims of blocks and calendars, without their messages.
func heights(claims []Claim) []string {
	s := []string{}
	for _, c := range claims {
		if uri := c.Attestation.URI(); uri != "" {
			s = append(s, uri)
		} else {
			s = append(s, fmt.Sprint(c.Attestation.Height()))
		}
	}
	return s
}

func TestClaims(t *testing.T) {
	x, y := opArg(Append, []byte("x")), opArg(Append, []byte("y"))
	for _, tt := range []struct {
		name            string
		tree            []byte
		visible, hidden []string
		merged          []string // after Bytes
		duplicates      bool
	}{
		{"one", bitcoin(1), []string{"1"}, nil, []string{"1"}, false},
		{"order of writing", fork(chain(y, bitcoin(4)), chain(x, fork(pending("b"), pending("aa"), bitcoin(3))), bitcoin(300), bitcoin(2)),
			[]string{"2", "300", "3", "aa", "b", "4"}, nil, []string{"2", "300", "3", "aa", "b", "4"}, false},
		{"an attestation twice", fork(bitcoin(1), bitcoin(1)), []string{"1"}, nil, []string{"1"}, false},
		{"one claim on two paths", fork(bitcoin(1), chain(op(Reverse), op(Reverse), bitcoin(1))), []string{"1"}, nil, []string{"1"}, false},
		{"identical operations", fork(chain(x, bitcoin(1)), chain(x, bitcoin(2))), []string{"2"}, []string{"1"}, []string{"1", "2"}, true},
		{"identical operations apart", fork(chain(x, bitcoin(1)), chain(y, bitcoin(3)), chain(x, bitcoin(2))),
			[]string{"2", "3"}, []string{"1"}, []string{"1", "2", "3"}, true},
		{"hidden and yet seen", fork(chain(x, bitcoin(1)), chain(x, fork(bitcoin(1), bitcoin(2)))), []string{"1", "2"}, nil, []string{"1", "2"}, true},
		{"identical operations below", chain(y, fork(chain(op(SHA256), bitcoin(1)), chain(op(SHA256), bitcoin(2)))),
			[]string{"2"}, []string{"1"}, []string{"1", "2"}, true},
		{"identical in a hidden branch", fork(chain(x, fork(chain(y, bitcoin(1)), chain(y, bitcoin(2)))), chain(x, bitcoin(3))),
			[]string{"3"}, []string{"1", "2"}, []string{"3", "1", "2"}, true},
		{"merged below as well", fork(chain(x, y, bitcoin(1)), chain(x, y, bitcoin(2)), chain(x, y, op(Reverse), bitcoin(3))),
			[]string{"3"}, []string{"1", "2"}, []string{"1", "2", "3"}, true},
		{"other arguments", fork(chain(x, bitcoin(1)), chain(y, bitcoin(2))), []string{"1", "2"}, nil, []string{"1", "2"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := mustParse(t, file(tt.tree))
			if tt.hidden == nil {
				tt.hidden = []string{}
			}
			if diff := gocmp.Diff(tt.visible, heights(p.Claims())); diff != "" {
				t.Errorf("Claims (-expected +got):\n%s", diff)
			}
			if diff := gocmp.Diff(tt.hidden, heights(p.Hidden())); diff != "" {
				t.Errorf("Hidden (-expected +got):\n%s", diff)
			}
			if p.HasDuplicates() != tt.duplicates {
				t.Errorf("HasDuplicates: %v", p.HasDuplicates())
			}
			again := mustParse(t, p.Bytes())
			if diff := gocmp.Diff(tt.merged, heights(again.Claims())); diff != "" {
				t.Errorf("written and read (-expected +got):\n%s", diff)
			}
			if again.HasDuplicates() || !bytes.Equal(again.Bytes(), p.Bytes()) {
				t.Error("the written form is not canonical")
			}
		})
	}
}

func TestPath(t *testing.T) {
	p := mustParse(t, file(fork(bitcoin(1), chain(opArg(Append, []byte("\x0a")), fork(chain(op(SHA256), bitcoin(2)), chain(op(Reverse), op(Hexlify), bitcoin(3)))))))
	want := []string{"[]", "[append 0a sha256]", "[append 0a reverse hexlify]"}
	claims := p.Claims()
	if len(claims) != len(want) {
		t.Fatalf("%d claims", len(claims))
	}
	for i, c := range claims {
		if got := fmt.Sprint(c.Path()); got != want[i] {
			t.Errorf("path %d: %s, expected %s", i, got, want[i])
		}
		msg := p.Digest
		for _, op := range c.Path() {
			var err error
			if msg, err = op.Apply(msg); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(msg, c.Msg) {
			t.Errorf("path %d leads to %x, expected %x", i, msg, c.Msg)
		}
	}
}

func TestMissing(t *testing.T) {
	x := opArg(Append, []byte("x"))
	for _, tt := range []struct {
		name     string
		old, now []byte
		want     []string
	}{
		{"nothing", fork(bitcoin(1), pending("a")), fork(bitcoin(1), bitcoin(2), pending("a")), []string{}},
		{"a calendar dropped", fork(bitcoin(1), pending("a")), bitcoin(1), []string{"a"}},
		{"another height", bitcoin(1), bitcoin(2), []string{"1"}},
		{"another message", chain(x, bitcoin(1)), bitcoin(1), []string{"1"}},
		{"another kind", bitcoin(1), attest(tagLitecoin, varuint(1)), []string{"1"}},
		{"another path to the message", chain(op(Reverse), op(Reverse), bitcoin(1)), bitcoin(1), []string{}},
		{"now hidden", chain(x, bitcoin(1)), fork(chain(x, bitcoin(1)), chain(x, bitcoin(2))), []string{"1"}},
		{"hidden before", fork(chain(x, bitcoin(1)), chain(x, bitcoin(2))), chain(x, bitcoin(2)), []string{"1"}},
		{"hidden before and now", fork(chain(x, bitcoin(1)), chain(x, bitcoin(2))), fork(chain(x, bitcoin(1)), chain(x, bitcoin(2))), []string{"1"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := heights(mustParse(t, file(tt.now)).Missing(mustParse(t, file(tt.old))))
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-expected +got):\n%s", diff)
			}
		})
	}
}

func TestKeep(t *testing.T) {
	x, y := opArg(Append, []byte("x")), opArg(Append, []byte("y"))
	tree, err := ParseTree(digest, fork(pending("a"), pending("b"), chain(x, fork(chain(op(SHA256), bitcoin(1)), chain(op(SHA256), bitcoin(2)))), chain(y, bitcoin(3))))
	if err != nil {
		t.Fatal(err)
	}
	before := tree.Bytes()
	for _, tt := range []struct {
		keep string
		want []string
	}{
		{"a", []string{"a"}},
		{"1", []string{"1"}}, // hidden in the answer
		{"3", []string{"3"}},
		{"none", nil},
	} {
		kept := tree.Keep(func(c Claim) bool {
			for _, op := range c.Path() {
				_ = op.String() // the path is there while keep decides
			}
			return heights([]Claim{c})[0] == tt.keep
		})
		if kept == nil {
			if tt.want != nil {
				t.Errorf("%s: nothing kept", tt.keep)
			}
			continue
		}
		if diff := gocmp.Diff(tt.want, heights(kept.Claims())); diff != "" {
			t.Errorf("%s (-expected +got):\n%s", tt.keep, diff)
		}
		if _, err := ParseTree(digest, kept.Bytes()); err != nil {
			t.Errorf("%s: %v", tt.keep, err)
		}
	}
	all := tree.Keep(func(Claim) bool { return true })
	if !bytes.Equal(all.Bytes(), before) || !bytes.Equal(tree.Bytes(), before) {
		t.Error("keeping all changed something")
	}
}

// The worst files for sorting and duplicates: all operations of a node the
// same, and one claim as often as it fits.
func TestManyDuplicates(t *testing.T) {
	same := make([][]byte, MaxNodes/2)
	for i := range same {
		same[i] = chain(op(SHA256), bitcoin(i))
	}
	p := mustParse(t, file(fork(same...)))
	if len(p.Claims()) != 1 || len(p.Hidden()) != len(same)-1 || len(mustParse(t, p.Bytes()).Claims()) != len(same) {
		t.Errorf("%d seen, %d hidden", len(p.Claims()), len(p.Hidden()))
	}
	equal := bytes.Repeat(chain([]byte{0xff}, bitcoin(1)), MaxNodes-1)
	p = mustParse(t, file(append(equal, bitcoin(1)...)))
	if len(p.Claims()) != 1 || len(p.Bytes()) != treeAt+len(bitcoin(1)) {
		t.Errorf("%d claims, %d bytes", len(p.Claims()), len(p.Bytes()))
	}
}
