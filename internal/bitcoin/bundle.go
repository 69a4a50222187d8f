package bitcoin

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The headers that lie beside the proofs of a repository, .git-anchor.headers:
// bundleMagic, then runs in ascending order, at most one a period, integers
// little-endian. A run is the height of its first header (uint32), the number of
// its headers (uint16, 1 to 2016, none past the period's end), the first header
// (80 bytes), and of every further one all but the hash of the block before it,
// which is that of the header before (48 bytes).
//
// That is at most 96,806 bytes a period, whatever the number of documents
// anchored in it. Measured with documents at random over the time: 10 in 20
// weeks take 0.5 MB, 100 in two years 2.7 MB, 1,000 in four years 9.0 MB; 1,000
// in one fortnight 0.1 MB. A branch of a merkle tree over each period's headers
// would take 432 bytes a document (4 KB, 43 KB, 432 KB) but needs a table of the
// trees' roots, 15 KB more in the binary, which only somebody who holds every
// header since 2009 can make or check. The runs need nothing but the table that
// is there, are checked by hashing alone, and are what any carrier hands over.
const (
	bundleMagic = "\x00git-anchor headers 1\n"

	runHead  = 4 + 2
	restSize = HeaderSize - len(Hash{})

	// MaxBundle is the most bytes that a bundle may have: thirteen years in which
	// every period holds a document.
	MaxBundle = 32 << 20
)

// Errors of ParseBundle.
var (
	ErrNotBundle   = errors.New("not a file of block headers")
	ErrBundleSize  = fmt.Errorf("more than the %d bytes that a file of block headers may have", MaxBundle)
	ErrBundleShape = errors.New("damaged file of block headers")
)

// A Bundle is runs of headers by period. It says nothing on whether they are
// true: who uses one links it. The zero value is empty and ready. Reading may
// be concurrent; Add and Merge may not.
type Bundle struct {
	runs map[uint64]packed // by period
}

// A packed run is as it lies in the file, without its head.
type packed struct {
	first uint64
	count int
	bytes string
}

func (p packed) end() uint64 { return p.first + uint64(p.count) - 1 }

// ParseBundle reads a bundle, up to the last byte. It looks at the shape alone.
// Errors wrap ErrNotBundle, ErrBundleSize or ErrBundleShape.
func ParseBundle(b []byte) (*Bundle, error) {
	if len(b) > MaxBundle {
		return nil, ErrBundleSize
	}
	rest, ok := strings.CutPrefix(string(b), bundleMagic)
	if !ok {
		return nil, ErrNotBundle
	}
	parsed := &Bundle{runs: make(map[uint64]packed)}
	next := uint64(0) // the first period that may follow
	for len(rest) > 0 {
		at := len(b) - len(rest)
		p, more, err := parsePacked(rest)
		if err != nil {
			return nil, fmt.Errorf("%w: byte %d: %w", ErrBundleShape, at, err)
		}
		period := p.first / Period
		if period < next {
			return nil, fmt.Errorf("%w: byte %d: period %d comes twice or too late", ErrBundleShape, at, period)
		}
		parsed.runs[period], rest, next = p, more, period+1
	}
	return parsed, nil
}

// parsePacked reads one run with its head, and returns what follows.
func parsePacked(s string) (p packed, rest string, err error) {
	if len(s) < runHead {
		return packed{}, "", errors.New("it ends within a run's head")
	}
	head := []byte(s[:runHead])
	p.first, p.count = uint64(binary.LittleEndian.Uint32(head)), int(binary.LittleEndian.Uint16(head[4:]))
	if p.count < 1 || p.end() > periodEnd(p.first) {
		return packed{}, "", fmt.Errorf("%d headers from height %d on are not a part of one period", p.count, p.first)
	}
	size := HeaderSize + (p.count-1)*restSize
	if s = s[runHead:]; len(s) < size {
		return packed{}, "", errors.New("it ends within a run")
	}
	p.bytes = s[:size]
	return p, s[size:], nil
}

// unpack returns the headers of a run.
func (p packed) unpack() []Header {
	run := make([]Header, p.count)
	rest := p.bytes[copy(run[0][:], p.bytes):]
	for i := 1; i < len(run); i++ {
		hash := run[i-1].Hash()
		copy(run[i][:4], rest)
		copy(run[i][4:36], hash[:])
		copy(run[i][36:], rest[4:restSize])
		rest = rest[restSize:]
	}
	return run
}

