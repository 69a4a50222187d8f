package action

import (
	"fmt"
	"os"
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
	ours map[int]bool // children that we had before; nil: orphans do not come to us
}

// adopting has orphans come to us, from now on.
func adopting() orphans {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0, 0, 0, 0); errno != 0 {
		return orphans{}
	}
	o := orphans{ours: map[int]bool{}}
	for _, pid := range children() {
		o.ours[pid] = true
	}
	return o
}

// end kills whatever became our child since.
func (o orphans) end() {
	for range endTries {
		left := false
		for _, pid := range children() {
			if o.ours != nil && !o.ours[pid] {
				left = true
				_ = syscall.Kill(pid, syscall.SIGKILL)
				_, _ = syscall.Wait4(pid, nil, 0, nil) // one that is no child any more is gone
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
