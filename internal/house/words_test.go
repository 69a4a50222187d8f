package house

import (
	"go/ast"
	"go/token"
	"path"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// promises are words that say more than a timestamp shows, that bytes existed no
// later than a day, in the languages that the program speaks. Each is what a
// word begins with; those that end in | are whole.
func promises() []string {
	return strings.Split(strings.Join([]string{
		"legally binding,court-admissible,court admissible,admissible in court,guarantee,notaris,notariz,certified,qualified,tamper-proof,tamper proof,tamperproof",
		"proves ownership,prove ownership,proof of ownership,proves authorship,prove authorship,proof of authorship,exact time,immutable",
		"rechtsverbindlich,gerichtsfest,gerichtsverwertbar,garantier,notariell,beglaubigt,zertifiziert,qualifiziert,fälschungssicher,manipulationssicher,unveränderlich",
		"beweist das eigentum,beweist die urheberschaft,exakte zeit,genaue uhrzeit",
		"juridiquement contraignant,force probante,recevable en justice,garanti,notarié,certifié,qualifié,infalsifiable,inviolable,immuable",
		"prouve la propriété,prouve la paternité,heure exacte",
		"jurídicamente vinculante,legalmente vinculante,admisible en,garantiza,notarial,certificado|,certificada|,cualificad,infalsificable,inmutable",
		"prueba la propiedad,prueba la autoría,hora exacta",
		"giuridicamente vincolante,legalmente vincolante,ammissibile in,garantit,garantisc,notarile,certificato|,certificata|,qualificat,immutabil",
		"a prova di manomissione,prova la proprietà,prova la paternità,ora esatta",
		"юридично зобов,допустимий у суді,гаранту,гарантован,нотаріал,сертифікован,засвідчен,кваліфікован,непідробн,незмінн,точний час",
		"доводить право власності,доводить авторство",
	}, ","), ",")
}

// promised lists the words in a text that promise too much.
func promised(text string) []string {
	var found []string
	text = strings.ToLower(text)
	for _, word := range promises() {
		word, whole := strings.CutSuffix(word, "|")
		for from := 0; ; {
			at := strings.Index(text[from:], word)
			if at < 0 {
				break
			}
			before, _ := utf8.DecodeLastRuneInString(text[:from+at])
			from += at + len(word)
			after, _ := utf8.DecodeRuneInString(text[from:])
			if !unicode.IsLetter(before) && !(whole && unicode.IsLetter(after)) {
				found = append(found, word)
			}
		}
	}
	return found
}

// spoken reports whether people read a file: templates, scripts, texts of all
// languages, the man page, the action's description.
func spoken(name string) bool {
	switch path.Ext(name) {
	case ".html", ".js", ".json", ".tmpl", ".1", ".svg":
		return true
	}
	return name == "action.yml" || name == "README.md" || strings.HasPrefix(name, "docs/") && path.Ext(name) == ".md"
}

func TestWordsPromiseNoMoreThanIsTrue(t *testing.T) {
	spokenFiles, literals := 0, 0
	files(t, func(name string) {
		if !spoken(name) {
			return
		}
		spokenFiles++
		for i, line := range strings.Split(read(t, name), "\n") {
			for _, word := range promised(line) {
				t.Errorf("%s:%d: %s", name, i+1, word)
			}
		}
	})
	for _, list := range sources(t) {
		for _, s := range list {
			if s.isTest() {
				continue
			}
			ast.Inspect(s.file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				literals++
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					t.Fatal(err)
				}
				for _, word := range promised(text) {
					t.Errorf("%s:%d: %s", s.path(), s.line(lit.Pos()), word)
				}
				return true
			})
		}
	}
	if spokenFiles < 15 || literals < 1000 {
		t.Errorf("only %d files and %d strings were read", spokenFiles, literals)
	}
}

// A list that catches nothing is no list.
func TestPromisesAreCaught(t *testing.T) {
	for _, text := range []string{
		"This is legally binding.", "Court-admissible evidence", "GUARANTEED", "a notarised copy", "a certified copy", "a qualified timestamp", "tamper-proof",
		"It proves ownership", "the exact time", "immutable forever",
		"Das ist rechtsverbindlich.", "fälschungssicher", "qualifizierter Zeitstempel", "C’est garanti.", "un document certifié", "es inmutable", "un documento certificado",
		"è qualificata", "una prova notarile", "Це гарантовано.", "кваліфікована позначка", "точний час",
	} {
		if len(promised(text)) == 0 {
			t.Errorf("%q is not caught", text)
		}
	}
	for _, text := range []string{
		"These exact bytes existed no later than 2025-08-28 (UTC).", "Timestamp certificate", "The certificate was made.", "unqualified",
		"Zeitstempel-Zertifikat", "attestation d’horodatage", "Довідка про позначку часу",
	} {
		if found := promised(text); len(found) > 0 {
			t.Errorf("%q: %q", text, found)
		}
	}
}
