package anchor

import (
	"fmt"
	"time"
)

// pending is the step of a month that no block holds yet. When the last day is
// over on which that block could lie, nothing is waited for any more: else any
// chain could be shown as one whose proofs take their time. A day later the
// calendars know all blocks of that day.
func (l *link) pending(until, now time.Time) Step {
	over := until.AddDate(0, 0, 1)
	if now.Before(over) {
		return Step{State: StepWaits, Text: l.result.Outcome.Reason}
	}
	text := fmt.Sprintf("no block holds it, and the last day it could lie on was %s", date(until))
	if l.result.unheld && !now.Before(over.AddDate(0, 0, 1)) {
		return Step{State: StepFailed, Text: text}
	}
	l.seen.overdue = true
	return Step{State: StepOpen, Text: text + "; " + l.result.Outcome.Reason}
}

// Overdue lists the months that no block is known to hold though the last day is
// over on which it could lie, where that is not known to be so.
func (v *RegistryVerified) Overdue() []string {
	var list []string
	for _, m := range v.Months {
		if m.overdue {
			list = append(list, m.Period.String()+": "+m.Steps[StepBlock].Text)
		}
	}
	return list
}

// LatestTimestamp is the end of the day, in UTC, that a block found now could be
// claimed for: no month that is made now may have a later timestamp.
func LatestTimestamp(now time.Time) time.Time {
	const slack = 2 * time.Hour // as a claim date has it
	return day(now.Add(slack)).AddDate(0, 0, 1).Add(-time.Nanosecond)
}
