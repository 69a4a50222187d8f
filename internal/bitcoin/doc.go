// Package bitcoin says which block header stands at a height of the Bitcoin
// chain, and how that is known.
//
// Start at [Chain]: one run's view of the chain through a list of sources.
// [Chain.Root] compares the merkle root that a proof leads to with the header
// at its height and returns [Evidence]: a verdict, the rung of trust it rests
// on, and what every source that was asked has said.
//
// A header is the 80 bytes that miners hash. Whoever hands one over, it is
// believed only when it hashes to the block hash that was named, meets the
// difficulty it states, and states the difficulty that its height has in the
// embedded table of [Mainnet] ([Network.CheckHeader]). That still leaves rung
// explorer resting on the source: old difficulties are cheap to meet today.
//
// Hashes are kept in internal order, the order in which they are hashed and in
// which proofs carry them; people and explorers write them reversed, which is
// what [Hash.String] and [ParseHash] do.
//
// The package does not validate transactions, keeps nothing on disk, and knows
// no rung between explorer and chain yet: chain is reached only where the block
// is the genesis block or a row of the table itself.
package bitcoin

//go:generate go run ./gentable ../../data/checkpoints.tsv checkpoints.bin
