package lip

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// Differences says in which keys of the front matter two versions of a LIP
// differ, for example `status: "Draft" → "Final"`, and whether the text below
// does. Where one of them has no front matter that can be read, ok is false.
func Differences(before, after []byte) (fields []string, text, ok bool) {
	old, oldText := split(before)
	now, nowText := split(after)
	if old == nil || now == nil {
		return nil, false, false
	}
	keys := map[string]bool{}
	for _, m := range []map[string]*yaml.Node{old, now} {
		for k := range maps.Keys(m) {
			keys[k] = true
		}
	}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if !same(old[k], now[k]) {
			from, to := value(old[k]), value(now[k])
			if from == to {
				fields = append(fields, shown(k)+": changed")
				continue
			}
			fields = append(fields, fmt.Sprintf("%s: %s → %s", shown(k), from, to))
		}
	}
	return fields, !bytes.Equal(oldText, nowText), true
}

// split reads the front matter, nil if it cannot be read, and what follows it.
func split(b []byte) (map[string]*yaml.Node, []byte) {
	body, bad := frontMatter(b)
	if bad == nil {
		bad = checkText(body)
	}
	if bad != nil {
		return nil, nil
	}
	root, found := decode(body)
	if len(found) > 0 {
		return nil, nil
	}
	_, rest := cutLine(b)
	_, rest = cutLine(rest[len(body):])
	return entries(root), rest
}

// same compares values as they are written.
func same(a, b *yaml.Node) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Kind == b.Kind && a.Value == b.Value && a.ShortTag() == b.ShortTag() && slices.EqualFunc(a.Content, b.Content, same)
}

// value is a value in few words.
func value(n *yaml.Node) string {
	switch {
	case n == nil:
		return "nothing"
	case n.Kind == yaml.ScalarNode:
		return quote(n.Value)
	case n.Kind == yaml.SequenceNode && len(n.Content) == 1:
		return "1 entry"
	case n.Kind == yaml.SequenceNode:
		return fmt.Sprintf("%d entries", len(n.Content))
	}
	return "a map"
}

// shown is a key as it is, or quoted where that could be misread.
func shown(key string) string {
	for _, r := range key {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' {
			return quote(key)
		}
	}
	return key
}
