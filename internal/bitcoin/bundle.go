package bitcoin

// A Bundle is the headers that lie beside the proofs of a repository.
type Bundle struct{}
