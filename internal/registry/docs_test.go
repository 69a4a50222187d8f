package registry

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The examples of docs/registry.md are what they say they are.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile("../../docs/registry.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sources, _ := strings.Cut(string(guide), "### The sources")
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```[a-z]+\n(.*?)```").FindAllStringSubmatch(sources, 5) {
		blocks = append(blocks, m[1])
	}
	if len(blocks) != 5 {
		t.Fatalf("%d examples, want three sources, an entry and its text", len(blocks))
	}
	members := map[string]Value{}
	for i, at := range [][2]string{{"a.toml", "maintainers"}, {"a.json", "authorized_servers"}, {"a.yaml", multisigMember}} {
		if members[at[1]], err = ReadSource(at[0], []byte(blocks[i]), at[1]); err != nil {
			t.Fatal(err)
		}
	}
	_, m, err := Write(Period{2026, time.January}, time.Unix(1767225600, 0), Genesis, NewContent(members))
	if err != nil || len(m.Maintainers) != 2 || len(m.Servers) != 1 || m.Maintainers[1].AddedAt.Format(time.RFC3339) != "2026-01-15T11:00:00Z" {
		t.Errorf("%+v, %v", m, err)
	}
	var entry Entry
	if err := json.Unmarshal([]byte(blocks[3]), &entry); err != nil {
		t.Fatal(err)
	}
	if l, err := ReadLog(strings.NewReader(strings.ReplaceAll(blocks[3], "\n", ""))); err != nil || l.First != entry.ThisLogHash {
		t.Errorf("%+v, %v", l, err)
	}
	if text, err := textOf(entry); err != nil || text+"\n" != blocks[4] {
		t.Errorf("%s, %v", text, err)
	}
}
