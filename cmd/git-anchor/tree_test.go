package main

import "testing"

func TestSplitRevision(t *testing.T) {
	for _, tt := range []struct{ operand, rev, dir string }{
		{"HEAD:docs", "HEAD", "docs"},
		{"v1:a:b", "v1", "a:b"},
		{"HEAD:", "HEAD", ""},
		{"HEAD^{/fix: it}:docs", "HEAD^{/fix: it}", "docs"},
		{"main@{12:30}:docs", "main@{12:30}", "docs"},
	} {
		if rev, dir, ok := splitRevision(tt.operand); !ok || rev != tt.rev || dir != tt.dir {
			t.Errorf("%s: %q, %q, %v", tt.operand, rev, dir, ok)
		}
	}
	for _, operand := range []string{"", "docs", ":docs", "HEAD^{a:b", ":/fix:docs"} {
		if rev, dir, ok := splitRevision(operand); ok {
			t.Errorf("%s: %q, %q", operand, rev, dir)
		}
	}
}
