//go:build !unix

package objects

import "os"

const noWait = 0

// mapFile: files are read by ReadAt. A mapped file could not be removed here,
// which git's repack does.
func mapFile(*os.File, int64) []byte { return nil }

func unmap([]byte) error { return nil }
