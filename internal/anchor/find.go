package anchor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/openllmo/git-anchor/internal/gitrepo"
	"github.com/openllmo/git-anchor/internal/ots"
)

// FindOptions say how far Find looks.
type FindOptions struct {
	Rev        string                  // only what commits of this revision or range brought
	AllObjects bool                    // look at every blob, without a look at likely places first
	Likely     bool                    // look at likely places alone
	Time       time.Duration           // that all may take but for likely places, 0 for as long as it needs
	Budget     int64                   // bytes that the scan of all objects may make of them, 0 for as many as there are
	Write      string                  // directory to write the exact bytes to, "" for none
	Progress   func(done, total int64) // blobs that were looked at; nil for none
}

// A Found is a proof, and the blob that holds the bytes it is for.
type Found struct {
	Proof    string // its path from the top, or as it was named when it lies elsewhere
	Document string // path of the document that it is kept for, "" where the name tells none
	Form     ots.Form
	Hash     ots.Tag
	Digest   []byte
	Rev      string // FindOptions.Rev

	Blob    string // id; "" where none was found
	Size    int64  // bytes that the proof is for
	Variant string // "LF" or "CRLF": the proof is for the blob's text with these line ends; "" for its bytes as they are

	Sites     []gitrepo.Site // where it is, or was, committed: where the proof's name says first, copies that Find wrote last, else the oldest first
	Refs      []string       // refs that lead to the blob itself, through tags alone
	Reachable bool           // from a ref; with FindOptions.Rev, from that
	Tags      []string       // tags whose commit holds it at one of the sites

	TodayPath string   // the file of HEAD that was it, or is it
	Today     []string // in what that file differs, nothing where it is the same

	Lacks, Remedy string // nothing was found (with FindOptions.Rev: not there), and this clone is without a part of history, or damaged: what, and how to get it
	Wrote         string // file with the exact bytes
	Notes         []string
	Err           error // the proof could not be read, or the bytes not be written

	names []string // what the document may be called in any directory
}

// FindStats say what a search did, the same on every machine.
type FindStats struct {
	Likely     int   // blobs of likely places that were hashed
	Scanned    int64 // blobs that the scan of all objects looked at
	Bytes      int64 // of them
	Unreadable int64 // blobs that are damaged or not here
	Complete   bool  // nothing was left out for want of time or bytes, as far as anything was left to find; damage is told in Found.Lacks
}

// Find finds, for each proof, the blob whose bytes it is for, by its digest
// alone: first in likely places, then among all objects, reachable or not, in
// one pass for all proofs; bytes as they are, and text with its line ends
// swapped, as a work tree may have had it. Then one walk through history tells
// where each was committed. Operands are proofs, the documents they lie beside,
// or directories of proofs. Nothing is judged.
func (s *Session) Find(ctx context.Context, operands []string, o FindOptions) ([]Found, FindStats, error) {
	head, err := s.Repo.Resolve(ctx, "HEAD")
	if err != nil && !errors.Is(err, gitrepo.ErrUnborn) {
		return nil, FindStats{}, err
	}
	var found []Found
	for _, op := range operands {
		found = append(found, s.targets(ctx, head, op)...)
	}
	stats, err := s.search(ctx, head, found, o)
	if err != nil || o.Write == "" {
		return found, stats, err
	}
	for i := range found {
		if err := ctx.Err(); err != nil {
			return found, stats, err
		}
		s.save(ctx, &found[i], o.Write)
	}
	return found, stats, nil
}

// search finds the blobs of proofs that were read, and says where they are.
func (s *Session) search(ctx context.Context, head gitrepo.Commit, found []Found, o FindOptions) (FindStats, error) {
	h := s.newHunt(found)
	within, cancel := ctx, func() {}
	if o.Time > 0 {
		within, cancel = context.WithTimeout(ctx, o.Time)
	}
	defer cancel()
	if !o.AllObjects {
		if err := h.likely(ctx, head, found); err != nil {
			return h.stats, err
		}
	}
	h.stats.Complete = h.done()
	if !o.Likely && !h.stats.Complete {
		err := h.scan(within, o)
		switch h.stats.Complete = true; {
		case ctx.Err() != nil:
			return h.stats, ctx.Err()
		case within.Err() != nil || o.Budget > 0 && errors.Is(err, gitrepo.ErrTooLarge):
			h.stats.Complete = h.done()
		case err != nil:
			h.damage = err.Error()
		}
	}
	h.tell(found)
	for i := range found {
		found[i].Rev = o.Rev
	}
	if err := s.place(within, found, o.Rev); ctx.Err() != nil {
		return h.stats, ctx.Err()
	} else if errors.Is(err, gitrepo.ErrNoCommit) && o.Rev != "" {
		return h.stats, err
	} else if err != nil {
		unplaced(found, o.Rev, err)
	}
	t := today{s: s, head: head}
	missing := false
	for i := range found {
		f := &found[i]
		missing = missing || f.Err == nil && (f.Blob == "" || f.Elsewhere())
		if f.Blob != "" {
			t.compare(within, f)
		}
	}
	if missing && h.stats.Complete {
		if h.explainLack(within, found, o.Rev); within.Err() != nil {
			h.stats.Complete = false
		}
	}
	return h.stats, ctx.Err()
}

