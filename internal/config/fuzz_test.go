package config

import (
	"strings"
	"testing"
)

// FuzzParse looks for panics, for a configuration that breaks its own rules and
// for messages that could not be printed.
func FuzzParse(f *testing.F) {
	f.Add([]byte("[ots]\nenabled = true\naggregator_url = \"https://a.example\"\nmonthly_anchor_day = 1\nregistry_path = \"./registries\"\nproofs_path = \"./proofs\"\n"))
	f.Add([]byte("[ots]\ncalendars = [\"https://a.example\", \"https://b.example\"]\nmin_calendars = 2\n[bitcoin]\nrequire = \"node\"\n"))
	f.Add([]byte("[[documents]]\nkind = \"lip\"\npaths = [\"content/spec/lips/lip-????.md\"]\nstatus = [\"Active\"]\nforbid = [\"tbd\"]\n"))
	f.Add([]byte("explorers = [\"x\"]\n[node]\nurl = \"x\"\n[[peers]]\n\"\\u001b\" = {a = [1, {b = 2}]}\n"))
	f.Add([]byte("documents = [{kind = 'file', pths = ['**']}]\nOts.x = 1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\x00") {
				t.Errorf("error %q cannot be printed", err)
			}
			return
		}
		o := c.OTS
		if o.MinCalendars < 1 || o.MinCalendars > max(len(o.Calendars), poolCount) || o.MonthlyAnchorDay < 1 || o.MonthlyAnchorDay > 31 {
			t.Errorf("out of range: %+v", o)
		}
		for _, p := range []string{o.RegistryPath, o.ProofsPath} {
			if p != "." && !isClean(p) {
				t.Errorf("directory %q is not clean", p)
			}
		}
		for _, ignored := range c.Ignored {
			if ignored.Line < 1 || strings.ContainsAny(ignored.Text, "\x1b\x00\n") {
				t.Errorf("ignored %+v", ignored)
			}
		}
		for _, rule := range c.Documents {
			for _, p := range rule.Paths {
				if strings.HasPrefix(p, "/") || strings.Contains("/"+p+"/", "/../") {
					t.Errorf("path %q leads out", p)
				}
			}
		}
	})
}

// FuzzMatch compares glob with a plain recursive reading of the same rules, and
// a path with the path of its proof and back.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"a/**/b/*.md", "a/x/y/b/c.md"}, {"**/**/x", "x"}, {"[^a]?*", "\xff\xfe"}, {"content/spec/lips/lip-????.md", "content/spec/lips/../x"},
		{"**", "registries/2026-01.json"}, {"proofs/*", "proofs/2026-01.json.ots"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		clean, err := checkPattern(pattern)
		if err != nil || len(name) > 4096 {
			return
		}
		c := Default()
		c.Documents = []Rule{{Kind: KindLIP, Paths: []string{clean}}}
		rule, ok := c.Match(name)
		if ok && rule.Kind == KindLIP && !c.LipDir(name) {
			t.Errorf("%q matches %q, but is not in its directory", name, clean)
		}
		if ok && (!isClean(name) || strings.HasSuffix(name, ".ots")) {
			t.Errorf("%q is taken for a document", name)
		}
		if isClean(name) && strings.Count(clean+name, "/") < 12 {
			if want := slowGlob(strings.Split(clean, "/"), strings.Split(name, "/")); glob(clean, name) != want {
				t.Errorf("glob(%q, %q) = %v", clean, name, !want)
			}
		}
		if proof := c.ProofPath(name); isClean(name) && !strings.HasSuffix(name, ".ots") && !strings.HasPrefix(name, "proofs/") {
			if doc, ok := c.DocumentPath(proof); doc != name || !ok {
				t.Errorf("the proof %q of %q is taken for that of %q", proof, name, doc)
			}
		}
	})
}

func slowGlob(pattern, name []string) bool {
	switch {
	case len(pattern) == 0:
		return len(name) == 0
	case pattern[0] != "**":
		return len(name) > 0 && segment(pattern[0], name[0]) && slowGlob(pattern[1:], name[1:])
	case len(pattern) == 1:
		return len(name) > 0
	}
	for i := range len(name) + 1 {
		if slowGlob(pattern[1:], name[i:]) {
			return true
		}
	}
	return false
}
