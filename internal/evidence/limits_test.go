package evidence_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// askedOf is an attempt that asked calendars, of which all failed with this text.
func askedOf(calendars int, text string) evidence.Attempt {
	a := evidence.Attempt{At: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)}
	for range calendars {
		a.Calendars = append(a.Calendars, evidence.AttemptAnswer{URL: "https://a.example", Error: text})
	}
	return a
}

// A line of 8 KiB is written as it is. Where it would be longer, what calendars said
// is cut: that they were asked is not lost.
func TestAttemptLine(t *testing.T) {
	const limit = 8 << 10
	a := askedOf(26, strings.Repeat("x", 250))
	room := limit - len(evidence.AppendAttempt(nil, a))
	for i := range a.Calendars {
		n := min(room, 50)
		a.Calendars[i].Error += strings.Repeat("x", n)
		room -= n
	}
	whole := evidence.AppendAttempt(nil, a)
	if list, err := evidence.ParseAttempts(whole); len(whole) != limit || err != nil || !cmp.Equal(list, []evidence.Attempt{a}) {
		t.Errorf("%d bytes, %v: %s", len(whole), err, cmp.Diff([]evidence.Attempt{a}, list))
	}
	a.Calendars[25].URL += "x"
	cut, err := evidence.ParseAttempts(evidence.AppendAttempt(nil, a))
	if err != nil || len(cut) != 1 || len(cut[0].Calendars) != 26 || cut[0].Calendars[25].Error != strings.Repeat("x", 150) {
		t.Errorf("one byte more: %v, %+v", err, cut)
	}
	hostile := evidence.AppendAttempt(nil, askedOf(16, strings.Repeat("\x1b", 1000)))
	if list, err := evidence.ParseAttempts(hostile); err != nil || len(list[0].Calendars) != 16 {
		t.Errorf("text that is long in JSON: %v, %.100s", err, hostile)
	}
	if log := evidence.AppendAttempt([]byte("log\n"), askedOf(1000, "")); string(log) != "log\n" {
		t.Errorf("1000 calendars: %.100s", log)
	}
}

func TestAttemptText(t *testing.T) {
	for _, n := range []int{300, 301} {
		list, err := evidence.ParseAttempts(evidence.AppendAttempt(nil, askedOf(1, strings.Repeat("x", n))))
		if err != nil || len(list[0].Calendars[0].Error) != 300 {
			t.Errorf("%d bytes: %v, %+v", n, err, list)
		}
	}
}

func TestAttemptsFull(t *testing.T) {
	a := askedOf(1, "refused")
	line := len(evidence.AppendAttempt(nil, a))
	for _, extra := range []int{0, 1} {
		log := bytes.Repeat([]byte("x"), evidence.MaxAttempts-line+extra)
		want := evidence.MaxAttempts
		if extra > 0 {
			want = len(log)
		}
		if got := len(evidence.AppendAttempt(log, a)); got != want {
			t.Errorf("to %d bytes: %d, want %d", len(log), got, want)
		}
	}
}

func TestParseAttemptsLimits(t *testing.T) {
	const line = `{"at":"2026-02-03T04:05:06Z","calendars":[]}`
	of := func(n int) string { return line + strings.Repeat(" ", n-len(line)) }
	full := strings.Repeat(of(8<<10-1)+"\n", 8)
	tests := []struct{ name, log, want string }{
		{"a line at the limit", of(8 << 10), "<nil>"},
		{"a line past it", of(8<<10 + 1), "line 1: 8193 bytes are more than the limit of 8192"},
		{"a log at the limit", full, "<nil>"},
		{"a log past it", full + "\n", "65537 bytes are more than the limit of 65536"},
	}
	for _, tt := range tests {
		if _, err := evidence.ParseAttempts([]byte(tt.log)); fmt.Sprint(err) != tt.want {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestExportLimit(t *testing.T) {
	raw := evidence.Export{Proof: []byte("proof"), Status: evidence.Pending}.Bytes()
	at := slices.Concat(raw, bytes.Repeat([]byte(" "), evidence.MaxExport-len(raw)))
	if _, proof, err := evidence.ParseExport(at); err != nil || string(proof) != "proof" {
		t.Errorf("at the limit: %q, %v", proof, err)
	}
	want := "read exported record: line 1: 4194305 bytes are more than the limit of 4194304"
	if _, proof, err := evidence.ParseExport(append(at, ' ')); proof != nil || fmt.Sprint(err) != want {
		t.Errorf("past it: %q, %v, want %s", proof, err, want)
	}
}

func TestMediaLimit(t *testing.T) {
	for n, want := range map[int]string{100: "<nil>", 101: `want a media type like text/html`} {
		r := full()
		r.Attachments[0].Media = "text/" + strings.Repeat("x", n-len("text/"))
		if _, _, err := evidence.Write(r); !strings.HasSuffix(fmt.Sprint(err), want) {
			t.Errorf("%d bytes: %v, want %s", n, err, want)
		}
	}
}
