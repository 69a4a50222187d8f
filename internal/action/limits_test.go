package action

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What an annotation says is cut, each part at its limit.
func TestAnnotationTextLimits(t *testing.T) {
	title, text := strings.Repeat("t", maxTitle), strings.Repeat("x", maxText)
	for _, tt := range []struct {
		name                        string
		title, path, text, hint     string
		wantTitle, wantText, wantHi string
	}{
		{"at the limits", title, "", text, text, title, text, text},
		{"title", title + "t", "", "x", "h", title[1:] + "…", "x", "h"},
		{"text", "t", "", text + "x", "h", "t", text[1:] + "…", "h"},
		{"hint", "t", "", "x", text + "x", "t", "x", text[1:] + "…"},
		{"path", "t", "\xff" + title, "x", "h", "t", `\xff` + title[5:] + "…: x", "h"},
		{"path at the limit", "t", "\xff" + title[4:], "x", "h", "t", `\xff` + title[4:] + ": x", "h"},
	} {
		m := newMachine(t)
		want := fmt.Sprintf("::error title=%s::%s%%0A%s\n", tt.wantTitle, tt.wantText, tt.wantHi)
		if err := m.Annotate([]Finding{{Level: Error, Title: tt.title, Path: tt.path, Text: tt.text, Hint: tt.hint}}); err != nil || m.commands.String() != want {
			t.Errorf("%s: %v, %d bytes, want %d", tt.name, err, m.commands.Len(), len(want))
		}
	}
}

// Of what GitHub says about an error the beginning is kept.
func TestWordsLimit(t *testing.T) {
	whole := strings.Repeat("x", maxWords)
	for said, want := range map[string]string{whole: whole, whole + "x": whole[1:] + "…"} {
		g, _ := api(t, http.StatusUnprocessableEntity, fmt.Sprintf(`{"message":%q}`, said))
		if err := g.ask(t.Context(), http.MethodGet, g.rest, 1, nil, nil); err == nil || err.Error() != "GitHub's API: status 422: "+want {
			t.Errorf("%d bytes: %v", len(said), err)
		}
	}
}
