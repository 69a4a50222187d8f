package action

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/openllmo/git-anchor/internal/ots"
)

// TestAction runs every scenario in a world of its own. With -v, what the steps
// said is printed.
func TestAction(t *testing.T) {
	k := prepare(t)
	for _, s := range []struct {
		name string
		run  func(*world)
	}{
		// pull_test.go
		{"fork edits an anchored document", forkEdits},
		{"fork brings an upgraded proof", forkUpgrades},
		{"fork supersedes and edits", forkSupersedes},
		{"fork deletes a proof", forkDeletes},
		{"merge queue with an edit", mergeQueue},
		{"fork weakens the configuration", forkWeakens},
		{"checkout of the head at depth 1", headAtDepthOne},
		{"configuration weakened in two steps", weakensInTwoSteps},
		{"proof names the cloud's metadata server", namesMetadata},
		// inject_test.go
		{"names, titles and outputs", injects},
		// publish_test.go
		{"merge of an accepted document", mergeAccepted},
		{"schedule after mining", scheduleAfterMining},
		{"nothing to do", nothingToDo},
		{"deleted proof", deletedProof},
		{"read-only token", readOnly},
		{"protected branch", protectedBranch},
		{"by the API", byAPI},
		{"built from source", fromSource},
		// race_test.go
		{"two runs at once", twoRuns},
		{"two runs on one document", twoRunsOneDocument},
		{"three pull-request runs", threePullRequestRuns},
		{"document changed underneath", changedUnderneath},
		// hostile_test.go
		{"hostile command before a push", hostileCommand("push")},
		{"hostile command before a commit by the API", hostileCommand("api")},
		{"hostile command before a pull request", hostileCommand("pull-request")},
		{"command tampers with the program and the plan", tampers},
		{"command of the repository's own", ownCommand},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, k)
			w.seed()
			s.run(w)
		})
	}
}

// seed makes the repository that scenarios start from: LIP 1 is confirmed, LIP 2
// waits for a block, and LIP 3 is a draft.
func (w *world) seed() {
	w.Helper()
	w.write(".git-anchor.toml", "[[documents]]\nkind = \"lip\"\npaths = [\"content/spec/lips/lip-????.md\"]\n")
	for number, status := range map[int]string{1: "Active", 2: "Active", 3: "Draft"} {
		w.write(path(number), lip(number, status, "Nothing in it is meant."))
	}
	w.commit("LIPs 1 to 3")
	w.stamp(path(1))
	w.mine()
	w.anchor("upgrade", "--all")
	w.stamp(path(2))
	w.commit("Anchor LIPs 1 and 2")
	w.push()
}

// accept makes a draft final, on main.
func (w *world) accept(number int) {
	w.Helper()
	w.write(path(number), lip(number, "Active", "Nothing in it is meant."))
	w.commit(fmt.Sprintf("Accept LIP-%d", number))
	w.push()
}

// proof is the proof of a LIP at a revision, which must be for its bytes there.
func (w *world) proof(revision string, number int) *ots.Proof {
	w.Helper()
	p, err := ots.Parse(w.host.show(revision, path(number)+".ots"))
	if err != nil {
		w.Fatal(err)
	}
	if sum := sha256.Sum256(w.host.show(revision, path(number))); string(p.Digest) != string(sum[:]) {
		w.Errorf("the proof of LIP %d at %s is for other bytes", number, revision)
	}
	return p
}

// promises counts the pending claims of a proof.
func promises(p *ots.Proof) int { return count(p, ots.KindPending) }

// blocks counts the Bitcoin claims of a proof.
func blocks(p *ots.Proof) int { return count(p, ots.KindBitcoin) }

func count(p *ots.Proof, kind ots.Kind) int {
	n := 0
	for _, c := range p.Claims() {
		if c.Attestation.Kind() == kind {
			n++
		}
	}
	return n
}

// calendarsAsked counts the requests to devnet's calendars since the start.
func (w *world) calendarsAsked() int {
	n := 0
	for _, r := range w.net.Requests() {
		if strings.Contains(r.Path, "/calendar/") || strings.Contains(r.Path, "/pool/") {
			n++
		}
	}
	return n
}
