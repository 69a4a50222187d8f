package certificate

import (
	"github.com/openllmo/git-anchor/internal/evidence"
	"github.com/openllmo/git-anchor/internal/ots"
)

// A namedFile is a file that a record of evidence names, with the key of the text
// that says what it is there.
type namedFile struct {
	role string
	evidence.File
}

// named lists the files that the record names, in each of their roles, none of
// another document.
func (c *Certificate) named() []namedFile {
	r := c.Evidence
	if r == nil {
		return nil
	}
	var list []namedFile
	for _, answer := range []struct {
		role string
		file *evidence.File
	}{{"role.whois", r.WHOIS}, {"role.dns", r.DNS}, {"role.hosting", r.Hosting}} {
		if answer.file != nil {
			list = append(list, namedFile{answer.role, *answer.file})
		}
	}
	for _, f := range r.Attachments {
		list = append(list, namedFile{"role.attachment", f})
	}
	return list
}

// shown is the name that the file goes by: where it lies, or its own where it is
// kept elsewhere.
func (f namedFile) shown() string {
	if f.Kept() {
		return f.Path()
	}
	return f.Name
}

// about is the title: the document's, or that which a record of evidence has for what it is about.
func (c *Certificate) about() string {
	if c.Evidence != nil {
		return c.Evidence.Title
	}
	return c.Title
}

// url is what a record of evidence is about, "" for other documents.
func (c *Certificate) url() string {
	if c.Evidence != nil {
		return c.Evidence.URL
	}
	return ""
}

// tellsFiles reports whether the page carries a record that names files, and can
// tell them by it.
func (c *Certificate) tellsFiles(p *ots.Proof) bool {
	return len(c.named()) > 0 && c.Document != nil && c.State() != Changed && p.Hash == ots.SHA256
}
