package registry

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/openllmo/git-anchor/internal/printable"
)

func readTOML(raw []byte) (Value, error) {
	var table map[string]any
	if err := toml.Unmarshal(raw, &table); err != nil {
		text := printable.Text(err.Error(), 4*maxShown)
		if at := (*toml.DecodeError)(nil); errors.As(err, &at) {
			line, _ := at.Position()
			return nil, fmt.Errorf("line %d: not TOML: %s", line, text)
		}
		return nil, fmt.Errorf("not TOML: %s", text)
	}
	if len(table) == 0 {
		return nil, errors.New("it is empty")
	}
	return appendTOML(nil, "", table)
}

// appendTOML adds the JSON of a value that is at a pointer.
func appendTOML(b Value, pointer string, v any) (Value, error) {
	bad := func(text string) (Value, error) {
		return nil, fmt.Errorf("%s: %s", printable.Text(pointer, 2*maxShown), text)
	}
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			b = append(append(separated(b, i), quote(name)...), ':')
			var err error
			if b, err = appendTOML(b, pointer+"/"+name, v[name]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	case []any:
		b = append(b, '[')
		for i, element := range v {
			var err error
			if b, err = appendTOML(separated(b, i), pointer+"/"+strconv.Itoa(i), element); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case string:
		return append(b, quote(v)...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		if v < -maxInt || v > maxInt {
			return bad(notInteger(strconv.FormatInt(v, 10)))
		}
		return strconv.AppendInt(b, v, 10), nil
	case float64:
		return bad(notInteger(strconv.FormatFloat(v, 'g', -1, 64)))
	case time.Time:
		return append(b, quote(v.UTC().Format(time.RFC3339Nano))...), nil
	case toml.LocalDate:
		return append(b, quote(v.AsTime(time.UTC).Format(time.RFC3339))...), nil
	case toml.LocalDateTime:
		return append(b, quote(v.AsTime(time.UTC).Format(time.RFC3339Nano))...), nil
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
