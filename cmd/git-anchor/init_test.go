package main

import (
	"bytes"
	"os"
	"testing"
)

// What init writes is the example that the guide speaks of.
func TestWorkflowIsTheExample(t *testing.T) {
	example, err := os.ReadFile("../../docs/examples/all.yml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(example, workflow) {
		t.Error("cmd/git-anchor/workflow.yml is not docs/examples/all.yml: copy it")
	}
	if n := bytes.Count(workflow, []byte("    branches: [main]\n")); n != 1 {
		t.Errorf("it says %d times which branch it anchors", n)
	}
}
