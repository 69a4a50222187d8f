package bitcoin

// A Store keeps whole periods of headers in files, for ever.
type Store struct{ dir string }
