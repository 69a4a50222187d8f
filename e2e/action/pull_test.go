package action

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/openllmo/git-anchor/internal/ots"
)

// propose runs the check on the person's commits, which may ask no calendar and
// write nothing, however it ends.
func (w *world) propose(green bool, inputs map[string]string, edit func(*job)) *log {
	w.Helper()
	j, head, asked := w.proposed(inputs), w.host.head("main"), w.calendarsAsked()
	if edit != nil {
		edit(&j)
	}
	l := w.act(j)
	l.want(green)
	w.unmoved(head)
	if now := w.calendarsAsked(); now != asked {
		w.Errorf("the check asked calendars %d times", now-asked)
	}
	return l
}

func forkEdits(w *world) {
	w.edit(path(1), "Nothing in it is meant.", "Something in it is meant.")
	w.commit("Improve LIP-1")
	l := w.propose(false, nil, nil)
	l.annotated("error", path(1), "Anchor weakened: edited: .*not superseded")
	if !strings.Contains(l.summary(), "lip-0001.md") {
		w.Errorf("the summary does not name the document:\n%s", l.summary())
	}
	if l.results()["commit"] != "" {
		w.Error("the step that commits ran")
	}
}

func forkUpgrades(w *world) {
	w.mine()
	w.anchor("upgrade", "--all")
	w.commit("Complete the proof of LIP-2")
	l := w.propose(true, nil, nil)
	l.output("failed", "0")
	l.output("confirmed", "2")
	if found := l.annotations("error", path(2)); len(found) > 0 {
		w.Errorf("%q", found)
	}
}

func forkSupersedes(w *world) {
	w.edit(path(1), "Nothing in it is meant.", "Something in it is meant.")
	w.supersede(path(1))
	w.commit("Supersede LIP-1")
	w.propose(true, nil, nil)
}

func forkDeletes(w *world) {
	w.remove(path(1) + ".ots")
	w.commit("Tidy up")
	w.propose(false, nil, nil).says(`^::error .*lip-0001\.md.*::`)
}

// mergeQueue checks what a merge queue has made of an edit.
func mergeQueue(w *world) {
	w.edit(path(1), "Nothing in it is meant.", "Something in it is meant.")
	w.commit("Improve LIP-1")
	base := w.host.head("main")
	l := w.propose(false, nil, func(j *job) {
		j.event, j.workflow.example = "merge_group", "all.yml"
		j.payload = map[string]any{
			"repository":  theRepository(),
			"merge_group": map[string]any{"base_sha": base, "head_sha": j.sha, "base_ref": "refs/heads/main", "head_ref": "refs/heads/gh-readonly-queue/main/pr-7"},
		}
	})
	l.annotated("error", path(1), "")
}

// forkWeakens edits a document in the change that takes it out of the
// configuration: the base's rules hold.
func forkWeakens(w *world) {
	w.write(".git-anchor.toml", "[[documents]]\nkind = \"file\"\npaths = [\"nothing\"]\n")
	w.edit(path(1), "Nothing in it is meant.", "Something in it is meant.")
	w.commit("Configure")
	l := w.propose(false, nil, nil)
	l.annotated("error", path(1), "")
	l.says("git-anchor.toml")
}

// atHead checks out the pull request's head alone, as many workflows do.
func atHead(depth int) func(*job) {
	return func(j *job) {
		j.workflow.checkout = map[string]string{
			"ref": "${{ github.event.pull_request.head.sha }}", "fetch-depth": fmt.Sprint(depth),
		}
	}
}

// noBase is what must be said where the base was not fetched: the line to add.
const noBase = `fetch-depth: `

func headAtDepthOne(w *world) {
	w.edit(path(1), "Nothing in it is meant.", "Something in it is meant.")
	w.commit("Improve LIP-1")
	l := w.propose(false, nil, atHead(1))
	if len(l.annotations("error", path(1))) == 0 {
		l.says(noBase)
	}
}

// weakensInTwoSteps hides an edit behind a commit that weakens the
// configuration: at depth 2 the head's parent would be the wrong base.
func weakensInTwoSteps(w *world) {
	w.write(".git-anchor.toml", "[[documents]]\nkind = \"file\"\npaths = [\"nothing\"]\n")
	w.commit("Configure")
	w.edit(path(1), "Nothing in it is meant.", "Something in it is meant.")
	w.remove(path(1) + ".ots")
	w.commit("Improve LIP-1")
	for depth := range 3 {
		l := w.propose(false, nil, atHead(depth))
		if len(l.annotations("error", path(1)))+len(l.annotations("error", path(1)+".ots")) == 0 {
			l.says(noBase)
		}
	}
}

// namesMetadata brings proofs that ask for requests to addresses which a
// runner's machine alone can reach, on either network.
func namesMetadata(w *world) {
	base := w.git("rev-parse", "HEAD")
	metadata, mallory := "http://169.254.169.254/latest", w.net.URL()+"/calendar/mallory"
	mainnet := map[string]string{"network": "mainnet", "calendars": ""}
	for _, c := range []struct {
		inputs map[string]string
		uris   []string
	}{
		{nil, []string{mallory}},
		{nil, []string{metadata, "https://calendar.example.org"}},
		{mainnet, []string{metadata, mallory, "https://calendar.example.org"}},
	} {
		w.git("checkout", "-q", "--detach", base)
		w.write(path(2)+".ots", string(w.promised(w.proof("main", 2), c.uris...).Bytes()))
		w.commit("Ask more calendars")
		l := w.propose(false, c.inputs, nil)
		for _, uri := range c.uris {
			l.annotated("error", path(2)+".ots", regexp.QuoteMeta(uri)+".* not a calendar that may be asked")
		}
	}
	for _, r := range w.net.Requests() {
		if strings.Contains(r.Path, "mallory") {
			w.Errorf("asked: %s", r.Path)
		}
	}
}

// promised adds calendars' promises to a proof.
func (w *world) promised(p *ots.Proof, uris ...string) *ots.Proof {
	w.Helper()
	for _, uri := range uris {
		pending, err := ots.PendingAt(uri)
		if err != nil {
			w.Fatal(err)
		}
		t, err := ots.ParseTree(p.Digest, attestation(pending))
		if err != nil {
			w.Fatal(err)
		}
		if _, err := p.Extend(t); err != nil {
			w.Fatal(err)
		}
	}
	return p
}

// attestation is the tree of a single attestation.
func attestation(a ots.Attestation) []byte {
	var b bytes.Buffer
	b.WriteByte(0)
	b.Write(a.Tag[:])
	b.WriteByte(byte(len(a.Payload)))
	b.Write(a.Payload)
	return b.Bytes()
}
