// Package gitrepo reads committed bytes and history out of a git repository
// and puts files and commits into it. Start with [Open] and [Repo.Resolve];
// [Repo.Blob] then gives the exact bytes of a committed file, [Repo.State]
// says what differs between HEAD, index and work tree, [Repo.HistoryOf] what a
// path ever held, [Repo.Changes] in what two commits differ, [Repo.WriteFile]
// and [Repo.Commit] write. [OpenTip] is for committing to a branch of a server
// without touching the repository one has.
//
// A repository is hostile until its owner is known: nothing in it is read
// before the checks git makes, git is never handed a directory that discovery
// found by --git-dir (that would switch git's own check off) nor lets it find
// another one, and no hook or file system monitor runs. A bare repository that
// a commit or another user can have put there must be named by GIT_DIR. Every
// object is hashed again to the id it was asked by, but those that [Repo.Scan]
// visits.
//
// Objects are read by package objects, whether git is installed or not, and
// common names of commits too; git is asked for the rest of its syntax. What
// needs the index, filters, attributes, history or a commit needs the git
// command and says [ErrNoGit] without it.
//
// The package does not judge anything and never reads a document's bytes from
// the work tree in place of the committed ones. Only a [Tip] speaks with a
// server, the one it is given: what a partial clone lacks is never fetched.
package gitrepo
