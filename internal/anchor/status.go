package anchor

import "context"

// Status says how far every document of a selection is. It asks no calendar;
// whether it asks for headers is up to the session's judge: one without
// sources leaves every Bitcoin claim unchecked. Of records of evidence it reads what
// they say, and compares their files.
func (s *Session) Status(ctx context.Context, sel Selection) (Run, error) {
	run, err := s.Verify(ctx, sel, VerifyOptions{NoUpgrade: true, NoSearch: true})
	if err != nil {
		return run, err
	}
	return run, recordReading{s: s, commit: run.Commit, byRev: sel.Rev != ""}.tell(ctx, run.Results)
}
