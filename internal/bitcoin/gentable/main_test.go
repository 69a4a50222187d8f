package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

const (
	tsvFile = "../../../data/checkpoints.tsv"
	binFile = "../checkpoints.bin"
)

// TestUpToDate derives the embedded table from its source again.
func TestUpToDate(t *testing.T) {
	tsv, err := os.ReadFile(tsvFile)
	if err != nil {
		t.Fatal(err)
	}
	want, err := build(string(tsv))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(binFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("checkpoints.bin is not what checkpoints.tsv gives: run go generate ./internal/bitcoin")
	}
}

func TestBuildRefuses(t *testing.T) {
	good, err := os.ReadFile(tsvFile)
	if err != nil {
		t.Fatal(err)
	}
	row := "0\t2015\t00000000693067b0e6b440bc51450b9f3850561b07f6d3c021c54fbd6abb9763\t1d00ffff\theader"
	for _, tt := range []struct {
		name, old, new, want string
	}{
		{"empty", string(good), "", "line 1: 1 columns, not 5"},
		{"comments alone", string(good), "#\n", `the rows end at height -1, but the time is not that of it: ""`},
		{"row missing", row + "\n", "", "line 4: period 1 ending at 4031, not 0 at 2015"},
		{"last row missing", "477\t", "#477\t", `the rows end at height 961631, but the time is not that of it: "963647\t1787445416\t3600"`},
		{"blank line", row, "", "line 4: 1 columns, not 5"},
		{"column missing", "\t1d00ffff\theader", "\theader", "line 4: 4 columns, not 5"},
		{"short hash", "\t00000000693067b0", "\t000000693067b0",
			`line 4: block hash "000000693067b0e6b440bc51450b9f3850561b07f6d3c021c54fbd6abb9763" is not 64 hex digits`},
		{"time missing", "#time\t", "#\t", `the rows end at height 963647, but the time is not that of it: ""`},
		{"time short", "\t3600", "", `the rows end at height 963647, but the time is not that of it: "963647\t1787445416"`},
		{"time past 32 bits", "1787445416", "4294967296", `time "963647\t4294967296\t3600": strconv.ParseUint: parsing "4294967296": value out of range`},
		{"unknown confirmation", "1d00ffff\theader", "1d00ffff\thearsay", `line 4: confirmed by "hearsay", which is none of header, published, work`},
		{"short bits", "\t1d00ffff\t", "\t1d00ff\t", `line 4: bits "1d00ff" are not 8 hex digits`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tsv := strings.Replace(string(good), tt.old, tt.new, 1)
			if tsv == string(good) {
				t.Fatal("the change changes nothing")
			}
			if _, err := build(tsv); err == nil || err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
