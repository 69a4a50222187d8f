package objects

import (
	"errors"
	"fmt"
	"iter"
)

// writeError: a part of an object was written, or w failed: there is no other
// copy to be tried.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

// each calls try with one copy of the object after the other, packed or loose,
// until one is good.
func (s *Store) each(d *decoder, id ID, try func(spot, *loose, *decoder) error) error {
	if int(id.n) != s.idLen {
		return fmt.Errorf("object %s: %w: ids here have %d digits", id, ErrMissing, 2*s.idLen)
	}
	var err error
	for range maxRescans {
		err = s.tryCopies(id, d, try)
		var written writeError
		if err == nil || errors.Is(err, ErrTooLarge) || errors.As(err, &written) || d.goOn() != nil {
			break
		}
		news, listErr := s.rescan()
		if listErr != nil {
			return fmt.Errorf("object %s: %w", id, listErr)
		}
		if !news {
			break
		}
	}
	if end := d.goOn(); err != nil && end != nil {
		err = end // what was met on the way is not known to be the last word
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errGone) && !errors.Is(err, ErrCorrupt):
		err = errors.Join(ErrMissing, s.damage())
	}
	return fmt.Errorf("object %s: %w", id, err)
}

// damage tells which packs cannot be used.
func (s *Store) damage() error {
	var errs []error
	for _, p := range *s.packs.Load() {
		if err := p.failed(); err != nil && !errors.Is(err, errGone) && len(errs) < 3 {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// tryCopies gives the error of the first copy when none is good, errGone when
// there is none.
func (s *Store) tryCopies(id ID, d *decoder, try func(spot, *loose, *decoder) error) error {
	failed := errGone
	note := func(err error) (final bool) {
		if failed == errGone {
			failed = err
		}
		var written writeError
		return errors.As(err, &written) || d.goOn() != nil
	}
	for p := range s.likelyPacks() {
		off, ok, err := p.find(id)
		if !ok && (err == nil || p.failed() != nil) {
			continue // if it cannot be used, damage tells
		}
		if err == nil {
			err = try(spot{p, off}, nil, d)
		}
		if err == nil {
			s.last.Store(p)
			return nil
		}
		if note(err) {
			return err
		}
	}
	for _, dir := range s.dirs {
		o, err := openLoose(loosePath(dir, id), d)
		if errors.Is(err, errGone) {
			continue
		}
		if err == nil {
			err = errors.Join(try(spot{}, o, d), o.close())
		}
		if err == nil || note(err) {
			return err
		}
	}
	return failed
}

// likelyPacks gives all packs, first the one that had the last object.
func (s *Store) likelyPacks() iter.Seq[*pack] {
	return func(yield func(*pack) bool) {
		last := s.last.Load()
		if last != nil && !yield(last) {
			return
		}
		for _, p := range *s.packs.Load() {
			if p != last && !yield(p) {
				return
			}
		}
	}
}

// find looks the object up in the pack's index.
func (p *pack) find(id ID) (off int64, ok bool, err error) {
	x, err := p.index()
	if err != nil {
		return 0, false, err
	}
	return x.find(id)
}
