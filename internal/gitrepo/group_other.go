//go:build !unix

package gitrepo

import (
	"os/exec"
	"syscall"
)

// OwnGroup: here there are no groups. What a killed command leaves behind ends
// by itself, git's when the server has been silent for http.lowSpeedTime.
func OwnGroup(*exec.Cmd, syscall.Signal) {}
