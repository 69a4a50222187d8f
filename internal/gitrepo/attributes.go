package gitrepo

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
)

// ProofAttributes finds out whether git attributes would change the bytes of
// the binary file at path on their way into a commit or back (forced text
// turns "\r\n" into "\n" and breaks a proof). The error then wraps
// ErrAttributes and names the line to add to .gitattributes.
func (r *Repo) ProofAttributes(ctx context.Context, path string) error {
	m, err := r.ProofAttributesOf(ctx, []string{path})
	if err != nil {
		return err
	}
	return m[path]
}

// ProofAttributesOf is ProofAttributes for many paths; paths without a finding
// are not in the map; a path that cannot be asked about has another error.
func (r *Repo) ProofAttributesOf(ctx context.Context, paths []string) (map[string]error, error) {
	if len(paths) == 0 {
		return nil, nil
	}
	found := map[string]error{}
	var good []string
	for _, path := range paths {
		if err := checkPath(path); err != nil {
			found[path] = fmt.Errorf("read attributes of %q: %w", path, err)
			continue
		}
		good = append(good, path)
	}
	attributes, err := r.attributes(ctx, good)
	if err != nil {
		return nil, err
	}
	for path, a := range attributes {
		if err := attributeError(path, a); err != nil {
			found[path] = err
		}
	}
	return found, nil
}

// Binary lists those of paths that the repository's attributes keep as they are,
// whatever is in the files; what a person has in attributes of their own does not
// count.
func (r *Repo) Binary(ctx context.Context, paths []string) ([]string, error) {
	attributes, err := r.attributes(ctx, paths, "-c", "core.attributesFile="+os.DevNull)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(paths), func(path string) bool {
		a := attributes[path]
		return a["text"] != "unset" || attributeError(path, a) != nil
	}), nil
}

// attributes asks git for those attributes that change bytes.
func (r *Repo) attributes(ctx context.Context, paths []string, options ...string) (map[string]map[string]string, error) {
	attributes := map[string]map[string]string{}
	var stdin strings.Builder
	for _, path := range paths {
		stdin.WriteString(path + "\x00")
	}
	err := r.git.stream(ctx, []byte(stdin.String()), func(out *bufio.Reader) error {
		var triple []string
		return records(out, func(record string) error {
			if triple = append(triple, record); len(triple) < 3 {
				return nil
			}
			if attributes[triple[0]] == nil {
				attributes[triple[0]] = map[string]string{}
			}
			attributes[triple[0]][triple[1]] = triple[2]
			triple = triple[:0]
			return nil
		})
	}, append(options, "check-attr", "-z", "--stdin", "text", "eol", "filter", "ident", "working-tree-encoding")...)
	if err != nil {
		return nil, fmt.Errorf("read attributes: %w", err)
	}
	return attributes, nil
}

// attributeError names what changes a file with NUL bytes: "text=auto" and
// core.autocrlf leave one alone, forced text does not.
func attributeError(file string, a map[string]string) error {
	var effects []string
	line := "*" + path.Ext(file) + " binary"
	given := func(name string) bool { return a[name] != "unspecified" && a[name] != "unset" && a[name] != "" }
	switch {
	case a["text"] == "set" || a["text"] == "input":
		effects = append(effects, "text")
	case a["text"] == "unspecified" && given("eol"):
		effects = append(effects, "eol="+a["eol"]) // git: eol alone means text
	}
	for _, name := range []string{"filter", "ident", "working-tree-encoding"} {
		if !given(name) {
			continue
		}
		effect := name
		if a[name] != "set" {
			effect += "=" + a[name]
		}
		effects = append(effects, effect)
		line += " -" + name
	}
	if len(effects) == 0 {
		return nil
	}
	return fmt.Errorf("%q: %w (%s); add this line at the end of .gitattributes: %s", file, ErrAttributes, strings.Join(effects, ", "), line)
}
