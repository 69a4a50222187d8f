package anchor

import (
	"fmt"
	"slices"
)

// Faults lists every failure, each with the month that it is about.
func (v *RegistryVerified) Faults() []string {
	var list []string
	for _, m := range v.Months {
		for _, step := range m.Steps {
			if step.State == StepFailed {
				list = append(list, m.Period.String()+": "+step.Text)
			}
		}
	}
	return append(list, v.Findings...)
}

// maxBrief is how long a failure may be that is told as it is where its month
// tells of it, too.
const maxBrief = 120

// Brief is the first failure, in a few words where it is long and its month tells
// of it, and how many there are; "" where there is none.
func (v *RegistryVerified) Brief() string {
	brief, more := "", len(v.Findings)
	for _, m := range v.Months {
		for n, step := range m.Steps {
			if step.State != StepFailed {
				continue
			}
			if more++; brief != "" {
				continue
			}
			if brief = m.Period.String() + ": " + step.Text; len(step.Text) > maxBrief {
				brief = m.Period.String() + ": " + failing(n, step)
			}
		}
	}
	if brief == "" && more > 0 {
		brief = v.Findings[0]
	}
	if more > 1 {
		brief += fmt.Sprintf(" (and %d more)", more-1)
	}
	return brief
}

// failing says in a few words what a step is that failed.
func failing(step int, s Step) string {
	switch {
	case s.Word == WordGap:
		return "a month before it is missing"
	case s.Word == WordLink:
		return "it does not name the month before it as that is now"
	case s.Word == WordUncommitted:
		return "the work tree is not what was committed and stamped"
	}
	return [Steps]string{
		"its proof is missing or cannot be read", "it is no valid month of the registry", "its proof waits for calendars that are not known",
		"no block holds what its proof leads to", "its bytes are not those of its proof",
		"it was not anchored in its time",
	}[step]
}

// Holds reports whether nothing is wrong and nothing was left open; blocks may be
// waited for.
func (v *RegistryVerified) Holds() bool {
	open := func(m MonthVerified) bool { return m.State() != StepOK && m.State() != StepWaits }
	return len(v.Findings) == 0 && !slices.ContainsFunc(v.Months, open)
}

// State is that of a month as a whole, its worst step's.
func (m MonthVerified) State() StepState {
	for _, state := range []StepState{StepFailed, StepOpen, StepWaits} {
		if slices.ContainsFunc(m.Steps[:], func(s Step) bool { return s.State == state }) {
			return state
		}
	}
	if m.Steps[StepBlock].State != StepOK {
		return StepOpen
	}
	return StepOK
}
