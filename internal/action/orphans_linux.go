package action

import (
	"errors"
	"fmt"
	"os"
	"slices"
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

// orphans are processes that what we start leaves behind, also those that left
// its process group.
type orphans struct {
	ours map[int]bool // children that we had before
}

// adopting has orphans come to us, from now on. Where the system does not allow
// that, no command can be run whose processes must all end.
func adopting() (orphans, error) {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0, 0, 0, 0); errno != 0 {
		return orphans{}, fmt.Errorf("the command is not run, for what it leaves behind could not be ended: prctl: %w", errno)
	}
	pids, err := children()
	if err != nil {
		return orphans{}, fmt.Errorf("the command is not run, for what it leaves behind could not be ended: %w", err)
	}
	o := orphans{ours: map[int]bool{}}
	for _, pid := range pids {
		o.ours[pid] = true
	}
	return o, nil
}

// end kills whatever became our child since. The error is a *CommandError where
// something is left all the same.
func (o orphans) end() error {
	for range endTries {
		pids, err := children()
		if err != nil {
			return errors.Join(leftBehind(), err)
		}
		pids = slices.DeleteFunc(pids, func(pid int) bool { return o.ours[pid] })
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			_, _ = syscall.Wait4(pid, nil, 0, nil) // one that is no child any more is gone
		}
		time.Sleep(time.Millisecond)
	}
	return leftBehind()
}

// children are the ids of our child processes.
func children() ([]int, error) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return nil, err
	}
	var pids []int
	told := false
	for _, task := range tasks {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%s/children", task.Name()))
		if err != nil {
			continue // a thread that has ended since
		}
		told = true
		for word := range strings.FieldsSeq(string(raw)) {
			pid, err := strconv.Atoi(word)
			if err != nil {
				return nil, err
			}
			pids = append(pids, pid)
		}
	}
	if !told {
		return nil, errors.New("the system does not list processes in /proc/self/task")
	}
	return pids, nil
}
