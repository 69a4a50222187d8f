package bitcoin

// Simnet returns the simulation network of btcd, up to its first change of
// difficulty at height 2016. No command offers it: it is there to try nodes of
// another make than Bitcoin Core's on a chain of one's own.
func Simnet() *Network {
	return &Network{name: "simnet", genesis: genesis(1401292357, 0x207fffff, 2), fixed: true}
}
