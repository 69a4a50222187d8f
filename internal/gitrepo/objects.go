package gitrepo

import (
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"sync"

	githash "github.com/go-git/go-git/v5/plumbing/hash"
)

// maxMeta bounds one commit or tree, in bytes.
const maxMeta = 32 << 20

// objectReader reads objects: from a long-lived git cat-file, or without git from
// go-git's storage. Memory does not grow with the repository. Whatever is read
// is hashed again to the id it was asked by.
type objectReader struct {
	git    *gitCommand
	sha256 bool
	stores []store // without git

	mu    sync.Mutex
	old   bool     // git before 2.36 has no --batch-command: two processes
	batch *catFile // contents, and info unless old
	check *catFile // info, when old
}

// header is what is known of an object before its bytes are read.
type header struct {
	id, kind string
	size     int64
}

var errMissing = errors.New("missing")

// lookup finds the object that name means; any revision git knows will do
// when git is there, else only ids. errMissing: no such name or object.
func (o *objectReader) lookup(ctx context.Context, name string) (header, error) {
	if o.git.path == "" {
		return o.storeLookup(name)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	h, _, err := o.ask(ctx, name, false)
	return h, err
}

// read streams the object's bytes to w. It fails with ErrTooLarge before the
// first byte when there are more than limit, and with ErrCorrupt after the
// last when they do not have the id or kind: whoever hashes them must not use
// the result then.
func (o *objectReader) read(ctx context.Context, id, kind string, limit int64, w io.Writer) error {
	if o.git.path == "" {
		return o.storeRead(id, kind, limit, w)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	h, c, err := o.ask(ctx, id, true)
	if errors.Is(err, errMissing) {
		return missingObject(kind, id)
	}
	if err != nil {
		return err
	}
	if h.size > limit {
		o.drop(c) // cheaper than reading it to the end
		return tooLarge(h, limit)
	}
	stop := context.AfterFunc(ctx, c.kill)
	defer stop()
	err = o.copy(h, id, kind, c.out, w)
	if err == nil {
		var end byte
		if end, err = c.out.ReadByte(); err == nil && end != '\n' {
			err = errors.New("no line feed after the object")
		}
	}
	if err != nil {
		o.drop(c)
		return fmt.Errorf("read %s %s: %w", kind, id, errors.Join(ctx.Err(), err))
	}
	return nil
}

// missingObject names the way to get it: git would fetch it unasked, by
// whatever program the configuration names, and so is not allowed to.
func missingObject(kind, id string) error {
	return fmt.Errorf("%s %s is %w (a partial clone?); to have it: git checkout, or git fetch --refetch --no-filter", kind, id, ErrMissingObject)
}

func tooLarge(h header, limit int64) error {
	return fmt.Errorf("%s %s: %w: %d bytes, %d allowed", h.kind, h.id, ErrTooLarge, h.size, limit)
}

// copy moves exactly h.size bytes from r to w and hashes them to the id.
func (o *objectReader) copy(h header, id, kind string, r io.Reader, w io.Writer) error {
	sum := o.idHash(h.kind, h.size)
	if _, err := io.CopyN(io.MultiWriter(sum, w), r, h.size); err != nil {
		return err
	}
	if h.kind != kind {
		return fmt.Errorf("%w: it is a %s", ErrCorrupt, h.kind)
	}
	got, err := sumID(sum)
	if err == nil && got != id {
		err = fmt.Errorf("%w: its bytes have the id %s", ErrCorrupt, got)
	}
	return err
}

// idHash begins the hash of an object; SHA-1 with collision detection.
func (o *objectReader) idHash(kind string, size int64) hash.Hash {
	algorithm := crypto.SHA1
	if o.sha256 {
		algorithm = crypto.SHA256
	}
	h := githash.New(algorithm)
	fmt.Fprintf(h, "%s %d\x00", kind, size)
	return h
}

// sumID ends it. As in git, bytes that were made to collide are refused.
func sumID(h hash.Hash) (string, error) {
	if d, ok := h.(interface {
		CollisionResistantSum([]byte) ([]byte, bool)
	}); ok {
		if _, collides := d.CollisionResistantSum(nil); collides {
			return "", fmt.Errorf("%w: its bytes are made to collide in SHA-1", ErrCorrupt)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// bytes is read for a commit or a tree.
func (o *objectReader) bytes(ctx context.Context, id, kind string) ([]byte, error) {
	var b bytes.Buffer
	err := o.read(ctx, id, kind, maxMeta, &b)
	return b.Bytes(), err
}

// idLen is the length of an object id in bytes.
func (o *objectReader) idLen() int {
	if o.sha256 {
		return 32
	}
	return 20
}

// IsID reports whether s is a full object id as git writes it: 40 or 64 hex
// digits in lower case.
func IsID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}