// pack is unpack's reverse for headers that follow one another.
func pack(first uint64, run []Header) packed {
	b := make([]byte, 0, HeaderSize+(len(run)-1)*restSize)
	b = append(b, run[0][:]...)
	for i := range run[1:] {
		h := &run[1+i]
		b = append(append(b, h[:4]...), h[36:]...)
	}
	return packed{first, len(run), string(b)}
}

// Run returns the headers from height to the end of its period; false when the
// bundle lacks one of them.
func (b *Bundle) Run(height uint64) ([]Header, bool) {
	run := b.period(height / Period)
	missing := height - (periodEnd(height) - uint64(len(run)) + 1)
	if len(run) == 0 || missing >= uint64(len(run)) {
		return nil, false
	}
	return run[missing:], true
}

// period returns the headers of a period, up to its end; nil when its last one
// is not there.
func (b *Bundle) period(period uint64) []Header {
	if p, ok := b.runs[period]; ok && p.end() == periodEnd(p.first) {
		return p.unpack()
	}
	return nil
}

// Has reports whether the bundle holds every header from height to the end of
// its period, which says nothing on whether they are true.
func (b *Bundle) Has(height uint64) bool {
	p, ok := b.runs[height/Period]
	return ok && p.first <= height && p.end() == periodEnd(height)
}

// Add takes up a run within one period, of headers that follow one another and
// were checked by the caller; what is not so is dropped. Where the bundle has a
// part of the same chain, the two are joined. Where they contradict each other
// or leave a gap, the run that reaches further up stays: only one that reaches
// the period's end is ever of use. At one height the new one stays.
func (b *Bundle) Add(first uint64, run []Header) {
	if len(run) == 0 || first > 1<<32-1 || first+uint64(len(run))-1 > periodEnd(first) || checkRun(Hash{}, first, run) != nil {
		return
	}
	if b.runs == nil {
		b.runs = make(map[uint64]packed)
	}
	added, period := pack(first, run), first/Period
	if old, ok := b.runs[period]; ok {
		added = join(old, added)
	}
	b.runs[period] = added
}

// join returns the run that reaches further up, of two alike b, with what the
// other has below it if that leads into it.
func join(a, b packed) packed {
	if a.end() > b.end() {
		a, b = b, a
	}
	if a.first < b.first && a.end()+1 >= b.first {
		union := append(a.unpack()[:b.first-a.first], b.unpack()...)
		if checkRun(Hash{}, a.first, union) == nil {
			return pack(a.first, union)
		}
	}
	return b
}

// Merge takes up all that another bundle holds. Where the two contradict each
// other, what links to the network's table stays.
func (b *Bundle) Merge(n *Network, other *Bundle) {
	if b.runs == nil {
		b.runs = make(map[uint64]packed)
	}
	for period, theirs := range other.runs {
		ours, ok := b.runs[period]
		switch {
		case !ok:
			b.runs[period] = theirs
		case n.Link(theirs.first, theirs.unpack()) == nil && n.Link(ours.first, ours.unpack()) != nil:
			b.runs[period] = theirs
		case n.Link(ours.first, ours.unpack()) == nil && n.Link(theirs.first, theirs.unpack()) != nil:
		default:
			b.runs[period] = join(theirs, ours)
		}
	}
}

// Prune drops what can be of no use to anybody: runs of periods that the table
// covers and that do not link to it, and runs above every tip that there can be.
func (b *Bundle) Prune(n *Network) {
	for period, p := range b.runs {
		if n.covers(p.first) && n.Link(p.first, p.unpack()) != nil || !n.plausible(p.first) {
			delete(b.runs, period)
		}
	}
}

// Heights returns the height of each run's first header and of its last, in
// order.
func (b *Bundle) Heights() [][2]uint64 {
	var all [][2]uint64
	for _, period := range slices.Sorted(maps.Keys(b.runs)) {
		all = append(all, [2]uint64{b.runs[period].first, b.runs[period].end()})
	}
	return all
}

// Bytes returns the file. Two bundles with the same headers have the same.
func (b *Bundle) Bytes() []byte {
	out := []byte(bundleMagic)
	for _, period := range slices.Sorted(maps.Keys(b.runs)) {
		p := b.runs[period]
		out = binary.LittleEndian.AppendUint32(out, uint32(p.first))
		out = binary.LittleEndian.AppendUint16(out, uint16(p.count))
		out = append(out, p.bytes...)
	}
	return out
}
