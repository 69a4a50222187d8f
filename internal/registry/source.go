package registry

import "errors"

// ReadSource reads one member of a month (maintainers, authorized_servers or
// multisig_config) from a file of the repository, whose name ends in .json, .toml,
// .yaml or .yml: the file is the value itself, or an object with that member,
// whatever else it holds. Errors name the line, not the file.
//
// Dates of TOML become RFC 3339 in UTC; scalars of YAML that JSON has no type for
// keep their text. Refused are numbers that are not integers within ±(2^53-1),
// names that are there twice, aliases and tags of YAML, more than one document,
// a byte order mark, and an empty file.
func ReadSource(name string, raw []byte, member string) (Value, error) {
	return nil, errors.New("not built yet")
}
