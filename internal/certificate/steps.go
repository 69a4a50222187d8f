package certificate

import (
	"encoding/hex"
	"strconv"

	"github.com/openllmo/git-anchor/internal/ots"
)

// A step is something to do with programs that are not ours.
type step struct {
	Text     string
	Commands []command
}

// A command is what to type on a system, which is "" where it is all the same.
type command struct{ System, Line string }

func run(line string) []command { return []command{{"", line}} }

// sumCommands compute a document's digest, by its hash.
func sumCommands(t ots.Tag, file string) []command {
	names := map[ots.Tag][3]string{ots.SHA256: {"sha256sum", "256", "SHA256"}, ots.SHA1: {"sha1sum", "1", "SHA1"}}
	name, ok := names[t]
	if !ok {
		return run("openssl rmd160 " + file)
	}
	return []command{
		{"Linux", name[0] + " " + file},
		{"macOS", "shasum -a " + name[1] + " " + file},
		{"Windows", "certutil -hashfile " + file + " " + name[2]},
	}
}

// nodeCommand asks a node for the block's header.
func (c *Certificate) nodeCommand() string {
	node := "bitcoin-cli"
	if c.Regtest {
		node += " -regtest"
	}
	return node + " getblockheader " + c.Outcome.Header.Hash().String()
}

// manual lists how to check a page's certificate without it.
func (c *Certificate) manual(w words, p *ots.Proof) []step {
	sum := sumCommands(p.Hash, "FILE")
	digest := step{w.say("step.sum", "digest", hex.EncodeToString(p.Digest)), sum}
	switch c.State() {
	case Pending:
		return []step{
			digest,
			{w.say("step.rest"), run("ots upgrade PROOF.ots")},
			{w.say("pdf.step.later"), run("ots verify -f FILE PROOF.ots")},
		}
	case Changed:
		return []step{
			{w.say("pdf.step.now"), sum},
			{w.say("step.info"), run("ots info PROOF.ots")},
			{w.say("pdf.step.find"), run("git log --follow -p -- FILE")},
		}
	}
	root := c.Outcome.Header.MerkleRoot().String()
	return []step{
		digest,
		{w.say("step.ots"), run("ots verify -f FILE PROOF.ots")},
		{w.say("step.node", "root", root), run(c.nodeCommand())},
		{w.say("step.hand"), nil},
	}
}

// block adds what a confirmed certificate rests on. Its operations the page's
// script lists, which computes them again.
func (v *view) block(c *Certificate, p *ots.Proof) error {
	if c.State() != Confirmed {
		return nil
	}
	w, o := v.words, c.Outcome
	hash := o.Header.Hash().String()
	v.Block = &blockFacts{v.T("block"), c.nodeCommand(), []fact{
		{w.say("b.height"), strconv.FormatUint(o.Height, 10), "height", false},
		{w.say("b.hash"), hash, "hash", true},
		{w.say("b.root"), o.Header.MerkleRoot().String(), "root", true},
		{w.say("b.time"), moment(o.Header.Time()), "time", false},
	}}
	if !o.NotAfter.IsZero() {
		v.Block.Facts = append(v.Block.Facts, fact{w.say("b.after"), moment(o.NotAfter), "after", false})
	}
	v.Block.Facts = append(v.Block.Facts, fact{w.say("b.header"), hex.EncodeToString(o.Header[:]), "header", true})
	if c.Regtest {
		v.Block.Title = "regtest"
	}
	headline, err := c.Headline(p)
	if err != nil {
		return err
	}
	v.OperationsTitle = w.say("ops", "n", strconv.Itoa(len(headline.Path())))
	return nil
}
