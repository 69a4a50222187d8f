package bitcoin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxNesting bounds how deep a value that is skipped may nest, because the
// decoder keeps a state for each level. Transactions nest five deep.
const maxNesting = 64

// A decoder reads JSON token by token, so that what is skipped is never held.
type decoder struct{ *json.Decoder }

func newDecoder(r io.Reader) decoder {
	d := json.NewDecoder(&sticky{r: r})
	d.UseNumber()
	return decoder{d}
}

// maxBlanks is how many blanks in a row are read. The decoder keeps them all and
// looks through them again at every read: 32 MiB of them took it 40 s.
const maxBlanks = 4096

// A sticky reader keeps its first error. The decoder drops it in More and reads
// on, which would turn a limit that was passed into a mere end.
type sticky struct {
	r      io.Reader
	err    error
	blanks int // in a row, so far
}

func (s *sticky) Read(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, s.err = s.r.Read(p)
	for _, c := range p[:n] {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			s.blanks = 0
		} else if s.blanks++; s.blanks > maxBlanks {
			s.err = fmt.Errorf("more than %d blanks in a row", maxBlanks)
			return 0, s.err
		}
	}
	return n, s.err
}

// token returns the next token; the end of the input is an error.
func (d decoder) token() (json.Token, error) {
	t, err := d.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

// open reads the token that must begin an object or array.
func (d decoder) open(want json.Delim) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	if t != want {
		return fmt.Errorf("byte %d: not %q", d.InputOffset(), want)
	}
	return nil
}

// object reads an object; field must read the value of the field named.
func (d decoder) object(field func(name string) error) error {
	if err := d.open('{'); err != nil {
		return err
	}
	for d.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return fmt.Errorf("byte %d: not a field name", d.InputOffset())
		}
		if err := field(name); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// array reads an array; element must read one value.
func (d decoder) array(element func() error) error {
	if err := d.open('['); err != nil {
		return err
	}
	for d.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// skip reads one value and drops it.
func (d decoder) skip() error {
	for depth := 0; ; {
		t, err := d.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > maxNesting {
				return fmt.Errorf("byte %d: nested deeper than %d", d.InputOffset(), maxNesting)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

// end fails unless the input is used up.
func (d decoder) end() error {
	_, err := d.Token()
	switch {
	case err == io.EOF:
		return nil
	case err != nil:
		return err
	}
	return errors.New("more follows after the value")
}

// fields holds the scalar values of some fields of an object.
type fields map[string]json.Token

// keep returns a function for decoder.object that keeps the fields named and
// skips all others. A field that comes twice is an error: which of the two
// counts would be the reader's choice.
func (f *fields) keep(d decoder, names ...string) func(string) error {
	*f = make(fields, len(names))
	return func(name string) error {
		if !slices.Contains(names, name) {
			return d.skip()
		}
		if _, twice := (*f)[name]; twice {
			return fmt.Errorf("field %q comes twice", name)
		}
		t, err := d.token()
		if err != nil {
			return err
		}
		if _, nested := t.(json.Delim); nested {
			return fmt.Errorf("field %q is not a plain value", name)
		}
		(*f)[name] = t
		return nil
	}
}
