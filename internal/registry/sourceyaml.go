package registry

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"

	"gopkg.in/yaml.v3"

	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/strictjson"
)

func readYAML(raw []byte) (Value, error) {
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); err == io.EOF {
		return nil, errors.New("it is empty")
	} else if err != nil {
		return nil, fmt.Errorf("not YAML: %s", printable.Text(err.Error(), 4*strictjson.MaxShown))
	}
	if err := dec.Decode(&second); err == nil {
		return nil, fmt.Errorf("line %d: there is a second document", second.Line)
	} else if err != io.EOF {
		return nil, fmt.Errorf("not YAML: %s", printable.Text(err.Error(), 4*strictjson.MaxShown))
	}
	if len(doc.Content) != 1 {
		return nil, errors.New("it is empty")
	}
	return appendYAML(nil, doc.Content[0], 1, &yamlPlace{raw, 1, 1})
}

// appendYAML adds the JSON of a node that lies that many levels deep.
func appendYAML(b Value, n *yaml.Node, depth int, at *yamlPlace) (Value, error) {
	switch {
	case depth > MaxDepth+1:
		return nil, fmt.Errorf("line %d: it is nested more than %d levels deep", n.Line, MaxDepth)
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return nil, fmt.Errorf("line %d: an anchor (%s): leave it out, and write values out", n.Line, printable.Text(cmp.Or(n.Anchor, n.Value), strictjson.MaxShown))
	case n.Style&yaml.TaggedStyle != 0:
		return nil, fmt.Errorf("line %d: a tag (%s): leave it out, and quote what is a string", n.Line, printable.Text(n.Tag, strictjson.MaxShown))
	case at.bare(n):
		return nil, fmt.Errorf("line %d: a tag (!): leave it out, and quote what is a string", n.Line)
	}
	switch n.Kind {
	case yaml.MappingNode:
		return appendMapping(b, n, depth, at)
	case yaml.SequenceNode:
		b = append(b, '[')
		for i, element := range n.Content {
			var err error
			if b, err = appendYAML(separated(b, i), element, depth+1, at); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	return appendScalar(b, n)
}

func appendMapping(b Value, n *yaml.Node, depth int, at *yamlPlace) (Value, error) {
	b = append(b, '{')
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		switch {
		case key.Kind != yaml.ScalarNode || key.Style&yaml.TaggedStyle != 0 || key.Anchor != "" || at.bare(key):
			return nil, fmt.Errorf("line %d: a name that is not a plain text", key.Line)
		case key.ShortTag() == "!!merge":
			return nil, fmt.Errorf("line %d: a merge (<<): write the members out", key.Line)
		case seen[key.Value]:
			return nil, fmt.Errorf("line %d: the name %s is there twice", key.Line, strictjson.Quoted(key.Value))
		}
		seen[key.Value] = true
		b = append(append(separated(b, i), strictjson.Quote(key.Value)...), ':')
		var err error
		if b, err = appendYAML(b, n.Content[i+1], depth+1, at); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

var decimalInteger = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)

func appendScalar(b Value, n *yaml.Node) (Value, error) {
	switch n.ShortTag() {
	case "!!null":
		return append(b, "null"...), nil
	case "!!bool":
		return append(b, map[bool]string{true: "true", false: "false"}[n.Value[0] == 't' || n.Value[0] == 'T']...), nil
	case "!!int", "!!float":
		if !decimalInteger.MatchString(n.Value) || !strictjson.IsInteger(n.Value) {
			return nil, fmt.Errorf("line %d: %s", n.Line, strictjson.NotInteger(n.Value))
		}
		return append(b, n.Value...), nil
	}
	return append(b, strictjson.Quote(n.Value)...), nil
}
