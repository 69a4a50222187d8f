package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/anchor"
	"github.com/openllmo/git-anchor/internal/verify"
)

func calendars(r anchor.Result, now time.Time) string {
	if r.Of == 0 {
		return ""
	}
	text := fmt.Sprintf("%d of %d calendars", r.Anchored, r.Of)
	if r.Outcome.Status == verify.Pending && !r.Since.IsZero() {
		text += ", stamped " + age(now.Sub(r.Since))
	}
	return text
}

// age says how long ago something was, in its largest unit.
func age(d time.Duration) string {
	switch {
	case d < 0:
		return "in the future, by its calendar's clock"
	case d < time.Minute:
		return "just now"
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d.Hours()/24))
}

// Status writes a summary and a line for each document. online says that
// headers were asked for; now is the clock that ages are counted by.
func (t Text) Status(run anchor.Run, online bool, now time.Time) {
	counts := map[string]int{}
	superseded := 0
	for _, r := range run.Results {
		counts[rowOf(r).word]++
		if r.Superseded {
			superseded++
		}
	}
	var parts []string
	for _, word := range []string{"confirmed", "pending", "changed", "failed", "refused", "disputed", "unchecked", "not anchored"} {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	if len(parts) == 0 {
		fmt.Fprintln(t.Out, t.mark(nothing(run)))
		return
	}
	headers := "headers not asked for"
	if online {
		headers = "headers asked for"
	}
	of := count(len(run.Results)-superseded, "document")
	if superseded > 0 {
		of += ", " + count(superseded, "superseded proof")
	}
	fmt.Fprintf(t.Out, "%s\n\n", t.mark(fmt.Sprintf("%s  (%s, %s)", strings.Join(parts, ", "), of, headers)))
	for _, r := range run.Results {
		row, fields := rowOf(r), []string{}
		if r.Superseded {
			fields = append(fields, "superseded")
		}
		for _, f := range []string{row.more, calendars(r, now)} {
			if f != "" {
				fields = append(fields, f)
			}
		}
		line := fmt.Sprintf("  %s %-12s %s   %s", row.sign, row.word, show(r.Name()), strings.Join(fields, "   "))
		fmt.Fprintln(t.Out, t.paintWord(row.word, strings.TrimRight(t.mark(line), " ")))
	}
	if t.Verbose {
		for _, r := range run.Results {
			t.details(r, true)
		}
	}
	if !t.Quiet {
		t.advice(run, counts, online)
	}
	t.others(run)
}

func (t Text) paintWord(word, line string) string {
	switch word {
	case "confirmed":
		return t.green(line)
	case "pending", "unchecked":
		return t.yellow(line)
	case "changed", "failed", "refused", "disputed":
		return t.red(line)
	}
	return line
}

func (t Text) advice(run anchor.Run, counts map[string]int, online bool) {
	switch {
	case counts["pending"] > 0:
		all := ""
		if slices.ContainsFunc(run.Results, func(r anchor.Result) bool {
			return r.Kind == unruled && r.Outcome.Status == verify.Pending
		}) {
			all = " --all"
		}
		fmt.Fprintf(t.Err, "\n  (use \"git anchor upgrade%s\" to complete pending proofs)\n", t.network()+all)
	case counts["unchecked"] > 0 && !online:
		fmt.Fprintln(t.Err, "\n  (use \"git anchor verify\" or \"status --online\" to check them against block headers)")
	}
}

// Porcelain writes one line a document that stays stable between versions:
// state, height or "-", claim date or "-", calendars anchored, calendars in
// all, digest or "-", and the path, separated by tabs. Lines end with a
// newline and the path is quoted; with nul they end with NUL and the path is
// as it is. For the proof of an earlier version the path is its own, and the
// state begins with "superseded-".
func (t Text) Porcelain(run anchor.Run, nul bool) {
	for _, r := range run.Results {
		row := rowOf(r)
		word := row.word
		path, end := gitQuote(r.Name()), "\n"
		if nul {
			path, end = r.Name(), "\x00"
		}
		if r.Superseded {
			word = "superseded-" + word
		}
		if t.Regtest {
			word = "regtest-" + word
		}
		fmt.Fprintf(t.Out, "%s\t%s\t%s\t%d\t%d\t%s\t%s%s", strings.ReplaceAll(word, " ", "-"), dash(cmp.Or(row.block, row.claimed)), dash(row.date), r.Anchored, r.Of, dash(row.digest), path, end)
	}
}

// dash stands for what there is not.
func dash(s string) string { return cmp.Or(s, "-") }

// gitQuote writes a path as git does with core.quotePath: unchanged when it is
// plain, else in double quotes with C escapes and octal bytes.
func gitQuote(path string) string {
	plain := true
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(path); i++ {
		c := path[i]
		if esc := strings.IndexByte("\a\b\t\n\v\f\r\"\\", c); esc >= 0 {
			b.WriteByte('\\')
			b.WriteByte("abtnvfr\"\\"[esc])
			plain = false
		} else if c < 0x20 || c >= 0x7f {
			fmt.Fprintf(&b, "\\%03o", c)
			plain = false
		} else {
			b.WriteByte(c)
		}
	}
	if plain {
		return path
	}
	return b.String() + `"`
}
