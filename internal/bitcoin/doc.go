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
// Beyond that word lies mathematics. Headers from a height to the end of its
// period of 2016 blocks that link to a row of the table ([Network.Link]) are
// rung chain, whoever carried them ([Carrier], [Store], [Bundle]). Above the
// table a chain of work ([Network.CheckWork]) is rung work. A [Node] of the
// person's own is taken at its word if it has the table's last block.
//
// Hashes are kept in internal order, the order in which they are hashed and in
// which proofs carry them; people and explorers write them reversed, which is
// what [Hash.String] and [ParseHash] do.
//
// The package validates no transactions, and decides neither who may be asked
// nor which rung is required: both are the caller's.
package bitcoin

//go:generate go run ./gentable ../../data/checkpoints.tsv checkpoints.bin
