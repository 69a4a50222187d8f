package bitcoin

import "fmt"

// A Rung says what a verdict rests on, weakest first.
type Rung int

const (
	RungPath     Rung = iota // the proof leads to a merkle root; nothing was checked
	RungExplorer             // the word of one source
	RungQuorum               // at least two independent sources agree, none dissents
	RungWork                 // a chain of work from the table's last row
	RungChain                // linked by hash to the table in this binary
	RungNode                 // the person's own node
)

func rungNames() [RungNode + 1]string {
	return [...]string{"path", "explorer", "quorum", "work", "chain", "node"}
}

// String returns the rung's name.
func (r Rung) String() string {
	names := rungNames()
	if r < 0 || int(r) >= len(names) {
		return fmt.Sprintf("rung %d", int(r))
	}
	return names[r]
}

// ParseRung reads the name of a rung that can be required.
func ParseRung(name string) (Rung, error) {
	for r, n := range rungNames() {
		if n == name && Rung(r) != RungPath {
			return Rung(r), nil
		}
	}
	return RungPath, fmt.Errorf("unknown rung %q: it is one of explorer, quorum, work, chain, node", name)
}
