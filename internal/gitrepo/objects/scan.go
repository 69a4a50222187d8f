package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

const (
	// MaxHeld is the size in bytes above which Scan gives a Reader instead of
	// Data.
	MaxHeld = 64 << 20

	defaultMemory = 256 << 20
	maxScanErrors = 10 // that are returned one by one
)

// ScanOptions of Scan.
type ScanOptions struct {
	Kind    Kind  // of the objects to visit
	Verify  bool  // hash each to its id
	Workers int   // goroutines; 0: as many as there are processors
	Memory  int64 // bytes of objects held for deltas to build on, beside one object a worker; 0: 256 MiB
	Budget  int64 // bytes inflated and patched after which the scan ends; 0: none
}

// Object is one that Scan visits. Its Data, or Reader when it has more than
// MaxHeld bytes, are good until the function returns. The Reader ends with
// io.EOF only if the object is whole.
type Object struct {
	ID     ID
	Kind   Kind // 0 when Err is set and not even that can be known
	Size   int64
	Data   []byte
	Reader io.Reader
	Err    error // it is there, and cannot be had
}

// Scan calls visit once for every object of a kind in the store, reachable or
// not, from several goroutines at once, each pack's in about its order there.
// Data is not visit's to change.
// Every zlib stream is inflated once, unless memory is short or the store
// damaged. Beside Memory it takes about 40 bytes an object of the largest
// pack.
//
// Without Verify an object may have other bytes than its id says, when pack or
// index lie: whoever finds what he wants reads it again by [Store.Bytes].
//
// An object that is damaged is visited with its Err. Scan itself returns what
// is wrong with whole packs, after all others, the context's error, or visit's;
// ErrStop of visit ends it without error. Past the Budget it is ErrTooLarge; what
// others read of the store meanwhile counts too.
func (s *Store) Scan(ctx context.Context, o ScanOptions, visit func(Object) error) error {
	if o.Kind < Commit || o.Kind > Tag {
		return fmt.Errorf("scan for %s: no such kind", o.Kind)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	sc := &scan{store: s, options: o, visit: visit, before: s.stats.made()}
	var cancel context.CancelFunc
	sc.ctx, cancel = context.WithCancel(ctx)
	defer cancel()
	sc.cancel = cancel
	stop := context.AfterFunc(ctx, func() { sc.stop(ctx.Err()) })
	defer stop()
	return s.use(func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := sc.run(); err != nil {
			return err
		}
		switch err := sc.ended(); {
		case errors.Is(err, ErrStop):
			return nil // what is wrong with packs is no matter to who has what he wants
		case err != nil:
			return err
		}
		return sc.faults()
	})
}

// scan is one call of Scan.
type scan struct {
	store   *Store
	options ScanOptions
	visit   func(Object) error
	ctx     context.Context // of Scan, ended also by stop
	cancel  context.CancelFunc
	before  int64      // bytes made when it began
	big     sync.Mutex // held while an object of more than MaxHeld bytes is in memory

	stopped atomic.Bool
	mu      sync.Mutex
	reason  error // for stopping
	errs    []error
	more    int // errors that are not in errs
}

func (sc *scan) stop(reason error) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.reason == nil {
		sc.reason = reason
	}
	sc.stopped.Store(true)
	sc.cancel()
}

// goOn is what workers' decoders ask: whether the scan goes on.
func (sc *scan) goOn() error {
	if made := sc.store.stats.made() - sc.before; sc.options.Budget > 0 && made > sc.options.Budget {
		sc.stop(fmt.Errorf("%w: %d bytes of objects, %d allowed", ErrTooLarge, made, sc.options.Budget))
	}
	if sc.stopped.Load() {
		return sc.ended()
	}
	return nil
}

func (sc *scan) ended() error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	return sc.reason
}

// note keeps what is wrong with more than one object.
func (sc *scan) note(err error) {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if len(sc.errs) < maxScanErrors {
		sc.errs = append(sc.errs, err)
	} else {
		sc.more++
	}
}

func (sc *scan) faults() error {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.more > 0 {
		sc.errs = append(sc.errs, corrupt("and %d more", sc.more))
	}
	return errors.Join(sc.errs...)
}

// run visits all packs and then the loose objects.
func (sc *scan) run() error {
	ids, packs, err := sc.list()
	if err != nil {
		return err
	}
	seen, err := newCopies(packs)
	if err != nil {
		return err
	}
	ids = seen.without(ids)
	for _, c := range seen {
		if sc.stopped.Load() {
			return nil
		}
		sc.pack(c)
	}
	sc.store.stats.listed.Add(int64(len(ids)))
	var next atomic.Int64
	sc.workers(func(w *worker) {
		w.each(&next, len(ids), func(i int) { w.loose(ids[i]) })
	})
	return nil
}

// list gives the loose objects, sorted, and the packs that can be used. The
// loose ones come first, and again when packs went away meanwhile: what moves
// from the one to the other is then not lost.
func (sc *scan) list() (ids []ID, packs []*pack, err error) {
	var faults []error
	for try := range maxRescans {
		if ids, err = sc.store.allLoose(); err != nil {
			return nil, nil, err
		}
		news, err := sc.store.rescan()
		if err != nil {
			return nil, nil, err
		}
		gone := false
		packs, faults = nil, nil
		for _, p := range *sc.store.packs.Load() {
			if _, err := p.open(); err != nil {
				gone = gone || errors.Is(err, errGone)
				faults = append(faults, err)
				continue
			}
			packs = append(packs, p)
		}
		if !gone || try > 0 && !news {
			break
		}
	}
	for _, err := range faults {
		sc.note(err)
	}
	return ids, packs, nil
}

func (s *Store) allLoose() ([]ID, error) {
	var ids []ID
	for _, dir := range s.dirs {
		for first := range 256 {
			found, err := looseIDs(dir, byte(first), s.idLen)
			if err != nil {
				return nil, err
			}
			ids = append(ids, found...)
		}
	}
	slices.SortFunc(ids, compareIDs)
	return slices.Compact(ids), nil
}

// workers calls work in as many goroutines as there may be, and waits.
func (sc *scan) workers(work func(*worker)) {
	var all sync.WaitGroup
	for range sc.options.Workers {
		all.Go(func() {
			w := newWorker(sc)
			defer w.end()
			work(w)
		})
	}
	all.Wait()
}

// each calls do for all from 0 to n-1 of a counter that workers share.
func (w *worker) each(next *atomic.Int64, n int, do func(i int)) {
	for i := next.Add(1) - 1; i < int64(n) && !w.stopped.Load(); i = next.Add(1) - 1 {
		w.guard(func() { do(int(i)) })
	}
}

// guard calls do, in which files may be mapped that somebody cuts short.
func (w *worker) guard(do func()) {
	var err error
	defer func() {
		if err != nil {
			w.note(err)
		}
	}()
	defer onFault(&err)
	do()
}
