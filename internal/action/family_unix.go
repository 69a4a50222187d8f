//go:build unix && !linux

package action

import (
	"os/exec"
	"syscall"
)

// A family is a command and what it starts.
type family struct{}

// adopt puts a command, before it starts, into a process group of its own.
func adopt(cmd *exec.Cmd) family {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return family{}
}

// end kills what is left of the group. What left it by setsid is out of reach.
func (family) end(cmd *exec.Cmd) {
	// ESRCH where all are gone, which is the rule.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
