package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// full is a record with all that a record can have.
func full() evidence.Record {
	answer := func(name, text string) *evidence.File {
		f := evidence.NewFile(name, int64(len(text)), sha256.Sum256([]byte(text)))
		return &f
	}
	return evidence.Record{
		URL: "https://bücher.example:8443/a?b=<c>#d", Title: "A title with \u202e and <b>",
		WHOIS: answer("whois.txt", "w"), DNS: answer("dns.json", "d"), Hosting: answer("hosting", "h"),
		Matches:     []evidence.Match{{Quote: "one\r\n", Where: "heading"}, {Quote: "two"}},
		Attachments: []evidence.File{*answer("z.png", "z"), *answer("a.PNG", "a")},
		By:          "Ada", ObservedAt: time.Date(2026, 2, 3, 4, 5, 6, 7, time.UTC), Note: "note",
	}
}

func write(t testing.TB, r evidence.Record) ([]byte, *evidence.Record) {
	t.Helper()
	raw, made, err := evidence.Write(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw, made
}

// faults are what is wrong with a record's file, as they are shown.
func faults(t testing.TB, raw string) []string {
	t.Helper()
	_, err := evidence.Parse([]byte(raw))
	var list evidence.Faults
	if err != nil && !errors.As(err, &list) {
		t.Fatalf("error %v, want faults", err)
	}
	var shown []string
	for _, f := range list {
		shown = append(shown, f.String())
	}
	return shown
}

func TestWriteParse(t *testing.T) {
	raw, made := write(t, full())
	want := full()
	want.Attachments[0], want.Attachments[1] = want.Attachments[1], want.Attachments[0]
	want.Digest = sha256.Sum256(raw)
	if diff := cmp.Diff(&want, made); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again, _ := write(t, *made)
	if !bytes.Equal(again, raw) {
		t.Errorf("written again as\n%s", again)
	}
	if files := made.Files(); len(files) != 5 || files[0].Path() > files[1].Path() {
		t.Errorf("files %v", files)
	}
}

// The same evidence in another order, with a file given twice, is the same record; other
// evidence is another one.
func TestSameEvidence(t *testing.T) {
	raw, _ := write(t, full())
	shuffled := full()
	shuffled.Attachments = append([]evidence.File{shuffled.Attachments[1]}, shuffled.Attachments...)
	shuffled.ObservedAt = shuffled.ObservedAt.In(time.FixedZone("", 3600))
	if other, _ := write(t, shuffled); !bytes.Equal(other, raw) {
		t.Errorf("\n%s\nis not\n%s", other, raw)
	}
	swapped := full()
	swapped.Matches[0], swapped.Matches[1] = swapped.Matches[1], swapped.Matches[0]
	if other, _ := write(t, swapped); bytes.Equal(other, raw) {
		t.Error("another order of matches makes no difference")
	}
}

func TestRules(t *testing.T) {
	raw, _ := write(t, full())
	text := string(raw)
	tests := []struct{ name, old, new, want string }{
		{"another version", "evidence/1", "evidence/2", `line 49: /schema: it is "git-anchor-evidence/2", want one of git-anchor-evidence/1`},
		{"a script for a URL", "https://bücher.example:8443/a?b=<c>#d", "JavaScript:alert(1)//x", `line 52: /subject/url: "JavaScript:alert(1)//x": it is not one of http or https`},
		{"a member of nobody", `"note": "note"`, `"notes": "note"`, `line 18: /claims/notes: it is no member of this version (git-anchor-evidence/1)`},
		{"an empty note", `"note": "note"`, `"note": ""`, `line 18: /claims/note: it is empty: leave it out`},
		{"a time in another zone", "04:05:06.000000007Z", "04:05:06+01:00", `line 19: /claims/observed_at: it is "2026-02-03T04:05:06+01:00", want a time in UTC like 2026-01-01T00:00:00Z`},
		{"a name that leads elsewhere", `"a.PNG"`, `"../a.PNG"`, `line 5: /attachments/0/name: it is "../a.PNG", want a plain name like "a.PNG"`},
		{"a proof's name", `"a.PNG"`, `"a.ots"`, `line 5: /attachments/0/name: it is "a.ots", want a plain name like "a-ots"`},
		{"a media type with a break", `"image/png"`, `"image/png\n"`, `line 4: /attachments/0/media: it is "image/png\n", want a media type like text/html`},
		{"a negative size", `"size": 1`, `"size": -1`, `line 7: /attachments/0/size: it is -1, want at least 0`},
		{"quotes in an object", `"matches": [`, `"matches": {}, "was": [`, "line 40: /matches: it is an object, want an array"},
		{"no URL", `"url": `, `"uri": `, "line 52: /subject/uri: it is no member of this version (git-anchor-evidence/1)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(text, tt.old) {
				t.Fatalf("no %q in\n%s", tt.old, text)
			}
			found := faults(t, strings.Replace(text, tt.old, tt.new, 1))
			if len(found) == 0 || found[0] != tt.want {
				t.Errorf("got %q\nwant %q", found, tt.want)
			}
		})
	}
}

