package certificate

import (
	"testing"

	"github.com/openllmo/git-anchor/internal/evidence"
)

// Each kind of custody entries has a word in every language.
func TestKindsHaveWords(t *testing.T) {
	for _, lang := range Langs() {
		w, err := lang.words()
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{evidence.KindCommit, evidence.KindStamp, evidence.KindUpgrade, evidence.KindLost, evidence.KindMerge} {
			if w["custody."+kind] == "" || w.kind(kind) != w["custody."+kind] {
				t.Errorf("%s: %s is %q", lang, kind, w.kind(kind))
			}
		}
	}
}
