package anchor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// An EvidenceSource is a file that is to be kept with a record: one of the machine
// by its Path, or Data.
type EvidenceSource struct {
	Name string // as it shall be named
	Path string // "" for Data
	Data []byte
}

// describe hashes the source; it is not held in memory.
func (e EvidenceSource) describe(ctx context.Context) (evidence.File, error) {
	h, n := sha256.New(), int64(len(e.Data))
	if e.Path == "" {
		h.Write(e.Data)
	} else {
		in, err := e.open()
		if err != nil {
			return evidence.File{}, err
		}
		n, err = io.Copy(h, contextReader{ctx, io.LimitReader(in, evidence.MaxFile+1)})
		if err := errors.Join(err, in.Close()); err != nil {
			return evidence.File{}, fmt.Errorf("read %s: %w", e.Path, err)
		}
	}
	if n > evidence.MaxFile {
		return evidence.File{}, refuse("", "%s has more than the %d bytes that are hashed", e.Name, int64(evidence.MaxFile))
	}
	return evidence.NewFile(e.Name, n, [sha256.Size]byte(h.Sum(nil))), nil
}

// read reads the source again, which must be what was described.
func (e EvidenceSource) read(ctx context.Context, f evidence.File) ([]byte, error) {
	data := bytes.Clone(e.Data)
	if e.Path != "" {
		in, err := e.open()
		if err != nil {
			return nil, err
		}
		data = make([]byte, f.Size)
		_, err = io.ReadFull(contextReader{ctx, in}, data)
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			err = nil // it is shorter now, which its digest tells
		}
		if err := errors.Join(err, in.Close()); err != nil {
			return nil, fmt.Errorf("read %s: %w", e.Path, err)
		}
	}
	if sha256.Sum256(data) != f.SHA256 {
		return nil, refuse("", "%s changed while it was read", e.Path)
	}
	return data, nil
}

// open opens a regular file: anything else may have no end.
func (e EvidenceSource) open() (*os.File, error) {
	info, err := os.Stat(e.Path)
	switch {
	case err != nil:
		return nil, refuse("", "%v", err)
	case !info.Mode().IsRegular():
		return nil, refuse("", "%s is no regular file", e.Path)
	}
	in, err := os.Open(e.Path)
	if err != nil {
		return nil, refuse("", "%v", err)
	}
	return in, nil
}

// A contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	in  io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.in.Read(p)
}