// One attachment under two names is two files; twice under one it is a fault.
func TestTwice(t *testing.T) {
	raw, _ := write(t, evidence.Record{URL: "http://a.example", Attachments: full().Attachments[:1]})
	one := string(raw)
	begin, end := strings.Index(one, "    {"), strings.Index(one, "\n  ]")
	if found := faults(t, one[:end]+",\n"+one[begin:end]+one[end:]); len(found) != 1 || !strings.HasSuffix(found[0], ": /attachments/1: it is there twice, first in element 0") {
		t.Errorf("found %q", found)
	}
}

func TestLimits(t *testing.T) {
	file := func(i int) evidence.File {
		return evidence.NewFile(fmt.Sprint(i), 1, sha256.Sum256([]byte(fmt.Sprint(i))))
	}
	tests := []struct {
		name string
		most int
		set  func(r *evidence.Record, n int)
		want string
	}{
		{"url", evidence.MaxURL, func(r *evidence.Record, n int) { r.URL = "http://a/" + strings.Repeat("a", n-9) }, "it is longer than 8192 bytes"},
		{"title", evidence.MaxLine, func(r *evidence.Record, n int) { r.Title = strings.Repeat("a", n) }, "it has 4097 bytes, want at most 4096"},
		{"by", evidence.MaxLine, func(r *evidence.Record, n int) { r.By = strings.Repeat("a", n) }, "it has 4097 bytes, want at most 4096"},
		{"note", evidence.MaxQuote, func(r *evidence.Record, n int) { r.Note = strings.Repeat("a", n) }, "it has 65537 bytes, want at most 65536"},
		{"quote", evidence.MaxQuote, func(r *evidence.Record, n int) { r.Matches = []evidence.Match{{Quote: strings.Repeat("a", n)}} }, "it has 65537 bytes, want at most 65536"},
		{"where", evidence.MaxLine, func(r *evidence.Record, n int) { r.Matches = []evidence.Match{{"q", strings.Repeat("a", n)}} }, "it has 4097 bytes, want at most 4096"},
		{"matches", evidence.MaxMatches, func(r *evidence.Record, n int) { r.Matches = slicesOf(n, evidence.Match{Quote: "q"}) }, "there are 1001, want at most 1000"},
		{"attachments", evidence.MaxAttachments, func(r *evidence.Record, n int) {
			for i := range n {
				r.Attachments = append(r.Attachments, file(i))
			}
		}, "there are 1001, want at most 1000"},
		{"size", evidence.MaxFile, func(r *evidence.Record, n int) { f := file(0); f.Size = int64(n); r.DNS = &f }, "it is 2147483649, want at most 2147483648 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := evidence.Record{URL: "http://a.example"}
			tt.set(&r, tt.most)
			if _, _, err := evidence.Write(r); err != nil {
				t.Errorf("at the limit: %v", err)
			}
			r = evidence.Record{URL: "http://a.example"}
			tt.set(&r, tt.most+1)
			if _, _, err := evidence.Write(r); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("one past it: %v, want %q", err, tt.want)
			}
		})
	}
	raw, _ := write(t, evidence.Record{URL: "http://a.example"})
	pad := func(n int) string { return string(raw) + strings.Repeat(" ", n-len(raw)) }
	if found := faults(t, pad(evidence.MaxRecord)); found != nil {
		t.Errorf("a record at the limit: %q", found)
	}
	if found := faults(t, pad(evidence.MaxRecord+1)); len(found) != 1 || found[0] != "line 1: 1048577 bytes are more than the limit of 1048576" {
		t.Errorf("a record one past it: %q", found)
	}
	if f := file(1); !f.Kept() {
		t.Error("a small file is not kept")
	}
	if f := (evidence.File{Size: evidence.MaxKept}); !f.Kept() {
		t.Error("a file at the limit is not kept")
	}
	if f := (evidence.File{Size: evidence.MaxKept + 1}); f.Kept() {
		t.Error("a file one past it is kept")
	}
}

func slicesOf[T any](n int, v T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = v
	}
	return list
}

func TestNotUTF8(t *testing.T) {
	_, _, err := evidence.Write(evidence.Record{URL: "http://a.example", Matches: []evidence.Match{{Quote: "fine"}, {Quote: "\xff"}}})
	if err == nil || err.Error() != "line 1: /matches/1/quote: it is not valid UTF-8: give it as a file" {
		t.Errorf("error %v", err)
	}
}

