package registry

import (
	"errors"
	"time"
)

// A Content is what a month says besides its version, timestamp and link.
type Content struct{ members map[string]Value }

// NewContent is the content of these members of a month's file: maintainers,
// authorized_servers, multisig_config, audit_logs (none: no logs) and any that
// this package does not know. The map is the Content's from then on.
func NewContent(members map[string]Value) Content { return Content{members} }

// ReadContent reads a content from one JSON object, as a command prints it:
// maintainers, authorized_servers and multisig_config must be there, version,
// timestamp and previous_registry_hash must not. The error is Faults.
func ReadContent(raw []byte) (Content, error) { return Content{}, errors.New("not built yet") }

// AuditLogs is the value of audit_logs for these summaries, by server_id.
func AuditLogs(logs map[string]Summary) Value { return Value("{}") }

// Write makes the file of a month in canonical form. previous is the Hash of the
// month before, or Genesis. The bytes are parsed again: the error is Faults where
// the content is no good, by their place in the file that was not made.
func Write(p Period, timestamp time.Time, previous string, c Content) ([]byte, error) {
	return nil, errors.New("not built yet")
}
