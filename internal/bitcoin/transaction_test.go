package bitcoin

import (
	"encoding/hex"
	"testing"
)

// genesisCoinbase is block 0's only transaction; its id is the block's merkle root.
const genesisCoinbase = "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"

func TestTransactionID(t *testing.T) {
	raw, err := hex.DecodeString(genesisCoinbase)
	if err != nil {
		t.Fatal(err)
	}
	id, ok := TransactionID(raw)
	if !ok || id != Mainnet().Genesis().MerkleRoot() {
		t.Fatalf("TransactionID = %v, %v; want the genesis merkle root", id, ok)
	}
	for n := range raw {
		if _, ok := TransactionID(raw[:n]); ok {
			t.Errorf("the first %d bytes pass for a transaction", n)
		}
	}
	if _, ok := TransactionID(append(raw, 0)); ok {
		t.Error("a trailing byte passes")
	}
	huge := append([]byte{1, 0, 0, 0, 0xff}, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	if _, ok := TransactionID(huge); ok {
		t.Error("2^64-1 inputs pass")
	}
}

func FuzzTransactionID(f *testing.F) {
	raw, _ := hex.DecodeString(genesisCoinbase)
	f.Add(raw)
	f.Add([]byte{1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		id, ok := TransactionID(b)
		if ok && (len(b) < 4+1+minInput+1+minOutput+4 || id == Hash{}) {
			t.Fatalf("%d bytes pass for a transaction", len(b))
		}
	})
}
