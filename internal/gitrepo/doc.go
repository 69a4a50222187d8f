// Package gitrepo reads committed bytes and history out of a git repository
// and puts files and commits into it.
package gitrepo
