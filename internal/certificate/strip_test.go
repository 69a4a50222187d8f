package certificate

import (
	"testing"
)

func TestStrip(t *testing.T) {
	for _, tt := range []struct{ loose, text, want string }{
		{looseScript, "// a comment\n\n  const a = (b) => { // kept\n", "const a=(b)=>{//kept\n"},
		{looseScript, "x = a + +b - -c + 1;", "x=a+ +b- -c+1;\n"},
		{looseScript, `say("a  b { c", 'd = \' e', ` + "`f = ${g}`);", `say("a  b { c",'d = \' e',` + "`f = ${g}`);\n"},
		{looseScript, "return x in y ? typeof z : void 0;\n", "return x in y?typeof z:void 0;\n"},
		{looseScript, "{\n  a();\n}\nb = \"; };}\";\n}", "{a()}\nb=\"; };}\"}\n"},
		{looseStyle, "a:b .c > .d { margin: 0 -1px; grid: 1fr / 2fr; }\n", "a:b .c>.d{margin:0 -1px;grid:1fr / 2fr}\n"},
		{looseStyle, "@media screen and (a: b) {\n.c :d, e { f: calc(1 + 2); }\n}\n", "@media screen and (a:b){.c :d,e{f:calc(1 + 2)}}\n"},
	} {
		if got := strip(tt.text, tt.loose); got != tt.want {
			t.Errorf("%q becomes %q, want %q", tt.text, got, tt.want)
		}
	}
}
