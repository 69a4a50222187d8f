package anchor

import (
	"errors"
	"testing"
)

// A refusal that no result says is no run that went well.
func TestSnapshotRefusedWithoutResult(t *testing.T) {
	want := refuse("a hint", "refused")
	w := &snapshotting{}
	if run, err := w.end(t.Context(), want); !errors.Is(err, want) || len(run.Results) > 0 {
		t.Errorf("%+v, %v", run, err)
	}
	if run, err := w.end(t.Context(), w.about("x", want)); err != nil || len(run.Results) != 1 || run.Results[0].Refusal != want {
		t.Errorf("%+v, %v", run, err)
	}
}
