package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/openllmo/git-anchor/internal/strictjson"
)

// The states that an exported record can be in.
const (
	Pending   = "pending"
	Confirmed = "confirmed"
	Failed    = "failed"
)

// VerificationURL is where anybody can look at a proof. The proof itself is never
// put into it: URLs are logged, cut and passed on.
const VerificationURL = "https://opentimestamps.org/"

// MaxExport is how many bytes an exported record may have.
const MaxExport = 4 << 20

// An Export is the record of a proof as other programs exchange it, in the form of
// ProductGuard's guide. All but Hash and Proof is what was known when it was made:
// ParseExport leaves it unread, and who imports it derives it again.
type Export struct {
	Hash         [32]byte // of the file that the proof is for
	Proof        []byte   // the .ots file; nil where there is none, as an attempt failed
	CreatedAt    time.Time
	Status       string
	Block        uint64    // where Confirmed
	ConfirmedAt  time.Time // by the block's clock, where Confirmed
	RegtestChain bool      // it proves nothing
}

type exportJSON struct {
	Hash         string  `json:"hash"`
	Proof        *string `json:"ots_file"`
	CreatedAt    string  `json:"created_at"`
	Status       string  `json:"status"`
	Block        *uint64 `json:"bitcoin_block,omitempty"`
	ConfirmedAt  string  `json:"confirmation_date,omitempty"`
	Verification string  `json:"verification_url"`
	Network      string  `json:"network,omitempty"`
}

// Bytes writes it as JSON, its members in the order of the guide.
func (e Export) Bytes() []byte {
	row := exportJSON{
		Hash: hex.EncodeToString(e.Hash[:]), CreatedAt: e.CreatedAt.UTC().Format(time.RFC3339), Status: e.Status, Verification: VerificationURL,
	}
	if e.Proof != nil {
		proof := base64.StdEncoding.EncodeToString(e.Proof)
		row.Proof = &proof
	}
	if e.Status == Confirmed {
		row.Block, row.ConfirmedAt = &e.Block, e.ConfirmedAt.UTC().Format(time.RFC3339)
	}
	if e.RegtestChain {
		row.Network = "regtest"
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(row); err != nil {
		panic("evidence: an export is no JSON: " + err.Error())
	}
	return b.Bytes()
}

// ParseExport reads the hash and the proof of an exported record, whoever made it.
// All else in it is left unread, but it has to be JSON that strictjson takes. The
// error wraps Faults.
func ParseExport(raw []byte) (hash [32]byte, proof []byte, err error) {
	c := cursor{strictjson.New(raw, MaxExport)}
	c.Object([]string{"hash", "ots_file"}, func(name string) {
		switch name {
		case "hash":
			s, ok := c.Str()
			if ok && !hexDigest.MatchString(s) {
				c.Fault("it is %s, want 64 digits of lower-case hex", strictjson.Quoted(s))
			} else if sum, err := hex.DecodeString(s); ok && err == nil {
				copy(hash[:], sum)
			}
		case "ots_file":
			s, ok := c.Str()
			if !ok {
				return
			}
			if proof, err = base64.StdEncoding.Strict().DecodeString(s); err != nil || len(proof) == 0 {
				c.Fault("it is not a proof in base64")
			}
		default:
			c.Skip()
		}
	})
	if faults := c.End(); len(faults) > 0 {
		return hash, nil, fmt.Errorf("read exported record: %w", faults)
	}
	return hash, proof, nil
}
