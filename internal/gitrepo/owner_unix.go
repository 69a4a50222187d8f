//go:build unix

package gitrepo

import (
	"os"
	"strconv"
	"syscall"
)

// ownedByPerson is git's is_path_owned_by_current_uid: root started by sudo
// may also use what belongs to the person who called sudo.
func ownedByPerson(path string, getenv func(string) string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	uid := os.Geteuid()
	if uid == 0 && st.Uid != 0 {
		sudo, err := strconv.ParseUint(getenv("SUDO_UID"), 10, 32)
		return err == nil && st.Uid == uint32(sudo)
	}
	return st.Uid == uint32(uid)
}

// ownedByRoot: root needs no trick to run something as anybody.
func ownedByRoot(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Uid == 0
}

// sameDevice reports whether no mount point lies between the two.
func sameDevice(a, b string) bool {
	ia, err := os.Stat(a)
	if err != nil {
		return false
	}
	ib, err := os.Stat(b)
	if err != nil {
		return false
	}
	sa, okA := ia.Sys().(*syscall.Stat_t)
	sb, okB := ib.Sys().(*syscall.Stat_t)
	return okA && okB && sa.Dev == sb.Dev
}
