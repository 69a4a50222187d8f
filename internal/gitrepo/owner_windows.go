package gitrepo

import "golang.org/x/sys/windows"

// ownedByPerson is git's is_path_owned_by_current_sid: the person's own files,
// and those of the administrators' group where the person is in it.
func ownedByPerson(path string, _ func(string) string) bool {
	owner, err := ownerOf(path)
	if err != nil {
		return false
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return false
	}
	if owner.Equals(user.User.Sid) {
		return true
	}
	if !owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
		return false
	}
	member, err := windows.Token(0).IsMember(owner)
	return err == nil && member
}

// ownedByRoot: administrators and the system need no trick to run something as
// anybody.
func ownedByRoot(path string) bool {
	owner, err := ownerOf(path)
	return err == nil && (owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid))
}

func ownerOf(path string) (*windows.SID, error) {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return nil, err
	}
	owner, _, err := sd.Owner()
	return owner, err
}

// sameDevice: a directory's parent is on the same volume.
func sameDevice(_, _ string) bool { return true }
