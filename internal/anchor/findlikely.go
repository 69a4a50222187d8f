package anchor

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"

	"github.com/openllmo/git-anchor/internal/gitrepo"
)

// Limits of looking at likely places: beyond them the scan of all objects is
// quicker.
const (
	likelyTime   = time.Second
	likelyNames  = 64       // of documents, looked for in one walk through history
	likelyFollow = 8        // documents whose renames are followed
	likelyBlobs  = 20_000   // that are hashed
	likelyBlob   = 64 << 20 // bytes of one
)

// A likelyPlace is a blob that may be it.
type likelyPlace struct{ path, blob string }

// likely looks at HEAD for documents that are called as the proofs say, then at
// what documents of such names ever were, then at what git takes for their
// former names. What takes too long is left to the scan.
func (h *hunt) likely(ctx context.Context, head gitrepo.Commit, found []Found) error {
	within, cancel := context.WithTimeout(ctx, likelyTime)
	defer cancel()
	tried := map[string]bool{}
	if err := h.try(ctx, within, h.atHead(within, head, found), tried); err != nil || h.allFound(found) {
		return err
	}
	if err := h.try(ctx, within, h.formers(within, h.openNames(found)), tried); err != nil || h.allFound(found) {
		return err
	}
	names := h.follow(within, head, found)
	return h.try(ctx, within, h.formers(within, names), tried)
}

// try hashes the blobs of places, each once, the first ones first.
func (h *hunt) try(ctx, within context.Context, places []likelyPlace, tried map[string]bool) error {
	for _, p := range places {
		if within.Err() != nil || h.done() || len(tried) == likelyBlobs {
			return ctx.Err()
		}
		if tried[p.blob] {
			continue
		}
		tried[p.blob] = true
		d := newDigester(h.tags, true, true)
		err := h.s.Repo.CopyBlob(within, p.blob, likelyBlob, d)
		switch {
		case err == nil:
			h.stats.Likely++
			h.look(ctx, p.blob, d)
		case errors.Is(err, gitrepo.ErrMissingObject), errors.Is(err, gitrepo.ErrTooLarge), errors.Is(err, gitrepo.ErrCorrupt), within.Err() != nil:
		default:
			return err
		}
	}
	return ctx.Err()
}

func (h *hunt) allFound(found []Found) bool {
	return !slices.ContainsFunc(found, func(f Found) bool { return !h.has(&f) })
}

// atHead lists the files of HEAD that are called as the documents are, those
// beside their proofs first.
func (h *hunt) atHead(ctx context.Context, head gitrepo.Commit, found []Found) []likelyPlace {
	if head.ID == "" {
		return nil
	}
	names, beside := map[string]bool{}, map[string]bool{}
	for _, f := range found {
		for _, name := range f.names {
			names[name] = true
		}
		beside[f.Document] = true
	}
	entries, err := h.s.Repo.Files(ctx, head, func(p string) bool { return names[path.Base(p)] || beside[p] })
	var some gitrepo.PathErrors
	if err != nil && !errors.As(err, &some) {
		return nil
	}
	var places []likelyPlace
	for _, first := range []bool{true, false} {
		for _, e := range entries {
			if e.Regular() && beside[e.Path] == first {
				places = append(places, likelyPlace{e.Path, e.ID})
			}
		}
	}
	return places
}

// openNames are what the documents are called whose bytes are not found yet.
func (h *hunt) openNames(found []Found) []string {
	var names []string
	for _, f := range found {
		for _, name := range f.names {
			if !h.has(&f) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		if len(names) > likelyNames {
			return nil
		}
	}
	return names
}

// formers lists what files of these names ever were, as far as time allows.
func (h *hunt) formers(ctx context.Context, names []string) []likelyPlace {
	if len(names) == 0 {
		return nil
	}
	var places []likelyPlace
	// What was listed before time was up, or git missed an object, is right.
	_ = h.s.Repo.Formers(ctx, names, func(p, blob string) {
		if len(places) < likelyBlobs {
			places = append(places, likelyPlace{p, blob})
		}
	})
	return places
}

// follow lists the names that the documents had before they were renamed to
// those of the proofs.
func (h *hunt) follow(ctx context.Context, head gitrepo.Commit, found []Found) []string {
	var names []string
	followed := 0
	for _, f := range found {
		if f.Document == "" || head.ID == "" || h.has(&f) || followed == likelyFollow {
			continue
		}
		if _, err := h.s.Repo.Entry(ctx, head, f.Document); err != nil {
			continue
		}
		followed++
		paths, err := h.s.Repo.FormerNames(ctx, f.Document)
		if err != nil {
			continue // the scan looks everywhere
		}
		for _, p := range paths {
			if name := path.Base(p); !slices.Contains(f.names, name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
