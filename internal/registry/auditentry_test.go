package registry

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

// textOf is the text whose SHA-256 is the hash of an entry, hashOf.
func textOf(e Entry) (string, error) {
	rec := e.record()
	if err := rec.check(); err != nil {
		return "", err
	}
	return string(rec.canonical(nil)), nil
}

func hashOf(e Entry) (string, error) {
	text, err := textOf(e)
	if err != nil {
		return "", err
	}
	return HashText(sha256.Sum256([]byte(text))), nil
}

func TestTimestamps(t *testing.T) {
	tests := []struct{ stored, hashed string }{ // hashed "": refused
		{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00+00:00"},
		{"2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"},
		{"2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00+00:00"},
		{"2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.500+00:00"},
		{"2026-01-01T00:00:00.500Z", "2026-01-01T00:00:00.500+00:00"},
		{"2026-01-01T00:00:00.000000000Z", "2026-01-01T00:00:00+00:00"},
		{"2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.001+00:00"},
		{"2026-01-01T00:00:00.0001Z", "2026-01-01T00:00:00.000100+00:00"},
		{"2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.123456+00:00"},
		{"2026-01-01T00:00:00.1234560Z", "2026-01-01T00:00:00.123456+00:00"},
		{"2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456700+00:00"},
		{"2026-01-01T00:00:00.123456789Z", "2026-01-01T00:00:00.123456789+00:00"},
		{"2026-01-01T00:00:00.1234567891Z", ""},
		{"2026-01-01T01:30:07.25+02:00", "2025-12-31T23:30:07.250+00:00"},
		{"2026-12-31T23:30:07-05:45", "2027-01-01T05:15:07+00:00"},
		{"2016-12-31T23:59:60Z", "2016-12-31T23:59:60+00:00"},
		{"2016-12-31T18:59:60.5-05:00", "2016-12-31T23:59:60.500+00:00"},
		{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00+00:00"},
		{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00+00:00"},
		{"2026-02-29T00:00:00Z", ""},
		{"1900-02-29T00:00:00Z", ""},
		{"2026-04-31T00:00:00Z", ""},
		{"2026-01-00T00:00:00Z", ""},
		{"2026-00-01T00:00:00Z", ""},
		{"2026-13-01T00:00:00Z", ""},
		{"2026-01-32T00:00:00Z", ""},
		{"2026-01-01T24:00:00Z", ""},
		{"2026-01-01T00:60:00Z", ""},
		{"2026-01-01T00:00:61Z", ""},
		{"0000-01-01T00:00:00Z", "0000-01-01T00:00:00+00:00"},
		{"0000-01-01T00:00:00+00:01", ""},
		{"9999-12-31T23:59:59Z", "9999-12-31T23:59:59+00:00"},
		{"9999-12-31T23:59:59-00:01", ""},
		{"2026-01-01T00:00:00+24:00", ""},
		{"2026-01-01T00:00:00+00:60", ""},
		{"2026-01-01T00:00:00+0000", ""},
		{"2026-01-01T00:00:00.Z", ""},
		{"2026-01-01T00:00:00,5Z", ""},
		{"2026-01-01T00:00:00", ""},
		{"2026-01-01T00:00:00.5", ""},
		{"2026-01-01 00:00:00Z", ""},
		{"2026-01-01t00:00:00z", ""},
		{"2026-01-01T00:00:00ZZ", ""},
		{"2026-01-01T00:00:00 00:00", ""},
		{"+2026-01-01T00:00:00Z", ""},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.stored, func(t *testing.T) {
			if ok := isTimestamp([]byte(tt.stored)); ok != (tt.hashed != "") {
				t.Fatalf("accepted: %v", ok)
			}
			if tt.hashed == "" {
				return
			}
			if got := string(appendUTC(nil, []byte(tt.stored))); got != tt.hashed {
				t.Errorf("%s, want %s", got, tt.hashed)
			}
		})
	}
}

// line is a whole entry as a line of JSON, with parts replaced.
func line(t testing.TB, replace ...string) string {
	t.Helper()
	text := logLine(t, someLog(t, 1)[0])
	replaced := strings.NewReplacer(replace...).Replace(text)
	if len(replace) > 0 && replaced == text {
		t.Fatalf("%q is not in the line", replace)
	}
	return replaced
}

func TestParseEntry(t *testing.T) {
	want := someLog(t, 1)[0]
	want.JobID, want.Metadata = "é\"|\n😀", map[string]string{"": "", "ü": "\u0000\\", "b": "2", "a:": "1,"}
	rec := &record{}
	text := line(t, `"genesis"`, `"é\"|\n\ud83d\ude00"`, `{"description":"Genesis entry","version":"1.0"}`, ` { "b" : "2", "\u00fc":"\u0000\\", "a:":"1,","":""}`)
	text = strings.Replace(text, `"job_type":"é\"|\n\ud83d\ude00"`, `"job_t\u0079pe":"genesis"`, 1)
	if err := rec.parse([]byte(text + "\r")); err != nil {
		t.Fatal(err)
	}
	if got := rec.entry(); !equalEntries(got, want) || rec.further {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := string(rec.canonical(nil)); !strings.HasSuffix(got, "|metadata::,a::1,,b:2,ü:\x00\\") || !strings.HasPrefix(got, "job_id:é\"|\n😀|job_type:genesis|") {
		t.Errorf("%q", got)
	}
	if err := rec.parse([]byte(line(t))); err != nil || !equalEntries(rec.entry(), someLog(t, 1)[0]) {
		t.Errorf("the next line: %+v, %v", rec.entry(), err)
	}
}

func equalEntries(a, b Entry) bool {
	am, bm := a.Metadata, b.Metadata
	a.Metadata, b.Metadata = nil, nil
	return fmt.Sprintf("%q", a) == fmt.Sprintf("%q", b) && maps.Equal(am, bm)
}

func TestParseEntryRefuses(t *testing.T) {
	tests := []struct{ name, line, want string }{
		{"empty", "", "EOF"},
		{"null", "null", "it is no JSON object"},
		{"BOM", "\ufeff" + line(t), "invalid character '\\ufeff' at start of value"},
		{"a field is missing", line(t, `"job_type":"genesis",`, ""), "job_type is missing"},
		{"metadata is missing", line(t, `,"metadata":{"description":"Genesis entry","version":"1.0"}`, ""), "metadata is missing"},
		{"null field", line(t, `"job_type":"genesis"`, `"job_type":null`), "job_type is no string"},
		{"a number", line(t, `"version":"1.0"`, `"version":1.0`), "a value of metadata is no string"},
		{"metadata is a list", line(t, `{"description":"Genesis entry","version":"1.0"}`, "[]"), "metadata is no object"},
		{"a field twice", line(t, `"job_type":"genesis"`, `"job_type":"genesis","job_type":"genesis"`), `duplicate object member name "job_type"`},
		{"a field twice, escaped", line(t, `"job_type":"genesis"`, `"job_type":"genesis","job_typ\u0065":"x"`), `duplicate object member name "job_type"`},
		{"a key twice", line(t, `"version":"1.0"`, `"version":"1.0","version":"2.0"`), `duplicate object member name "version" within "/metadata"`},
		{"another member twice", line(t, `{"job_id"`, `{"x":1,"x":1,"job_id"`), `duplicate object member name "x"`},
		{"not UTF-8", line(t, `"job_type":"genesis"`, "\"job_type\":\"\xff\""), "invalid UTF-8"},
		{"lone surrogate", line(t, `"job_type":"genesis"`, `"job_type":"\ud800"`), "surrogate"},
		{"control character", line(t, `"job_type":"genesis"`, "\"job_type\":\"\x01\""), "invalid character '\\x01'"},
		{"NaN", line(t, `{"job_id"`, `{"x":NaN,"job_id"`), "invalid character 'N' at start of value"},
		{"trailing", line(t) + "x", "invalid character 'x'"},
		{"short hash", line(t, `"inputs_hash":"sha256:0`, `"inputs_hash":"sha256:`), `inputs_hash is not "sha256:" and 64 lower-case hex digits`},
		{"upper-case hash", line(t, `"outputs_hash":"sha256:0`, `"outputs_hash":"sha256:A`), `outputs_hash is not "sha256:" and 64 lower-case hex digits`},
		{"another hash", line(t, `"previous_log_hash":"sha256:`, `"previous_log_hash":"sha512:`), `previous_log_hash is not "sha256:" and 64 lower-case hex digits`},
		{"timestamp", line(t, "2026-01-01T", "2026-02-30T"), `timestamp is not RFC 3339 with at most nine digits of a second: "2026-02-30T00:00:00Z"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := new(record).parse([]byte(tt.line)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// Every byte that is no digit of a hash is refused in one.
func TestHashDigits(t *testing.T) {
	text := []byte(Genesis)
	for c := range 256 {
		text[20] = byte(c)
		if want := strings.ContainsRune("0123456789abcdef", rune(c)); isHash(text) != want {
			t.Errorf("%#x: %v", c, !want)
		}
	}
}

// Entries that differ can hash alike; of two that do, at least one is ambiguous. Both
// are where one of them has other fields before the metadata.
func TestAmbiguous(t *testing.T) {
	e := someLog(t, 1)[0]
	with := func(change func(*Entry)) Entry {
		c := e
		c.Metadata = map[string]string{}
		change(&c)
		return c
	}
	tests := []struct {
		name string
		a, b Entry
		want [2]bool
	}{
		{"separator of fields", with(func(e *Entry) { e.JobID = "a|job_type:b"; e.JobType = "c" }),
			with(func(e *Entry) { e.JobID = "a"; e.JobType = "b|job_type:c" }), [2]bool{true, true}},
		{"fields behind those of another entry",
			with(func(e *Entry) {
				e.JobID, e.JobType = "a|job_type:merged|timestamp:"+bars(*e, "2025-01-01T00:00:00+00:00")+"|metadata:note:", "refused"
			}),
			with(func(e *Entry) {
				e.JobID, e.JobType, e.Timestamp = "a", "merged", "2025-01-01T00:00:00Z"
				e.Metadata["note"] = "|job_type:refused|timestamp:" + bars(*e, "2026-01-01T00:00:00+00:00") + "|metadata:"
			}), [2]bool{true, true}},
		{"bar in a key", with(func(e *Entry) { e.PreviousLogHash = Genesis; e.Metadata["a|b"] = "c" }),
			with(func(e *Entry) { e.Metadata["a|b"] = "c" }), [2]bool{true, true}},
		{"separator of items", with(func(e *Entry) { e.Metadata["a"] = "1,b:2" }),
			with(func(e *Entry) { e.Metadata["a"] = "1"; e.Metadata["b"] = "2" }), [2]bool{true, false}},
		{"comma in a key", with(func(e *Entry) { e.Metadata["a"] = ""; e.Metadata["b"] = "" }),
			with(func(e *Entry) { e.Metadata["a:,b"] = "" }), [2]bool{false, true}},
		{"end of a key", with(func(e *Entry) { e.Metadata["a:b"] = "c" }),
			with(func(e *Entry) { e.Metadata["a"] = "b:c" }), [2]bool{true, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, errA := hashOf(tt.a)
			b, errB := hashOf(tt.b)
			if err := errors.Join(errA, errB); err != nil || a != b {
				t.Errorf("they are no example: %v", err)
			}
			if got := [2]bool{tt.a.Ambiguous(), tt.b.Ambiguous()}; got != tt.want {
				t.Errorf("ambiguous: %v, want %v", got, tt.want)
			}
		})
	}
	if with(func(e *Entry) { e.Metadata["a"] = "c:d:e" }).Ambiguous() {
		t.Error("a colon in a value is read in one way")
	}
}

// bars is what of a canonical text is between a timestamp and the metadata.
func bars(e Entry, timestamp string) string {
	return timestamp + "|server_id:" + e.ServerID + "|inputs_hash:" + e.InputsHash + "|outputs_hash:" + e.OutputsHash + "|previous_log_hash:" + e.PreviousLogHash
}

// decoded reads a canonical text in the way that is the only one for an entry
// that is not ambiguous.
func decoded(t *testing.T, text string) map[string]string {
	t.Helper()
	said := map[string]string{}
	for i := range fieldThis {
		field, rest, ok := strings.Cut(text, "|")
		value, named := strings.CutPrefix(field, fieldName(i)+":")
		if !ok || !named {
			t.Fatalf("%q does not begin with %s", text, fieldName(i))
		}
		said[fieldName(i)], text = value, rest
	}
	text, ok := strings.CutPrefix(text, "metadata:")
	if !ok {
		t.Fatalf("%q is not the metadata", text)
	}
	if text == "" {
		return said
	}
	for _, item := range strings.Split(text, ",") {
		k, v, ok := strings.Cut(item, ":")
		if !ok {
			t.Fatalf("%q is no item", item)
		}
		said["metadata/"+k] = v
	}
	return said
}

// What is read is what the standard library reads, and what is hashed of an entry
// that is not ambiguous says the entry.
func FuzzEntry(f *testing.F) {
	f.Add([]byte(line(f)))
	f.Add([]byte(line(f, `"genesis"`, `"a|\u00e9\n"`, `"1.0"`, `"a,b:c"`)))
	f.Add([]byte(line(f, `{"description":"Genesis entry","version":"1.0"}`, `{}`, "00Z", "00.120-07:30")))
	f.Add([]byte(line(f, `{"job_id"`, `{"x":[{"y":null}],"job_id"`)))
	rec := &record{}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if rec.parse(raw) != nil {
			return
		}
		e := rec.entry()
		var members map[string]any
		if err := json.Unmarshal(raw, &members); err != nil || !utf8.Valid(raw) {
			t.Fatalf("accepted: %v", err)
		}
		if further := len(members) > fieldCount+1; further != rec.further {
			t.Errorf("further members: %v", rec.further)
		}
		for i := range fieldCount {
			if members[fieldName(i)] != string(rec.fields[i]) {
				t.Errorf("%s is %q, not %q", fieldName(i), rec.fields[i], members[fieldName(i)])
			}
		}
		metadata := members["metadata"].(map[string]any)
		for k, v := range metadata {
			if e.Metadata[k] != v {
				t.Errorf("%q is %q, not %q", k, e.Metadata[k], v)
			}
		}
		if len(metadata) != len(e.Metadata) || e.Ambiguous() != rec.ambiguous() {
			t.Errorf("%+v", e)
		}
		text, err := textOf(e)
		if err != nil || text != string(rec.canonical(nil)) {
			t.Fatalf("%q, %v", text, err)
		}
		if e.Ambiguous() {
			return
		}
		said := decoded(t, text)
		for i := range fieldThis {
			if want := members[fieldName(i)]; i != fieldTimestamp && said[fieldName(i)] != want {
				t.Errorf("%s reads as %q, not %q", fieldName(i), said[fieldName(i)], want)
			}
		}
		for k, v := range e.Metadata {
			if said["metadata/"+k] != v {
				t.Errorf("%q reads as %q, not %q", k, said["metadata/"+k], v)
			}
		}
		if len(said) != fieldThis+len(e.Metadata) {
			t.Errorf("%q reads as %q", text, said)
		}
	})
}
