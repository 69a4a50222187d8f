package action

import (
	"bufio"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Each process of a chain becomes ours when the one before it was killed. As
// many are ended as are looked for; what is left past that fails the step.
func TestOrphansEnd(t *testing.T) {
	script := write(t, filepath.Join(t.TempDir(), "chain.sh"), `
if [ "$1" -gt 1 ]; then sh "$0" $(($1 - 1)) & else echo ready; exec sleep 1000; fi
wait
`)
	for _, length := range []int{1, endTries - 1, endTries} {
		left, err := adopting()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sh", script, strconv.Itoa(length))
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
			t.Errorf("%q, %v", line, err)
		}
		err = left.end()
		var command *CommandError
		switch over := length == endTries; {
		case !over && err != nil:
			t.Errorf("%d: %v", length, err)
		case over && (!errors.As(err, &command) || err.Error() != "before_commit: it left a process behind that could not be ended"):
			t.Errorf("%d: error %v", length, err)
		}
		if err := left.end(); err != nil {
			t.Errorf("the rest of %d: %v", length, err)
		}
	}
}
