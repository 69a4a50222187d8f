package main

import (
	"slices"

	"github.com/rogpeppe/go-internal/testscript"
)

// evidenceAll: evidence N COMMAND ARGS…: git-anchor evidence COMMAND, which stamps at
// all pools of the devnet, unless --no-anchor is there.
func evidenceAll(ts *testscript.TestScript, args []string) {
	line := []string{args[0], "evidence", args[1]}
	if !slices.Contains(args, "--no-anchor") {
		for _, u := range running(ts).Pools() {
			line = append(line, "--calendar", u)
		}
	}
	regtest(ts, append(line, args[2:]...))
}
