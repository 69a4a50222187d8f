//go:build !unix

package action

import "os/exec"

// grouped and endGroup are for systems that have process groups.
func grouped(*exec.Cmd)  {}
func endGroup(*exec.Cmd) {}
