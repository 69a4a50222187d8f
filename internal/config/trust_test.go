package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A clone whose configuration names explorers, a node, calendars to be asked and
// commands: it loads, none of it has an effect, and each try is reported.
func TestHostileRepository(t *testing.T) {
	file := `explorers = ["https://evil.example/api"]
Explorer = "https://evil.example"
allow-commands = true

[bitcoin]
require = "explorer"
node = "https://evil.example:8332"
rpc_password = "x"
sources = [{url = "https://evil.example"}]

[anchor]
calendar = ["https://evil.example"]
require = "explorer"

[node]
url = "https://evil.example"
user = "u"

[node.deep]
x = 1

[[peers]]
address = "evil.example:8333"

[[documents]]
kind = "file"
paths = ["docs/*.md"]
commands = ["rm -rf ~"]

[ots]
mirror = "https://evil.example"
p2p = {peers = ["evil.example"]}
network = "regtest"
`
	got, err := Parse([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	const who = " has no effect: a repository cannot choose who judges it"
	const sources = who + "; you can set them with git config anchor.explorer"
	const runs = " has no effect: a repository cannot have commands run on your machine"
	want := []Ignored{
		{"explorers", 1, "explorers" + sources},
		{"Explorer", 2, "Explorer" + sources},
		{"allow-commands", 3, "allow-commands" + runs},
		{"bitcoin.node", 7, "bitcoin.node" + who},
		{"bitcoin.rpc_password", 8, "bitcoin.rpc_password" + who},
		{"bitcoin.sources", 9, "bitcoin.sources" + sources},
		{"anchor", 11, "anchor has no effect: only you can set anchor.*, with git config; a repository cannot choose whom you trust"},
		{"node", 15, "node" + who},
		{"node.deep", 19, "node.deep" + who},
		{"peers", 22, "peers" + who},
		{"documents.commands", 28, "documents.commands" + runs},
		{"ots.mirror", 31, "ots.mirror" + who},
		{"ots.p2p", 32, "ots.p2p" + who},
		{"ots.network", 33, "ots.network has no effect: only you can choose the network, with --network"},
	}
	if diff := cmp.Diff(want, got.Ignored); diff != "" {
		t.Errorf("Ignored (-want +got):\n%s", diff)
	}
	harmless := Default()
	harmless.Source, harmless.Ignored = File, got.Ignored
	harmless.Documents = []Rule{{Kind: "file", Paths: []string{"docs/*.md"}}}
	if diff := cmp.Diff(harmless, got); diff != "" {
		t.Errorf("the tries had an effect (-want +got):\n%s", diff)
	}
}

func TestRepositoryCalendars(t *testing.T) {
	const private = "a repository may not name a private or local address"
	tests := []struct{ url, want string }{ // want is empty where the URL is fine
		{"https://alice.btc.calendar.opentimestamps.org", ""},
		{"https://calendar.example:8443/pool/a", ""},
		{"https://8.8.8.8", ""},
		{"https://[2606:4700::1111]/", ""},
		{"http://calendar.example", "the URL must begin with https://"},
		{"http://127.0.0.1:1234", "the URL must begin with https://"},
		{"ftp://calendar.example", "the URL must begin with https://"},
		{"calendar.example", "the URL must begin with https://"},
		{"", "the URL must begin with https://"},
		{"https://", "the URL has no host"},
		{"https://:443/", "the URL has no host"},
		{"https://calendar.example/?a=b", "the URL must not have a query or a fragment"},
		{"https://calendar.example/?", "the URL must not have a query or a fragment"},
		{"https://calendar.example/#a", "the URL must not have a query or a fragment"},
		{"https://localhost", private},
		{"https://LOCALHOST.:8443", private},
		{"https://a.localhost/", private},
		{"https://127.0.0.1/", private},
		{"https://127.8.9.10/", private},
		{"https://10.0.0.1/", private},
		{"https://172.16.0.1/", private},
		{"https://192.168.1.1/", private},
		{"https://169.254.169.254/latest", private},
		{"https://100.64.0.1/", private},
		{"https://0.0.0.0/", private},
		{"https://0.1.2.3/", private},
		{"https://192.0.2.1/", private},
		{"https://198.18.0.1/", private},
		{"https://224.0.0.1/", private},
		{"https://255.255.255.255/", private},
		{"https://[::1]/", private},
		{"https://[::]/", private},
		{"https://[::ffff:127.0.0.1]/", private},
		{"https://[::ffff:10.0.0.1]/", private},
		{"https://[fe80::1%25eth0]/", private},
		{"https://[fd00::1]/", private},
		{"https://[ff02::1]/", private},
		{"https://[64:ff9b::7f00:1]/", private},
		{"https://[2002:7f00:1::]/", private},
		{"https://[2001:db8::1]/", private},
		{"https://2130706433/", "the host is neither a name nor a plain address"},
		{"https://127.1/", "the host is neither a name nor a plain address"},
		{"https://0x7f.0x1/", "the host is neither a name nor a plain address"},
		{"https://0177.0.0.1/", "the host is neither a name nor a plain address"},
	}
	for _, tt := range tests {
		t.Run(tt.url, func(t *testing.T) {
			_, err := Parse([]byte("ots.aggregator_url = '" + tt.url + "'\n"))
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			want := "parse .git-anchor.toml: ots.aggregator_url: " + quote(tt.url) + ": " + tt.want
			if err == nil || err.Error() != want {
				t.Errorf("error = %v\nwant    %s", err, want)
			}
		})
	}
}

// What may hold a password is not repeated.
func TestURLSecrets(t *testing.T) {
	tests := []struct{ url, want string }{
		{"https://user:secret@calendar.example", "the URL must not hold a user name or password"},
		{"https://secret@calendar.example", "the URL must not hold a user name or password"},
		{"https://user:secret %@calendar.example", "it is not a URL"},
	}
	for _, tt := range tests {
		_, err := Parse([]byte("ots.calendars = ['" + tt.url + "']\n"))
		if err == nil || err.Error() != "parse .git-anchor.toml: ots.calendars: "+tt.want {
			t.Errorf("Parse: %v, want %s", err, tt.want)
		}
		_, err = ParsePerson([][2]string{{"anchor.calendar", tt.url}})
		if err == nil || err.Error() != "git config anchor.calendar: "+tt.want {
			t.Errorf("ParsePerson: %v, want %s", err, tt.want)
		}
	}
}

func TestParsePerson(t *testing.T) {
	got, err := ParsePerson([][2]string{
		{"color.ui", "always"},
		{"anchorage.explorer", "x"},
		{"anchor.explorer", "https://explorer.example/api"},
		{"anchor.require", "node"},
		{"anchor.calendar", "https://192.168.1.2:8443/"},
		{"ANCHOR.Explorer", "blockchain.info:http://127.0.0.1:8080"},
		{"anchor.calendar", "http://127.0.0.1:8080/calendar/alice"},
		{"anchor.calendar", "http://[::1]:8080"},
		{"anchor.require", "quorum"},
		{"anchor.node", "http://127.0.0.1:8332"},
		{"anchor.nodecookie", "/c"},
		{"anchor.nodeconf", "/d/bitcoin.conf"},
		{"anchor.nodeuser", "u"},
		{"anchor.nodepassword", "p"},
		{"anchor.mirror", "https://mirror.example/h"},
		{"anchor.mirror", "rest:http://127.0.0.1:8332"},
		{"anchor.peer", "node.example"},
		{"anchor.peer", "[::1]:8333"},
		{"anchor.p2p", "off"},
		{"anchor.p2p", "on"},
		{"anchor.minconfirmations", "12"},
	})
	want := Person{
		Explorers: []string{"https://explorer.example/api", "blockchain.info:http://127.0.0.1:8080"},
		Calendars: []string{"https://192.168.1.2:8443/", "http://127.0.0.1:8080/calendar/alice", "http://[::1]:8080"},
		Require:   "quorum",
		Node:      Node{URL: "http://127.0.0.1:8332", Cookie: "/c", Conf: "/d/bitcoin.conf", User: "u", Password: "p"},
		Mirrors:   []string{"https://mirror.example/h", "rest:http://127.0.0.1:8332"},
		Peers:     []string{"node.example", "[::1]:8333"},
		P2P:       true, MinConfirmations: 12,
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("ParsePerson: %v (-want +got):\n%s", err, diff)
	}
}

func TestParsePersonRefuses(t *testing.T) {
	tests := []struct{ name, key, value, want string }{
		{"misspelt", "anchor.explorers", "x", "anchor.explorers: unknown setting, the nearest is anchor.explorer"},
		{"misspelt in lower case", "anchor.calender", "1", "anchor.calender: unknown setting, the nearest is anchor.calendar"},
		{"no such setting", "anchor.nodepasswd", "secret", "anchor.nodepasswd: unknown setting, the nearest is anchor.nodePassword"},
		{"no boolean", "anchor.p2p", "perhaps", `anchor.p2p: "perhaps" is not a boolean, want true or false`},
		{"no number", "anchor.minconfirmations", "-1", `anchor.minConfirmations: "-1" is no number of blocks`},
		{"empty node", "anchor.node", "", "anchor.node: the value is empty"},
		{"subsection", "anchor.\x1b[2J.explorer", "x", `anchor."\x1b[2j".explorer: unknown setting, the nearest is anchor.explorer`},
		{"empty explorer", "anchor.explorer", "", "anchor.explorer: the value is empty"},
		{"plain http", "anchor.calendar", "http://192.168.1.2", `anchor.calendar: "http://192.168.1.2": the URL must begin with https://`},
		{"unknown rung", "anchor.require", "confirmed", `anchor.require: "confirmed" is unknown, want one of explorer, quorum, work, chain, node`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParsePerson([][2]string{{tt.key, tt.value}})
			if err == nil || err.Error() != "git config "+tt.want {
				t.Fatalf("error = %v\nwant    git config %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Error("the error repeats the value")
			}
		})
	}
}
