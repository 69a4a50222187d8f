package anchor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// MaxPlan is how many bytes a plan's file has at the most.
const MaxPlan = 64 << 20

const (
	maxPlanned = 100_000 // proofs of a plan
	planSchema = "git-anchor-plan/1"
)

// planJSON is a plan's file. A path that is not UTF-8 has its bytes beside it.
type planJSON struct {
	Schema         string      `json:"schema"`
	Registries     string      `json:"registries"`
	RegistryProofs string      `json:"registry_proofs"`
	Proofs         []proofJSON `json:"proofs"`
	Months         []monthJSON `json:"months,omitempty"`
	Headers        []byte      `json:"headers,omitempty"`
}

type proofJSON struct {
	Path          string `json:"path"`
	PathBytes     []byte `json:"path_base64,omitempty"`
	Document      string `json:"document,omitempty"`
	DocumentBytes []byte `json:"document_base64,omitempty"`
	Blob          string `json:"blob,omitempty"`
	Old           string `json:"old,omitempty"`
	Proof         []byte `json:"proof"`
}

// Bytes returns the plan as JSON of at most MaxPlan bytes; the error wraps
// gitrepo.ErrTooLarge.
func (p Plan) Bytes() ([]byte, error) {
	file := planJSON{planSchema, p.Registries, p.RegistryProofs, make([]proofJSON, len(p.Proofs)), nil, p.Headers}
	for i, q := range p.Proofs {
		j := proofJSON{Blob: q.Blob, Old: q.Old, Proof: q.Proof}
		j.Path, j.PathBytes = textPath(q.Path)
		j.Document, j.DocumentBytes = textPath(q.Document)
		file.Proofs[i] = j
	}
	for _, m := range p.Months {
		file.Months = append(file.Months, monthJSON(m))
	}
	return encode("plan", file, MaxPlan)
}

// ParsePlan reads what Bytes wrote. It takes nothing on trust: sizes, paths,
// proofs and headers are checked.
func ParsePlan(b []byte) (Plan, error) {
	var file planJSON
	if err := Decode(b, &file, MaxPlan); err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	p := Plan{Registries: file.Registries, RegistryProofs: file.RegistryProofs, Headers: file.Headers}
	if err := errors.Join(p.check(file), p.checkMonths(file.Months)); err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	paths := make([]string, len(file.Proofs))
	for i, j := range file.Proofs {
		q, err := j.parse()
		if err != nil {
			return Plan{}, fmt.Errorf("read plan: proof %d: %w", i+1, err)
		}
		p.Proofs, paths[i] = append(p.Proofs, q), q.Path
	}
	if err := checkPaths(paths); err != nil {
		return Plan{}, fmt.Errorf("read plan: %w", err)
	}
	return p, nil
}

func (p Plan) check(file planJSON) error {
	switch {
	case file.Schema != planSchema:
		return fmt.Errorf("its schema is %q, want %q", file.Schema, planSchema)
	case len(file.Proofs) > maxPlanned:
		return fmt.Errorf("%d proofs are more than the limit of %d", len(file.Proofs), maxPlanned)
	}
	for _, dir := range []string{p.Registries, p.RegistryProofs} {
		if err := gitrepo.CheckPath(dir); dir != "." && err != nil {
			return err
		}
	}
	if p.Headers == nil {
		return nil
	}
	_, err := bitcoin.ParseBundle(p.Headers)
	return err
}

func (j proofJSON) parse() (PlannedProof, error) {
	q := PlannedProof{Blob: j.Blob, Old: j.Old, Proof: j.Proof}
	var err error
	if q.Path, err = rawPath(j.Path, j.PathBytes); err != nil {
		return q, err
	}
	if q.Document, err = rawPath(j.Document, j.DocumentBytes); err != nil {
		return q, err
	}
	if err := gitrepo.CheckPath(q.Path); err != nil {
		return q, err
	}
	if err := gitrepo.CheckPath(q.Document); q.Document != "" && err != nil {
		return q, err
	}
	switch {
	case !proofNamed(q.Path):
		return q, fmt.Errorf("%q is not the name of a proof", q.Path)
	case q.Blob != "" && (!gitrepo.IsID(q.Blob) || q.Document == ""):
		return q, fmt.Errorf("%q is for the blob %q of %q", q.Path, q.Blob, q.Document)
	case q.Old != "" && !gitrepo.IsID(q.Old):
		return q, fmt.Errorf("%q stands for the blob %q", q.Path, q.Old)
	case len(q.Proof) > ots.MaxProof:
		return q, fmt.Errorf("%q has %d bytes: %w", q.Path, len(q.Proof), ots.ErrTooLarge)
	}
	if _, err := ots.Parse(q.Proof); err != nil {
		return q, fmt.Errorf("%q: %w", q.Path, err)
	}
	return q, nil
}

// encode writes JSON of at most max bytes.
func encode(what string, v any, max int) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", what, err)
	}
	if len(b) > max {
		return nil, fmt.Errorf("write %s: %w: %d bytes, %d allowed", what, gitrepo.ErrTooLarge, len(b), max)
	}
	return b, nil
}

// Decode reads one JSON value of at most max bytes, which must be all of b, and
// no field that v lacks. Of more the error wraps gitrepo.ErrTooLarge.
func Decode(b []byte, v any, max int) error {
	if len(b) > max {
		return fmt.Errorf("%w: %d bytes, %d allowed", gitrepo.ErrTooLarge, len(b), max)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows its end")
	}
	return nil
}

// textPath is a path in JSON, and its bytes where they are not UTF-8.
func textPath(p string) (string, []byte) {
	if utf8.ValidString(p) {
		return p, nil
	}
	return strings.ToValidUTF8(p, "\ufffd"), []byte(p)
}

// rawPath is textPath's reverse; of two ways to write a path one is accepted.
func rawPath(text string, raw []byte) (string, error) {
	if raw == nil {
		return text, nil
	}
	if again, bytes := textPath(string(raw)); bytes == nil || again != text {
		return "", fmt.Errorf("path %q has other bytes beside it", text)
	}
	return string(raw), nil
}

// checkPaths refuses paths that are not in order, and files within files.
func checkPaths(paths []string) error {
	seen := make(map[string]bool, len(paths))
	for i, p := range paths {
		if i > 0 && paths[i-1] >= p {
			return fmt.Errorf("%q is out of order", p)
		}
		seen[p] = true
	}
	for _, p := range paths {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if seen[dir] {
				return fmt.Errorf("%q is a file and has %q in it", dir, p)
			}
		}
	}
	return nil
}
