// Package browser tests the pages of internal/certificate in Chromium: that
// they judge what is dropped on them, find their own edits, send nothing, and
// can be used by everybody. It has tests only, in a module of its own so that
// the product needs no browser.
//
// The tests need chromium or google-chrome, or $CHROMIUM; without one they skip
// unless $GIT_ANCHOR_REQUIRE_BROWSER is 1. $AXE names axe.min.js of axe-core,
// without which the accessibility tests do the same. $SCREENSHOTS names a
// directory that pictures of all pages are written to, for somebody to look at.
package browser
