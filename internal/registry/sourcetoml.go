package registry

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/openllmo/git-anchor/internal/printable"
	"github.com/openllmo/git-anchor/internal/strictjson"
)

// maxNames is how many names a table of TOML may have, and how many tables and
// names may follow each other outside lists: the reader compares each with all.
const maxNames = 4_000

func readTOML(raw []byte) (Value, error) {
	if err := checkNames(raw); err != nil {
		return nil, err
	}
	var table map[string]any
	if err := toml.Unmarshal(raw, &table); err != nil {
		text := printable.Text(err.Error(), 4*strictjson.MaxShown)
		if at := (*toml.DecodeError)(nil); errors.As(err, &at) {
			line, _ := at.Position()
			return nil, fmt.Errorf("line %d: not TOML: %s", line, text)
		}
		return nil, fmt.Errorf("not TOML: %s", text)
	}
	if len(table) == 0 {
		return nil, errors.New("it is empty")
	}
	return appendTOML(nil, "", table, 1)
}

// checkNames refuses what would take the reader minutes. That it is no TOML is
// for the reader to say.
func checkNames(raw []byte) error {
	var p unstable.Parser
	p.Reset(raw)
	names, list := 0, ""
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind == unstable.ArrayTable {
			// The next element of a list: those of the one before are forgotten.
			if key := keyOf(e); key == list {
				names = 0
			} else {
				list = key
			}
		}
		if names++; names > maxNames || tooWide(e) {
			return fmt.Errorf("there are more than %d names beside each other: write it as JSON", maxNames)
		}
	}
	return nil
}

func keyOf(e *unstable.Node) string {
	var b strings.Builder
	for it := e.Key(); it.Next(); {
		b.Write(it.Node().Data)
		b.WriteByte(0)
	}
	return b.String()
}

// tooWide reports whether an inline table in it has too many names.
func tooWide(n *unstable.Node) bool {
	count := 0
	for it := n.Children(); it.Next(); count++ {
		if tooWide(it.Node()) {
			return true
		}
	}
	return n.Kind == unstable.InlineTable && count > maxNames
}

// appendTOML adds the JSON of a value that is at a pointer and so many levels deep.
func appendTOML(b Value, pointer string, v any, depth int) (Value, error) {
	bad := func(text string) (Value, error) {
		return nil, fmt.Errorf("%s: %s", printable.Text(pointer, 2*strictjson.MaxShown), text)
	}
	if depth > MaxDepth+1 {
		return bad(fmt.Sprintf("it is nested more than %d levels deep", MaxDepth))
	}
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			b = append(append(separated(b, i), strictjson.Quote(name)...), ':')
			var err error
			if b, err = appendTOML(b, pointer+"/"+name, v[name], depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case []any:
		b = append(b, '[')
		for i, element := range v {
			var err error
			if b, err = appendTOML(separated(b, i), pointer+"/"+strconv.Itoa(i), element, depth+1); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case string:
		return append(b, strictjson.Quote(v)...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		if v < -strictjson.MaxInt || v > strictjson.MaxInt {
			return bad(strictjson.NotInteger(strconv.FormatInt(v, 10)))
		}
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return bad(strictjson.NotInteger(strconv.FormatFloat(v, 'g', -1, 64)))
	case time.Time:
		return append(b, strictjson.Quote(v.UTC().Format(time.RFC3339Nano))...), nil
	case toml.LocalDate:
		return append(b, strictjson.Quote(v.AsTime(time.UTC).Format(time.RFC3339))...), nil
	case toml.LocalDateTime:
		return append(b, strictjson.Quote(v.AsTime(time.UTC).Format(time.RFC3339Nano))...), nil
	case toml.LocalTime:
		return bad("a time of day without a date: write it as a string")
	}
	return bad(fmt.Sprintf("a value of the kind %T, which JSON does not have", v))
}

// separated adds the comma before all but the first of a list.
func separated(b Value, i int) Value {
	if i > 0 {
		return append(b, ',')
	}
	return b
}
