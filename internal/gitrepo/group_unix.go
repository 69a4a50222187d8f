//go:build unix

package gitrepo

import (
	"os/exec"
	"syscall"
)

// OwnGroup gives a command, before it starts, a process group of its own.
// cmd.Cancel then sends sig to the whole of it, also to what is left of it when
// the command has ended.
func OwnGroup(cmd *exec.Cmd, sig syscall.Signal) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, sig) }
}