// explainLack says of proofs whose bytes were not found, or not in the commits
// of rev, that the clone may be why.
func (h *hunt) explainLack(ctx context.Context, found []Found, rev string) {
	const restore = "git fsck --full names what is damaged: restore it"
	lacks, remedy, err := h.s.Repo.Lacks(ctx)
	if err != nil {
		lacks, remedy = "whether it has all objects cannot be told: "+err.Error(), "git fsck --full"
	}
	history, fetch := lacks, remedy
	switch {
	case h.damage != "":
		lacks, remedy = "a part of its objects cannot be read: "+h.damage, restore
	case h.stats.Unreadable == 1:
		lacks, remedy = "1 object here is damaged", restore
	case h.stats.Unreadable > 1:
		lacks, remedy = fmt.Sprintf("%d objects here are damaged", h.stats.Unreadable), restore
	}
	if history != "" && lacks != history {
		lacks, remedy = history+", and "+lacks, fetch+"; "+remedy
	}
	for i := range found {
		switch f := &found[i]; {
		case f.Err != nil || f.Lacks != "":
		case f.Blob == "":
			f.Lacks, f.Remedy = lacks, remedy
		case len(f.Sites) == 0 && rev != "":
			f.Lacks, f.Remedy = history, fetch
		}
	}
}

// place says where the blobs are, or were, committed.
func (s *Session) place(ctx context.Context, found []Found, rev string) error {
	var blobs []string
	seen := map[string]bool{}
	for _, f := range found {
		if f.Blob != "" && !seen[f.Blob] {
			seen[f.Blob] = true
			blobs = append(blobs, f.Blob)
		}
	}
	if len(blobs) == 0 {
		return nil
	}
	sites, err := s.Repo.Locate(ctx, blobs, rev)
	if err != nil {
		return err
	}
	var refs map[string][]string
	if rev == "" && len(sites) < len(blobs) {
		if refs, err = s.Repo.RefsTo(ctx, blobs); err != nil {
			return err
		}
	}
	s.order(ctx, found, sites)
	tags := tagging{s: s, containing: map[string][]string{}}
	for i := range found {
		f := &found[i]
		f.Refs = refs[f.Blob]
		f.Reachable = len(f.Sites) > 0 || len(f.Refs) > 0
		if err := tags.of(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

// unplaced says of blobs that were found that it could not be told where they
// were committed.
func unplaced(found []Found, rev string, err error) {
	for i := range found {
		f := &found[i]
		if f.Blob == "" {
			continue
		}
		f.Notes = append(f.Notes, "where it was committed could not be found out: "+err.Error())
		if rev != "" && len(f.Sites) == 0 {
			f.Lacks, f.Remedy = "its history cannot be read", "git fsck --full names what is damaged: restore it"
		}
	}
}

// Limits of looking for tags.
const (
	maxTagged = 64  // commits whose tags are listed
	maxTags   = 100 // tags that are looked into for one blob
)

// tagging lists tags.
type tagging struct {
	s          *Session
	containing map[string][]string // by commit
}

// of lists the tags whose commit holds the blob at a path where it was
// committed.
func (t *tagging) of(ctx context.Context, f *Found) error {
	seen := map[string]bool{}
	for _, site := range f.Sites {
		names, known := t.containing[site.First.ID]
		if !known && len(t.containing) == maxTagged {
			f.Notes = append(f.Notes, "tags were not looked for: too many different commits")
			return nil
		}
		if !known {
			var err error
			if names, err = t.s.Repo.TagsContaining(ctx, site.First.ID); err != nil {
				return err
			}
			t.containing[site.First.ID] = names
		}
		if len(names) > maxTags {
			f.Notes = append(f.Notes, fmt.Sprintf("of %d tags that lead to commit %s, only %d were looked into", len(names), briefly(site.First), maxTags))
		}
		for _, name := range names[:min(len(names), maxTags)] {
			if seen[name] {
				continue
			}
			c, err := t.s.Repo.Resolve(ctx, "refs/tags/"+name)
			if err != nil {
				continue
			}
			if e, err := t.s.Repo.Entry(ctx, c, site.Path); err == nil && e.ID == f.Blob {
				seen[name] = true
				f.Tags = append(f.Tags, name)
			}
		}
	}
	return nil
}
