//go:build unix

package gitrepo

import (
	"os/exec"
	"syscall"
)

// endTogether makes cmd end with all that it started: git leaves the program
// behind that speaks with a server, and that one waits, with the token.
func endTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
