package config

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// registryName is the pattern of a monthly registry's file name, YYYY-MM.json.
const registryName = "[0-9][0-9][0-9][0-9]-[0-9][0-9].json"

const proofSuffix = ".ots"

// Match returns the first rule of which a pattern matches path, a clean slash
// path from the top of the repository. A month of the registry that no rule
// matches is one all the same, of kind registry. A proof is never a document.
//
// In a pattern * and ? and [a-z] stand for characters within one name, and a
// name ** for any number of directories: a/**/b is a/b too, a/** is every file
// below a. Case counts.
func (c Config) Match(p string) (Rule, bool) {
	if !isClean(p) || strings.HasSuffix(p, proofSuffix) {
		return Rule{}, false
	}
	for _, rule := range c.Documents {
		for _, pattern := range rule.Paths {
			if glob(pattern, p) {
				return rule, true
			}
		}
	}
	if dir, name := path.Split(p); inDir(dir, c.OTS.RegistryPath) && isRegistry(name) {
		return Rule{Kind: KindRegistry, Paths: []string{joinPath(c.OTS.RegistryPath, registryName)}}, true
	}
	return Rule{}, false
}

// LipDir reports whether path lies directly in a directory that a lip rule
// speaks about. There a name that the rule does not accept is refused and not
// taken for an ordinary file.
func (c Config) LipDir(p string) bool {
	p = path.Clean(p)
	if !isClean(p) {
		return false
	}
	for _, rule := range c.Documents {
		if rule.Kind != KindLIP {
			continue
		}
		for _, pattern := range rule.Paths {
			dir, name := path.Split(pattern)
			if name != "**" {
				name = "*"
			}
			if glob(dir+name, p) {
				return true
			}
		}
	}
	return false
}

// ProofPath is where the proof of a document is kept: beside it, except that
// registries have a directory for theirs.
func (c Config) ProofPath(p string) string {
	if dir, name := path.Split(p); inDir(dir, c.OTS.RegistryPath) && isRegistry(name) {
		p = joinPath(c.OTS.ProofsPath, name)
	}
	return p + proofSuffix
}

// DocumentPath is the inverse of ProofPath. It reports false for what is not the
// path of a document's proof.
func (c Config) DocumentPath(proof string) (string, bool) {
	doc, ok := strings.CutSuffix(proof, proofSuffix)
	dir, name := path.Split(doc)
	if !ok || name == "" {
		return "", false
	}
	if inDir(dir, c.OTS.ProofsPath) && isRegistry(name) {
		return joinPath(c.OTS.RegistryPath, name), true
	}
	return doc, true
}

// joinPath puts a name, or a pattern of one, into a directory that may be ".".
func joinPath(dir, name string) string {
	if dir == "." {
		return name
	}
	return dir + "/" + name
}

// inDir reports whether split, a directory as path.Split leaves it, is dir.
func inDir(split, dir string) bool { return split == strings.TrimSuffix(joinPath(dir, "x"), "x") }

func isRegistry(name string) bool { return segment(registryName, name) }

// isClean refuses paths that would pass a pattern by climbing out of it
// (content/spec/lips/../../x). Unlike fs.ValidPath it takes names that are not
// UTF-8, which git allows.
func isClean(p string) bool {
	return p == path.Clean(p) && p != "." && p != ".." && !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "../")
}

// Match reports whether one of the command's paths matches path.
func (a Action) Match(path string) bool {
	return isClean(path) && slices.ContainsFunc(a.Paths, func(pattern string) bool { return glob(pattern, path) })
}

// glob matches whole paths. It goes back to the last ** only, which is enough
// and keeps the time below the product of both lengths.
func glob(pattern, name string) bool {
	var afterStars, retry string // the pattern after the last **, and where in name it was tried
	for name != "" {
		seg, rest, _ := strings.Cut(pattern, "/")
		if seg == "**" {
			if rest == "" {
				return true
			}
			pattern, afterStars, retry = rest, rest, name
			continue
		}
		head, tail, _ := strings.Cut(name, "/")
		if segment(seg, head) {
			pattern, name = rest, tail
			continue
		}
		if afterStars == "" {
			return false
		}
		_, retry, _ = strings.Cut(retry, "/")
		pattern, name = afterStars, retry
	}
	return pattern == ""
}

// segment matches one name. Patterns were checked when they were read.
func segment(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// checkPattern cleans a leading ./ off a pattern and refuses what could never
// match a document, or leads out of the repository.
func checkPattern(p string) (string, error) {
	if len(p) > MaxPattern {
		return "", fmt.Errorf("path has %d bytes, the limit is %d", len(p), MaxPattern)
	}
	p = strings.TrimPrefix(p, "./")
	if err := checkPath(p); err != nil {
		return "", err
	}
	for seg := range strings.SplitSeq(p, "/") {
		if _, err := path.Match(seg, ""); err != nil {
			return "", fmt.Errorf("path %s: %w", quote(p), err)
		}
		if strings.Contains(seg, "**") && seg != "**" {
			return "", fmt.Errorf("path %s: ** must be a whole name between slashes", quote(p))
		}
	}
	if strings.HasSuffix(p, proofSuffix) {
		return "", fmt.Errorf("path %s: a proof is not a document", quote(p))
	}
	return p, nil
}

// checkPath refuses what is not a plain path inside the repository.
func checkPath(p string) error {
	refuse := func(why string) error { return fmt.Errorf("path %s: %s", quote(p), why) }
	switch {
	case p == "":
		return errors.New("path is empty")
	case strings.HasPrefix(p, "/"):
		return refuse("it must be relative to the top of the repository")
	case strings.ContainsRune(p, '\\'):
		return refuse("names are separated by /, not \\")
	case strings.ContainsFunc(p, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return refuse("it holds a control character")
	}
	for seg := range strings.SplitSeq(p, "/") {
		switch {
		case seg == "..":
			return refuse("it must not contain ..")
		case seg == "" || seg == ".":
			return refuse("it has an empty name or . between slashes")
		case strings.EqualFold(seg, ".git"):
			return refuse("it must not lead into .git")
		}
	}
	return nil
}

// checkDir cleans the path of a directory: "./registries/" is "registries".
func checkDir(p string) (string, error) {
	if p == "." || p == "./" {
		return ".", nil
	}
	if strings.ContainsAny(p, "*?[") {
		return "", fmt.Errorf("path %s: it is a directory and not a pattern, so * ? [ have no place in it", quote(p))
	}
	p = strings.TrimPrefix(p, "./")
	if p != "/" {
		p = strings.TrimSuffix(p, "/")
	}
	return p, checkPath(p)
}
