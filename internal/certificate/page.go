package certificate

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/openllmo/git-anchor/internal/bitcoin"
	"github.com/openllmo/git-anchor/internal/ots"
)

//go:embed page/page.html page/style.css js/*.js
var pageFiles embed.FS

// explorers are what the online verifier may ask, as its policy names them.
const explorers = "https://blockstream.info https://mempool.space"

// rare reports whether a script that judges the proof needs more than SHA-256.
func rare(p *ots.Proof) bool { return p.Hash != ots.SHA256 || rareBelow(p.Tree) }

func rareBelow(t *ots.Tree) bool {
	return slices.ContainsFunc(t.Branches, func(b ots.Branch) bool {
		tag := b.Op.Tag
		return tag == ots.SHA1 || tag == ots.RIPEMD160 || tag == ots.Keccak256 || rareBelow(b.Tree)
	})
}

// A frame is what every page has.
type frame struct {
	Lang    Lang
	State   State // "" on the verifier
	Regtest bool
	Title   string
	Policy  string
	Style   template.CSS
	Script  template.JS
	Data    any // what the script reads, nil for nothing
	words   words
}

// T returns the text of a key.
func (f frame) T(key string) string { return f.words.say(key) }

// code returns the JavaScript of these files, one behind the other.
func code(names ...string) (string, error) {
	text := ""
	for _, name := range names {
		part, err := pageFile("js/" + name + ".js")
		if err != nil {
			return "", err
		}
		text += part
	}
	return strip(text, looseScript), nil
}

// core names the files of the verifier's core, without the hash functions that
// few proofs have unless they are asked for.
func core(rare bool) []string {
	if rare {
		return []string{"hashes", "rare", "bytes", "proof", "header"}
	}
	return []string{"hashes", "bytes", "proof", "header"}
}

// pageFile returns a part of pages as it was written.
func pageFile(name string) (string, error) {
	raw, err := pageFiles.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read the page's parts: %w", err)
	}
	return string(raw), nil
}

// newFrame prepares a page, of which there are the language, the state and
// whether it is on regtest, with these scripts. Its policy allows exactly its own
// style and script, and no request but to what connect names. What the script says
// and the eras it judges headers by are part of it, so that the policy covers them.
func newFrame(f frame, connect string, scripts ...string) (frame, error) {
	var err error
	if f.words, err = f.Lang.words(); err != nil {
		return frame{}, err
	}
	text, err := code(scripts...)
	if err != nil {
		return frame{}, err
	}
	if text, err = f.built(text); err != nil {
		return frame{}, err
	}
	style, err := pageFile("page/style.css")
	if err != nil {
		return frame{}, err
	}
	style = strip(style, looseStyle)
	f.Style, f.Script = template.CSS(style), template.JS(text)
	f.Policy = fmt.Sprintf("default-src 'none'; script-src %s; style-src %s; base-uri 'none'; form-action 'none'", source(text), source(style))
	if connect != "" {
		f.Policy += "; connect-src " + connect
	}
	return f, nil
}

// built makes of a script the body of one function, and puts before it what it
// takes from here. Of the texts that is those whose key, without "js.", or the
// beginning of it up to the last dot, is a string of the script, and which are not
// for another state; of eras, 8 hexadecimal digits of bits and 4 of the day each,
// since 1970.
func (f frame) built(script string) (string, error) {
	texts, eras := words{}, ""
	for key, text := range f.words {
		name := strings.TrimPrefix(key, "js.")
		group := name[:strings.LastIndexByte(name, '.')+1]
		if name != key && f.isFor(name[len(group):]) && (strings.Contains(script, `"`+name+`"`) || group != "" && strings.Contains(script, `"`+group+`"`)) {
			texts[name] = text
		}
	}
	for _, e := range bitcoin.Mainnet().Eras() {
		eras += fmt.Sprintf("%08x%04x", e.Bits, e.Begin.Add(12*time.Hour).Unix()/86400)
	}
	raw, err := json.Marshal(struct {
		Texts words  `json:"texts"`
		Eras  string `json:"eras"`
	}{texts, eras})
	if err != nil {
		return "", fmt.Errorf("write the script's texts: %w", err)
	}
	return "\"use strict\";(()=>{const built=" + string(raw) + ";\n" + script + "})()\n", nil
}

// isFor reports whether a text whose key ends so is for this page.
func (f frame) isFor(ending string) bool {
	switch State(ending) {
	case Confirmed, Pending, Changed:
		return f.State == "" || f.State == State(ending)
	case "regtest":
		return f.Regtest
	}
	return true
}

// source names a script or style in a Content-Security-Policy by its hash.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// render executes one of the templates of page/page.html, which escapes by
// context whatever is put into it.
func render(name string, view any) ([]byte, error) {
	t, err := template.New(name).Funcs(template.FuncMap{"dated": dated}).ParseFS(pageFiles, "page/page.html")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, view); err != nil {
		return nil, fmt.Errorf("render the page: %w", err)
	}
	return b.Bytes(), nil
}

// dated keeps days in a text from being broken.
func dated(text string) template.HTML {
	return template.HTML(day.ReplaceAllString(template.HTMLEscapeString(text), "<time>$0</time>"))
}

var day = regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)

// Verifier returns the empty page: drop a document and its proof, and paste the
// block's header. The online one asks two block explorers for it, on a click;
// its policy allows requests to these two and nobody else. The error says that
// lang is not one of Langs.
func Verifier(lang Lang, online bool) ([]byte, error) {
	connect, hint := "", "drop.hint.both"
	if online {
		connect, hint = explorers, "drop.hint.online"
	}
	f, err := newFrame(frame{Lang: lang}, connect, append(core(true), "page", "verifier")...)
	if err != nil {
		return nil, err
	}
	f.Title = f.T("v.title")
	return render("verifier", struct {
		frame
		Online     bool
		DropHint   string
		Shows, Not []string
		Made       string
	}{f, online, f.T(hint), []string{f.T("v.shows"), f.T("shows.anyone")}, denials(f.words), "git-anchor"})
}

// denials are what no timestamp shows.
func denials(w words) []string {
	return []string{w.say("not.true"), w.say("not.who"), w.say("not.when"), w.say("not.only")}
}
