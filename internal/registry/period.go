package registry

import (
	"fmt"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// graceDays is how long after the next month's anchor day a month's claim may lie.
const graceDays = 7

// A Period is a month of the calendar, in UTC. The zero Period is none.
type Period struct {
	Year  int // 0 to 9999
	Month time.Month
}

// ParsePeriod reads YYYY-MM, which is the only form.
func ParsePeriod(s string) (Period, error) {
	bad := func() (Period, error) {
		return Period{}, fmt.Errorf("%s is not a month: write it as YYYY-MM, like 2026-01", strictjson.Quoted(s))
	}
	text := []byte(s)
	if !isForm(text, "0000-00") {
		return bad()
	}
	year, month := decimal(text[:4]), decimal(text[5:])
	if month < 1 || month > 12 {
		return bad()
	}
	return Period{year, time.Month(month)}, nil
}

// ParsePeriodFile reads the name of a month's file, without a directory: YYYY-MM.json.
func ParsePeriodFile(name string) (Period, bool) {
	month, ok := strings.CutSuffix(name, ".json")
	if !ok {
		return Period{}, false
	}
	p, err := ParsePeriod(month)
	return p, err == nil
}

// PeriodOf is the month that a time lies in, in UTC.
func PeriodOf(t time.Time) Period {
	year, month, _ := t.UTC().Date()
	return Period{year, month}
}

func (p Period) String() string { return fmt.Sprintf("%04d-%02d", p.Year, int(p.Month)) }

// File is the name of the month's file: YYYY-MM.json.
func (p Period) File() string { return p.String() + ".json" }

// Next is the month after.
func (p Period) Next() Period { return PeriodOf(time.Date(p.Year, p.Month+1, 1, 0, 0, 0, 0, time.UTC)) }

// Prev is the month before.
func (p Period) Prev() Period { return PeriodOf(time.Date(p.Year, p.Month-1, 1, 0, 0, 0, 0, time.UTC)) }

// Before reports whether p is an earlier month than q.
func (p Period) Before(q Period) bool {
	return p.Year < q.Year || p.Year == q.Year && p.Month < q.Month
}

// Start is the month's first moment.
func (p Period) Start() time.Time { return time.Date(p.Year, p.Month, 1, 0, 0, 0, 0, time.UTC) }

// Due is the first moment of the month's anchor day, from 1: of its last day,
// where the month has not as many.
func (p Period) Due(day int) time.Time {
	last := time.Date(p.Year, p.Month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return time.Date(p.Year, p.Month, min(day, last), 0, 0, 0, 0, time.UTC)
}

// Window is the first and the last day on which the claim of the month's proof
// may lie, both at midnight: from the month's first day until seven days after the
// next month's anchor day.
func (p Period) Window(day int) (from, until time.Time) {
	return p.Start(), p.Next().Due(day).AddDate(0, 0, graceDays)
}

// MaxDue is how many months are caught up at once: ten years.
const MaxDue = 120

// DuePeriods are the months to anchor now, oldest first: each after newest whose
// anchor day has been reached, at most MaxDue; more says that there are others.
// Where there is no month yet (begun is false), no earlier month than the current
// one is due.
func DuePeriods(newest Period, begun bool, day int, now time.Time) (due []Period, more bool) {
	current := PeriodOf(now)
	next := current
	if begun {
		next = newest.Next()
	}
	for p := next; !current.Before(p) && !now.Before(p.Due(day)); p = p.Next() {
		if len(due) == MaxDue {
			return due, true
		}
		due = append(due, p)
	}
	return due, false
}
