//go:build unix

package action

import (
	"os/exec"
	"syscall"
)

// grouped puts a command, before it starts, into a process group of its own.
func grouped(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}

// endGroup kills what is left of the group of a command that has ended.
func endGroup(cmd *exec.Cmd) {
	// ESRCH where all are gone, which is the rule.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
