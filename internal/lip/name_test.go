package lip

import (
	"errors"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	slug := func(n int) string { return "lip-NEW-" + strings.Repeat("a", n) + ".md" }
	tests := []struct {
		name string
		base string
		want Name
		err  error
		text string
		hint string
	}{
		{name: "number", base: "lip-0012.md", want: Name{Number: 12}},
		{name: "not octal", base: "lip-0010.md", want: Name{Number: 10}},
		{name: "highest number", base: "lip-9999.md", want: Name{Number: 9999}},
		{
			name: "placeholder", base: "lip-NEW-a-1.md", want: Name{Draft: true, Slug: "a-1"}, err: ErrPlaceholder,
			text: `"lip-NEW-a-1.md" is not final: it is a placeholder, whatever number its front matter holds`,
			hint: "rename the file to lip-NNNN.md once the editor has given it a number",
		},
		{name: "shortest slug", base: slug(minSlug), want: Name{Draft: true, Slug: "aaa"}, err: ErrPlaceholder},
		{name: "longest slug", base: slug(maxSlug), want: Name{Draft: true, Slug: strings.Repeat("a", maxSlug)}, err: ErrPlaceholder},
		{
			name: "slug too short", base: slug(minSlug - 1), err: ErrName,
			text: `"lip-NEW-aa.md" is not a placeholder's name: lip-NEW-<slug>.md has a slug of 3 to 40 of a-z, 0-9 and -`,
		},
		{name: "slug too long", base: slug(maxSlug + 1), err: ErrName},
		{name: "slug in upper case", base: "lip-NEW-Abc.md", err: ErrName},
		{name: "placeholder in mdx", base: "lip-NEW-abc.mdx", err: ErrName},
		{
			name: "two digits", base: "lip-12.md", err: ErrName,
			text: `"lip-12.md" is not a LIP name: LIP names have exactly 4 digits, not 2`,
			hint: "name the file lip-0012.md",
		},
		{
			name: "five digits", base: "lip-00012.md", err: ErrName,
			text: `"lip-00012.md" is not a LIP name: LIP names have exactly 4 digits, not 5`,
			hint: "name the file lip-NNNN.md",
		},
		{
			name: "upper case", base: "LIP-0001.md", err: ErrName,
			text: `"LIP-0001.md" is not a LIP name: LIP names are lower case`,
			hint: "name the file lip-0001.md",
		},
		{name: "upper case ending", base: "lip-0001.MD", err: ErrName, hint: "name the file lip-0001.md"},
		{
			name: "mdx", base: "lip-0001.mdx", err: ErrName,
			text: `"lip-0001.mdx" is not a LIP name: LIPs are .md files since they moved to content/spec/lips`,
			hint: "name the file lip-0001.md",
		},
		{
			name: "no number", base: "lip-.md", err: ErrName,
			text: `"lip-.md" is not a LIP name, which is lip-NNNN.md with exactly four digits`,
			hint: "name the file lip-NNNN.md",
		},
		{name: "no ending", base: "lip-0001", err: ErrName},
		{name: "longer ending", base: "lip-0001.md.ots.draft", err: ErrName},
		{name: "digits that are not ASCII", base: "lip-٠٠٠١.md", err: ErrName},
		{name: "sign", base: "lip-+001.md", err: ErrName},
		{name: "escape sequence", base: "lip-\x1b[2J.md", err: ErrName, text: `"lip-\x1b[2J.md" is not a LIP name, which is lip-NNNN.md with exactly four digits`},
		{name: "not UTF-8", base: "lip-\xff\xfe\xfd\xfc.md", err: ErrName},
		{name: "empty", base: "", err: ErrName},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseName(tt.base)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Fatalf("ParseName(%q) = %+v, %v, want %+v, %v", tt.base, got, err, tt.want, tt.err)
			}
			if tt.err == nil {
				return
			}
			var refused *NameError
			if !errors.As(err, &refused) || refused.Hint == "" {
				t.Fatalf("error %#v is not a NameError with a hint", err)
			}
			if tt.text != "" && refused.Error() != tt.text {
				t.Errorf("text = %s\nwant   %s", refused, tt.text)
			}
			if tt.hint != "" && refused.Hint != tt.hint {
				t.Errorf("hint = %s\nwant   %s", refused.Hint, tt.hint)
			}
		})
	}
}

func TestLegacyPath(t *testing.T) {
	now, proof, ok := LegacyPath("spec/lips/lip-0001.mdx")
	if !ok || now != "content/spec/lips/lip-0001.md" || proof != "static/spec/lips/legacy/lip-0001.mdx.ots" {
		t.Errorf("LegacyPath = %q, %q, %v", now, proof, ok)
	}
	for _, p := range []string{
		"content/spec/lips/lip-0001.mdx", "spec/lips/lip-0001.md", "spec/lips/lip-1.mdx", "spec/lips/lip-NEW-abc.mdx",
		"spec/lips/x/lip-0001.mdx", "lip-0001.mdx", "/spec/lips/lip-0001.mdx", "",
	} {
		if _, _, ok := LegacyPath(p); ok {
			t.Errorf("LegacyPath(%q) is taken for a path of before the move", p)
		}
	}
}
