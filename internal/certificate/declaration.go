package certificate

import "fmt"

// A Declaration is a page for a person to fill in and sign; "" is none.
type Declaration string

// The declarations there are: for US Federal Rules of Evidence 902(13) and (14),
// and one that names no law.
const (
	DeclareUS902 Declaration = "us-902"
	DeclarePlain Declaration = "plain"
)

// ParseDeclaration reads the name of a declaration, "" for none.
func ParseDeclaration(name string) (Declaration, error) {
	switch d := Declaration(name); d {
	case "", DeclareUS902, DeclarePlain:
		return d, nil
	}
	return "", fmt.Errorf("no declaration %q: there are %s and %s", name, DeclareUS902, DeclarePlain)
}
