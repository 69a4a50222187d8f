package action

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// prSetChildSubreaper of prctl(2): orphans below us become our children.
const prSetChildSubreaper = 36

// endTries is how often what is left is looked for: each time, those that were
// killed may have started others before.
const endTries = 100

// A family is a command and what it starts, also what leaves its process group.
type family struct {
	reaps bool
	ours  map[int]bool // children that we had before
}

// adopt puts a command, before it starts, into a process group of its own, and
// has what it leaves behind come to us.
func adopt(cmd *exec.Cmd) family {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0, 0, 0, 0)
	f := family{reaps: errno == 0, ours: map[int]bool{}}
	for _, pid := range children() {
		f.ours[pid] = true
	}
	return f
}

// end kills what is left: the group, then whatever became our child since.
func (f family) end(cmd *exec.Cmd) {
	// ESRCH where all are gone, which is the rule.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	for range endTries {
		left := false
		for _, pid := range children() {
			if f.reaps && !f.ours[pid] {
				left = true
				_ = syscall.Kill(pid, syscall.SIGKILL)
				_, _ = syscall.Wait4(pid, nil, 0, nil) // a child that is no child any more is gone
			}
		}
		if !left {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// children are the ids of our child processes, as far as the system tells.
func children() []int {
	var pids []int
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil
	}
	for _, task := range tasks {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%s/children", task.Name()))
		if err != nil {
			continue
		}
		for word := range strings.FieldsSeq(string(raw)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}
