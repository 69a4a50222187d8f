package gitrepo

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	maxSites   = 64  // paths of one blob that Locate gives
	maxTips    = 256 // branches and tags that are looked into
	maxFinders = 100 // blobs that git is asked to look for; with more, every difference is gone through
)

// A Site is where a blob is, or was, committed.
type Site struct {
	Path  string
	First Commit // the oldest commit that brought it there
	Last  Commit // the newest commit found that holds it there
	Now   bool   // HEAD holds it there
}

// Locate finds where blobs are, or were, committed: in one walk through what all
// refs and HEAD reach, or through the commits of rev, a revision or a range in
// git's syntax. Of a blob there are at most 64 paths, those where it still is
// first, then the newest; one that no commit brought is not in the map. The
// oldest commit of a shallow clone is said to have brought all that it holds.
func (r *Repo) Locate(ctx context.Context, blobs []string, rev string) (map[string][]Site, error) {
	sites, err := r.locate(ctx, blobs, rev)
	if err != nil {
		return nil, fmt.Errorf("locate blobs in history: %w", err)
	}
	return sites, nil
}

func (r *Repo) locate(ctx context.Context, blobs []string, rev string) (map[string][]Site, error) {
	if len(blobs) == 0 {
		return nil, nil
	}
	which := []string{"--date-order", "--all", "--"}
	if rev != "" {
		if strings.HasPrefix(rev, "-") || strings.ContainsAny(rev, "\n\r\x00") || len(rev) > maxRevision {
			return nil, fmt.Errorf("%q: %w", rev, ErrNoCommit)
		}
		which = []string{"--date-order", rev, "--"}
	}
	l := locating{repo: r, sites: map[string]map[string]*located{}}
	how := []string{"-m"}
	for _, id := range blobs {
		if !IsID(id) {
			return nil, fmt.Errorf("%q: %w", id, ErrNotFound)
		}
		l.sites[id] = map[string]*located{}
		if len(blobs) <= maxFinders {
			how = append(how, "--find-object="+id)
		}
	}
	if err := r.diffs(ctx, which, how, func(out *bufio.Reader) error { return readRaw(out, l.take) }); err != nil {
		var failed *gitError
		if errors.As(err, &failed) && rev != "" && failed.command == "rev-list" {
			return nil, fmt.Errorf("%w: %w", ErrNoCommit, err)
		}
		return nil, err
	}
	return l.settle(ctx, rev)
}

// locating is one call of Locate: sites by blob and path.
type locating struct {
	repo  *Repo
	sites map[string]map[string]*located
	tips  []Commit
}

type located struct {
	first string   // commit that brought it, the oldest so far
	gone  []string // commits that took it away
}

// take looks at one difference; commits come newest first.
func (l *locating) take(commit, raw, path string) {
	f := strings.Fields(strings.TrimPrefix(raw, ":"))
	if len(f) != 5 {
		return
	}
	if at := l.at(f[3], path); at != nil && f[2] != f[3] {
		at.first = commit
	}
	if at := l.at(f[2], path); at != nil && f[2] != f[3] && (len(at.gone) == 0 || at.gone[len(at.gone)-1] != commit) && len(at.gone) < maxSites {
		at.gone = append(at.gone, commit)
	}
}

// at is the site of a blob, nil for one that is not looked for.
func (l *locating) at(blob, path string) *located {
	paths := l.sites[blob]
	if paths == nil || paths[path] == nil && len(paths) >= maxSites {
		return nil
	}
	if paths[path] == nil {
		paths[path] = &located{}
	}
	return paths[path]
}

// settle finds the commits of each site.
func (l *locating) settle(ctx context.Context, rev string) (map[string][]Site, error) {
	if err := l.readTips(ctx, rev); err != nil {
		return nil, err
	}
	head, err := l.repo.Resolve(ctx, "HEAD")
	if err != nil && !errors.Is(err, ErrNoCommit) && !errors.Is(err, ErrUnborn) {
		return nil, err
	}
	all := map[string][]Site{}
	for _, blob := range slices.Sorted(maps.Keys(l.sites)) {
		for _, path := range slices.Sorted(maps.Keys(l.sites[blob])) {
			at := l.sites[blob][path]
			if at.first == "" {
				continue // taken away in a range that did not bring it
			}
			s := Site{Path: path, Now: head.ID != "" && l.holds(ctx, head, path, blob)}
			if s.First, err = l.repo.commit(ctx, at.first); err != nil {
				return nil, err
			}
			s.Last = l.last(ctx, s.First, at, path, blob)
			all[blob] = append(all[blob], s)
		}
		slices.SortStableFunc(all[blob], func(a, b Site) int {
			if a.Now != b.Now {
				return cmp.Compare(btoi(b.Now), btoi(a.Now))
			}
			return b.Last.When.Compare(a.Last.When)
		})
	}
	return all, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// last is the newest commit known to hold a blob: a tip, or a parent of a
// commit that took it away.
func (l *locating) last(ctx context.Context, first Commit, at *located, path, blob string) Commit {
	newest := first
	consider := func(c Commit) {
		if c.When.After(newest.When) && l.holds(ctx, c, path, blob) {
			newest = c
		}
	}
	for _, tip := range l.tips {
		consider(tip)
	}
	for _, id := range at.gone {
		c, err := l.repo.commit(ctx, id)
		if err != nil {
			continue
		}
		for _, parent := range c.Parents {
			if p, err := l.repo.commit(ctx, parent); err == nil {
				if p.When.Equal(newest.When) && l.holds(ctx, p, path, blob) {
					newest = p // clocks of one second: what came later in history
				}
				consider(p)
			}
		}
	}
	return newest
}

func (l *locating) holds(ctx context.Context, c Commit, path, blob string) bool {
	e, err := l.repo.Entry(ctx, c, path)
	return err == nil && e.ID == blob
}

// readTips lists the commits of branches and tags, the newest first, or that
// of rev.
func (l *locating) readTips(ctx context.Context, rev string) error {
	if rev != "" {
		if c, err := l.repo.Resolve(ctx, rev); err == nil {
			l.tips = []Commit{c}
		}
		return nil
	}
	names := []string{"HEAD"}
	err := l.repo.git.stream(ctx, nil, func(out *bufio.Reader) error {
		return lines(out, func(name string) error {
			names = append(names, name)
			return nil
		})
	}, "for-each-ref", "--sort=-committerdate", fmt.Sprintf("--count=%d", maxTips), "--format=%(refname)", "refs/heads", "refs/remotes", "refs/tags")
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, name := range names {
		if c, err := l.repo.Resolve(ctx, name); err == nil && !seen[c.ID] {
			seen[c.ID] = true
			l.tips = append(l.tips, c)
		}
	}
	return nil
}
