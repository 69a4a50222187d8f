package anchor

import "context"

// Status says how far every document of a selection is. It asks no calendar;
// whether it asks for headers is up to the session's judge: one without
// sources leaves every Bitcoin claim unchecked.
func (s *Session) Status(ctx context.Context, sel Selection) (Run, error) {
	return s.Verify(ctx, sel, VerifyOptions{NoUpgrade: true, NoSearch: true})
}
