package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// checkJSON: json PATH=VALUE…: standard output is one JSON object, and has the
// value at each path (a.0.b).
func checkJSON(ts *testscript.TestScript, args []string) {
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	dec.UseNumber()
	var object map[string]any
	ts.Check(dec.Decode(&object))
	if _, err := dec.Token(); err != io.EOF {
		ts.Fatalf("more than one object: %v", err)
	}
	for _, arg := range args {
		path, want, _ := strings.Cut(arg, "=")
		var v any = object
		for _, key := range strings.Split(path, ".") {
			v = child(v, key)
		}
		if got := fmt.Sprint(v); got != want {
			ts.Fatalf("%s is %q, want %q", path, got, want)
		}
	}
}

func child(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		return v[key]
	case []any:
		if i, err := strconv.Atoi(key); err == nil && i < len(v) {
			return v[i]
		}
	}
	return nil
}

var devnetAt = regexp.MustCompile(`devnet at (http://127\.0\.0\.1:[0-9]+)`)

// serving: serving NAME VAR: waits for a devnet process to say where it is.
func serving(ts *testscript.TestScript, args []string) {
	p := theWorld(ts).processes[args[0]]
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for {
		if m := devnetAt.FindStringSubmatch(p.out.String()); m != nil {
			ts.Setenv(args[1], m[1])
			return
		}
		select {
		case <-tick.C:
		case <-end:
			ts.Fatalf("no devnet: %s", p.err.String())
		}
	}
}

// post: post URL.
func post200(ts *testscript.TestScript, args []string) {
	resp, err := http.Post(args[0], "", bytes.NewReader(nil))
	ts.Check(err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", args[0], resp.Status)
	}
}
