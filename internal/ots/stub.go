package ots

import "io"

type Claim struct {
	Attestation Attestation
	Msg         []byte
}

func (c Claim) Path() []Op                       { panic("ots") }
func Parse(b []byte) (*Proof, error)             { panic("ots") }
func ParseTree(msg, b []byte) (*Tree, error)     { panic("ots") }
func (t *Tree) Bytes() []byte                    { panic("ots") }
func (p *Proof) Bytes() []byte                   { panic("ots") }
func (p *Proof) Claims() []Claim                 { panic("ots") }
func (p *Proof) Hidden() []Claim                 { panic("ots") }
func (p *Proof) HasDuplicates() bool             { panic("ots") }
func (p *Proof) Merge(q *Proof) error            { panic("ots") }
func (p *Proof) Extend(t *Tree) (int, error)     { panic("ots") }
func (p *Proof) Missing(old *Proof) []Claim      { panic("ots") }
func (t *Tree) Claims() []Claim                  { panic("ots") }
func (t *Tree) Keep(keep func(Claim) bool) *Tree { panic("ots") }
func Aggregate(digests [][]byte, random io.Reader) (root []byte, proofs []*Proof, err error) {
	panic("ots")
}
