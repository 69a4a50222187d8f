package anchor

import (
	"bytes"
	"context"
	"io"
	"slices"
	"sync"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// maxFoundBlob is the size in bytes of a blob that is read again once its
// digest was met.
const maxFoundBlob = 16 << 30

// A wanted digest is what one or more proofs are for.
type wanted struct {
	hash   ots.Tag
	digest string
}

// A match is the blob that holds it.
type match struct {
	blob    string
	variant string
	size    int64
}

// A hunt looks for the blobs of digests. The scan uses it from several
// goroutines.
type hunt struct {
	s      *Session
	tags   []ots.Tag // file hashes of the digests
	stats  FindStats
	damage string // why a part of the objects could not be scanned

	mu    sync.Mutex
	want  map[wanted]bool // those that no blob as it is was found for
	found map[wanted]match
}

func (s *Session) newHunt(found []Found) *hunt {
	h := &hunt{s: s, want: map[wanted]bool{}, found: map[wanted]match{}}
	for _, f := range found {
		if f.Err != nil {
			continue
		}
		h.want[f.wanted()] = true
		if !slices.Contains(h.tags, f.Hash) {
			h.tags = append(h.tags, f.Hash)
		}
	}
	return h
}

func (f *Found) wanted() wanted { return wanted{f.Hash, string(f.Digest)} }

func (h *hunt) done() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.want) == 0
}

// has says that a proof needs no further look, or that a blob was found that is
// its bytes but for line ends.
func (h *hunt) has(f *Found) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.found[f.wanted()]
	return ok || f.Err != nil
}

// tell writes down what was found.
func (h *hunt) tell(found []Found) {
	for i := range found {
		f := &found[i]
		if m, ok := h.found[f.wanted()]; ok && f.Err == nil {
			f.Blob, f.Variant, f.Size = m.blob, m.variant, m.size
		}
	}
}

// look hashes the bytes of a blob. What has a digest that is wanted is read
// again by its id: an index may lie about which bytes an object has.
func (h *hunt) look(ctx context.Context, id string, d *digester) {
	for _, sum := range d.sums() {
		key := wanted{sum.hash, string(sum.digest)}
		h.mu.Lock()
		better := h.better(key, id, sum.variant)
		h.mu.Unlock()
		if !better {
			continue
		}
		again := newDigester(h.tags, true, true)
		err := h.s.Repo.CopyBlob(ctx, id, maxFoundBlob, again)
		h.mu.Lock()
		if err != nil || !again.has(sum) {
			h.stats.Unreadable++
		} else if h.better(key, id, sum.variant) {
			h.found[key] = match{id, sum.variant, again.length(sum.variant)}
			if sum.variant == asIs {
				delete(h.want, key) // no other blob can be it
			}
		}
		h.mu.Unlock()
	}
}

// better says whether a blob is to be preferred to what was found so far: one
// as it is, then the one with the least id, so that every run says the same.
func (h *hunt) better(key wanted, id, variant string) bool {
	best, have := h.found[key]
	return h.want[key] && (!have || best.variant != asIs && (variant == asIs || id < best.blob))
}

// scan looks at every blob, and stops at the last match.
func (h *hunt) scan(ctx context.Context, o FindOptions) error {
	pool := sync.Pool{New: func() any { return newDigester(h.tags, true, true) }}
	_, err := h.s.Repo.Scan(ctx, gitrepo.ScanOptions{Progress: o.Progress, Budget: o.Budget}, func(b gitrepo.ScannedBlob) error {
		d := pool.Get().(*digester)
		defer pool.Put(d)
		d.reset(true, true)
		err := b.Err
		switch {
		case err != nil:
		case b.Reader != nil:
			_, err = io.Copy(d, b.Reader)
		default:
			d.of(b.Data)
		}
		h.mu.Lock()
		h.stats.Scanned++
		h.stats.Bytes += b.Size
		if err != nil {
			h.stats.Unreadable++
		}
		h.mu.Unlock()
		if err != nil {
			return ctx.Err()
		}
		if h.look(ctx, b.ID.String(), d); h.done() {
			return gitrepo.ErrStopScan
		}
		return nil
	})
	return err
}

// The line ends that a text's proof may be for.
const (
	asIs   = ""
	withLF = "LF"
	withCR = "CRLF"
)

// A sum is one digest of a blob.
type sum struct {
	hash    ots.Tag
	variant string
	digest  []byte
}

// A digester takes the digests of a blob as it is and, of text, with other line
// ends.
type digester struct {
	tags          []ots.Tag
	raw, lf, crlf *stream
	toLF, toCRLF  swapper
	asLF, asCRLF  bool // which of them are taken
	binary        bool
}

func newDigester(tags []ots.Tag, lf, crlf bool) *digester {
	d := &digester{tags: tags, raw: newStream(tags), lf: newStream(tags), crlf: newStream(tags)}
	d.toLF, d.toCRLF = swapper{out: d.lf}, swapper{out: d.crlf, crlf: true}
	d.reset(lf, crlf)
	return d
}

func (d *digester) reset(lf, crlf bool) {
	for _, s := range []*stream{d.raw, d.lf, d.crlf} {
		s.reset()
	}
	d.toLF.reset()
	d.toCRLF.reset()
	d.asLF, d.asCRLF, d.binary = lf, crlf, false
}

// of takes the digests of a blob that is at hand as a whole: only those that
// differ.
func (d *digester) of(data []byte) {
	text := bytes.IndexByte(data, 0) < 0
	ends := bytes.Count(data, []byte("\n"))
	pairs := 0
	if text && ends > 0 {
		pairs = bytes.Count(data, []byte("\r\n"))
	}
	d.reset(text && pairs > 0, text && ends > pairs)
	_, _ = d.Write(data) // a hash never fails
}

// Write takes a further piece.
func (d *digester) Write(p []byte) (int, error) {
	_, _ = d.raw.Write(p)
	d.binary = d.binary || bytes.IndexByte(p, 0) >= 0
	if d.binary {
		return len(p), nil
	}
	if d.asLF {
		_, _ = d.toLF.Write(p)
	}
	if d.asCRLF {
		_, _ = d.toCRLF.Write(p)
	}
	return len(p), nil
}

// sums gives the digests, once all is written.
func (d *digester) sums() []sum {
	list := d.raw.sums(d.tags, asIs)
	if d.binary {
		return list
	}
	if d.asLF {
		d.toLF.end()
		list = append(list, d.lf.sums(d.tags, withLF)...)
	}
	if d.asCRLF {
		d.toCRLF.end()
		list = append(list, d.crlf.sums(d.tags, withCR)...)
	}
	return list
}

func (d *digester) has(want sum) bool {
	return slices.ContainsFunc(d.sums(), func(s sum) bool {
		return s.hash == want.hash && s.variant == want.variant && bytes.Equal(s.digest, want.digest)
	})
}

// length is how many bytes a variant has.
func (d *digester) length(variant string) int64 {
	return map[string]*stream{asIs: d.raw, withLF: d.lf, withCR: d.crlf}[variant].n
}