func TestNames(t *testing.T) {
	for given, want := range map[string]string{
		"a.png": "a.png", "../../etc/passwd": "passwd", `c:\x\y.txt`: "y.txt", "": "file", "..": "file", ".git": "git", "-rf": "rf", "Скрин 1.png": "1.png",
		"record.json.ots": "record.json-ots", "a\nb\x00.txt": "a-b-.txt", "x.OTS": "x.OTS", strings.Repeat("n", 300) + ".warc": strings.Repeat("n", 95) + ".warc",
	} {
		if got := evidence.SafeName(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	for host, want := range map[string]string{
		"http://Shop.Example/": "shop.example-", "http://[::1]:80/": "1-", "http://bücher.example": "b-cher.example-", "http://--..--/": "evidence-", "http://a..b/": "a.b-",
	} {
		_, r := write(t, evidence.Record{URL: host})
		if id := r.ID(); id[:len(id)-12] != want || evidence.CheckID(id) != "" {
			t.Errorf("%s: %q, %s", host, id, evidence.CheckID(id))
		}
	}
	for _, id := range []string{"", "a/b", "..", "A", ".a", "a.", "a..b", strings.Repeat("a", 101), "a b", "ä"} {
		if evidence.CheckID(id) == "" {
			t.Errorf("%q is an id", id)
		}
	}
	if wrong := evidence.CheckID(strings.Repeat("a", 100)); wrong != "" {
		t.Errorf("100 letters: %s", wrong)
	}
}

func FuzzParse(f *testing.F) {
	raw, _, err := evidence.Write(full())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{raw, nil, []byte("{}"), []byte(`{"attachments":[{"name":"a"}]}`), bytes.ReplaceAll(raw, []byte("https"), []byte("data")), bytes.Replace(raw, []byte("size"), []byte("sice"), 1)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := evidence.Parse(raw)
		if err != nil {
			return
		}
		for _, file := range r.Files() {
			if evidence.SafeName(file.Name) != file.Name || strings.Count(file.Path(), "/") != 1 {
				t.Fatalf("a path %q", file.Path())
			}
		}
		if evidence.CheckID(r.ID()) != "" {
			t.Fatalf("an id %q", r.ID())
		}
		once, made, err := evidence.Write(*r)
		if err != nil {
			t.Fatalf("written: %v", err)
		}
		if twice, _, err := evidence.Write(*made); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("written twice: %v\n%s\n%s", err, once, twice)
		}
	})
}

// Files are the same by all of their SHA-256, and not by what their path shows of it.
func TestPathOfTwoFiles(t *testing.T) {
	a := evidence.File{Name: "a.txt", Size: 1, SHA256: [32]byte{0: 1, 31: 1}}
	other := a
	other.SHA256[31] = 2
	longer := a
	longer.Size = 2
	for name, b := range map[string]evidence.File{"another digest": other, "another size": longer} {
		for place, r := range map[string]evidence.Record{
			"attachments":                    {URL: "https://a.example/", Attachments: []evidence.File{a, b}},
			"infrastructure":                 {URL: "https://a.example/", DNS: &a, WHOIS: &b},
			"attachments and infrastructure": {URL: "https://a.example/", DNS: &a, Attachments: []evidence.File{b}},
		} {
			raw, _, err := evidence.Write(r)
			if err == nil || !strings.Contains(err.Error(), "is the path of another file of the record") {
				t.Errorf("%s, %s: error %v", name, place, err)
			}
			if list := faults(t, string(raw)); len(list) != 1 {
				t.Errorf("%s, %s: faults %q, want one", name, place, list)
			}
		}
	}
	if _, _, err := evidence.Write(evidence.Record{URL: "https://a.example/", DNS: &a, Attachments: []evidence.File{a, a}}); err != nil {
		t.Errorf("the same file in two places: %v", err)
	}
}

// What Windows takes for a device is no name of a directory there, also before a dot.
func TestReserved(t *testing.T) {
	for id, want := range map[string]bool{
		"con": true, "nul": true, "aux": true, "prn": true, "com1": true, "lpt9": true, "con.example": true, "NUL": true,
		"console": false, "com": false, "com10": false, "a.con": false, "con-1": false, "null": false,
	} {
		if got := evidence.Reserved(id); got != want {
			t.Errorf("%s: %t", id, got)
		}
	}
	r := evidence.Record{URL: "https://con.example/"}
	if id := r.ID(); evidence.Reserved(id) || evidence.CheckID(id) != "" || !strings.HasPrefix(id, "evidence-con.example-") {
		t.Errorf("id %s", id)
	}
}
