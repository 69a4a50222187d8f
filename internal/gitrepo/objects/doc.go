// Package objects reads git's object store: loose objects and packs, with
// their alternates, of repositories with SHA-1 or SHA-256 ids. Start with
// [Open]; [Store.Header] tells what an object is, [Store.Read] and
// [Store.Bytes] give its bytes, [Store.Prefix] finds it by an abbreviated id
// and [Store.Scan] visits every object of a kind once.
//
// The formats are those of gitformat-pack(5) and gitrepository-layout(5):
//
//	loose  <dir>/xx/yyyy…  zlib("<kind> <size>\0<bytes>")
//	pack   "PACK" version:4 count:4 entry… checksum
//	entry  kind and size, 7 bits a byte, then zlib(bytes); a delta has its
//	       base before the zlib stream: a distance back (ofs) or an id (ref)
//	index  v1: 256 counts, then (offset:4 id)…; v2: "\377tOc" 2, 256 counts,
//	       ids, crc32s, offsets:4, offsets:8 of those past 2 GiB; checksums
//	delta  size of base, size of result, then copies from the base and
//	       literal bytes
//
// Every pack/*.idx that has its *.pack is read, whatever its name. A .pack
// without index is one that git is still writing. Multi-pack indexes, bitmaps,
// reverse indexes and commit graphs are not read: the same is said by the
// files above.
//
// All of it is hostile. Lengths and offsets are bounded before use; nothing is
// allocated that its compressed bytes cannot fill; an object has exactly the
// announced size; chains of deltas end (see maxChain), and so does what they
// make together (see minChainBytes). What [Store.Read] and
// [Store.Bytes] give is hashed to the id it was asked by; [Store.Scan] leaves
// that out unless told. A copy that is damaged is passed over when there is
// another. An object that is not found is looked for again in the directories:
// git may just have moved it into a new pack. Packs that git has removed since
// they were opened are read on.
//
// Files are memory-mapped where the platform can, and read by ReadAt elsewhere
// (Windows; a file that 32 bits cannot address). A mapped file that somebody
// cuts short would end the process with SIGBUS: every goroutine that reads a
// map turns this into a panic of its own by [debug.SetPanicOnFault] and
// returns it as [ErrCorrupt]. That costs nothing an object, while a copy by
// ReadAt would cost a system call.
//
// The package writes nothing, starts no git, reads no configuration and does
// not ask who owns the files. It knows neither refs nor replacements nor
// grafts, and does not parse what is in an object.
package objects
