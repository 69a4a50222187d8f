package main

import (
	"fmt"
	"testing"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/calendar"
	"github.com/openllmo/git-anchor/internal/config"
)

// The configuration may import neither calendar nor bitcoin, and has to know
// how many default pools there are and what the rungs are called all the same.
func TestConfigurationAgrees(t *testing.T) {
	pools := len(calendar.Pools())
	for n, fits := range map[int]bool{pools: true, pools + 1: false} {
		_, err := config.Parse(fmt.Appendf(nil, "[ots]\nmin_calendars = %d\n", n))
		if (err == nil) != fits {
			t.Errorf("min_calendars = %d with %d default pools: %v", n, pools, err)
		}
	}
	for rung := bitcoin.RungExplorer; rung <= bitcoin.RungNode; rung++ {
		if _, err := config.ParsePerson([][2]string{{"anchor.require", rung.String()}}); err != nil {
			t.Errorf("anchor.require = %s: %v", rung, err)
		}
	}
	if _, err := config.ParsePerson([][2]string{{"anchor.require", bitcoin.RungPath.String()}}); err == nil {
		t.Error("anchor.require = path is accepted, and no rung")
	}
}
