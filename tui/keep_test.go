package tui

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/tui/terminal"
)

// keeper remembers what it was to keep.
type keeper struct {
	name    string
	content []byte
	err     error
}

func (k *keeper) Keep(stem, extension string, content []byte) (string, error) {
	k.name, k.content = stem+extension, content
	return k.name, k.err
}

// runs carries out the command of the last key.
func (d *driver) runs(command tea.Cmd) {
	d.t.Helper()
	if command == nil {
		d.t.Fatalf("nothing is done:\n%s", strings.Join(d.screen(), "\n"))
	}
	switch message := command().(type) {
	case nil:
	case terminal.Control:
		d.controls.WriteString(string(message))
	case tea.BatchMsg:
		for _, one := range message {
			d.runs(one)
		}
	default:
		d.send(message)
	}
}

func withKeeper(k *keeper) func(*Options) { return func(o *Options) { o.Keeper = k } }

func TestTheSelectionIsCopied(t *testing.T) {
	k := &keeper{}
	d := newDriver(t, 120, 40, withKeeper(k), func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": "1"}[name]
		}
	}).sample(testNode(1, 2, 9))
	var process fragcalc.Process
	for _, p := range d.app.world.snapshot.Processes {
		if strings.HasPrefix(d.selected(), rowName(p.RowID)+" ") {
			process = p
		}
	}
	pool := process.Pools[largestPool(&process)]
	for _, c := range []struct{ what, name, key string }{
		{"process 48049", "gpufragtop-48049.json", "release_estimate_bytes"},
		{"pool large · default stream", "gpufragtop-48049-pool.json", "segment_count"},
		{"segment 0x", "gpufragtop-48049-0x", "expandable"},
		{"block 0x", "gpufragtop-48049-0x", "state"},
		{"block 0x", "gpufragtop-48049-0x", "state"}, // on the screen of the block itself
	} {
		d.controls.Reset()
		d.runs(d.keys("y"))
		d.shows(c.what, "clipboard, if it takes it", k.name)
		var object map[string]any
		if err := json.Unmarshal(k.content, &object); err != nil || object[c.key] == nil {
			t.Errorf("%s: %v: %s", c.what, err, k.content)
		}
		if !strings.HasPrefix(k.name, c.name) {
			t.Errorf("%s is in %s", c.what, k.name)
		}
		encoded, ok := strings.CutPrefix(d.controls.String(), "\x1b]52;c;")
		sent, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(encoded, "\a"))
		if !ok || err != nil || string(sent) != string(k.content) {
			t.Errorf("%s: %v: the terminal got %q", c.what, err, d.controls.String())
		}
		if c.key == "segment_count" && object["reserved_bytes"] != float64(pool.Reserved.Or(0)) {
			t.Errorf("the pool has %v bytes", object["reserved_bytes"])
		}
		d.keys("enter")
	}
	d.app.options.Copy = CopyFile
	d.controls.Reset()
	d.runs(d.keys("y"))
	if d.controls.Len() > 0 {
		t.Errorf("the terminal got %q", d.controls.String())
	}
	d.app.options.Copy, k.name = CopyClipboard, ""
	d.runs(d.keys("y"))
	if k.name != "" || d.controls.Len() == 0 {
		t.Errorf("kept in %q, %d bytes to the terminal", k.name, d.controls.Len())
	}
	k.err = errors.New("open x.json: no room")
	d.app.options.Copy = CopyBoth
	d.runs(d.keys("y"))
	d.shows("no file: open x.json: no room")
}

func TestNothingIsCopied(t *testing.T) {
	d := newDriver(t, 120, 40).sample(testNode(1, 2, 9)) // a terminal that takes nothing, and no folder
	if command := d.keys("y"); command != nil {
		t.Error("something is copied to nowhere")
	}
	d.shows("not copied: there is neither")
	d.keys("Y")
	d.shows("not saved: there is no folder")
	k := &keeper{}
	d = newDriver(t, 120, 40, withKeeper(k)).sample(testNode(1, 2, 0))
	d.runs(d.keys("y")) // a node without processes: its GPU
	if k.name != "gpufragtop-gpu0.json" || !strings.Contains(string(k.content), "memory_total_bytes") {
		t.Errorf("%s: %s", k.name, k.content)
	}
	d = newDriver(t, 120, 40, withKeeper(k)).sample(&fragcalc.Snapshot{})
	d.keys("y")
	d.shows("nothing is selected here")
}

func TestJobsAreCopied(t *testing.T) {
	k := &keeper{}
	d := newDriver(t, 160, 40, withKeeper(k)).sample(jobNode())
	d.keys("T", "g")
	for !strings.Contains(d.selected(), "[-]") {
		d.keys("j")
	}
	d.runs(d.keys("y"))
	if k.name != "gpufragtop-job.json" || !strings.Contains(string(k.content), `"members"`) {
		t.Errorf("%s: %s", k.name, k.content)
	}
}

func TestTheScreenIsSaved(t *testing.T) {
	k := &keeper{}
	d := newDriver(t, 100, 30, withKeeper(k), func(o *Options) {
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
		}
	}).sample(goldenNode())
	for _, keys := range [][]string{{"Y"}, {"?", "f12"}} {
		for _, key := range keys[:len(keys)-1] {
			d.keys(key)
		}
		want := strings.Join(d.screen(), "\n") + "\n"
		d.runs(d.keys(keys[len(keys)-1]))
		if k.name != "gpufragtop-screen.txt" || string(k.content) != want {
			t.Errorf("%v: %s:\n%s\nwant\n%s", keys, k.name, k.content, want)
		}
		if strings.ContainsAny(string(k.content), "\x1b\r\t\a") {
			t.Error("an escape is in it")
		}
		d.shows("the screen: in gpufragtop-screen.txt")
		d.keys("esc")
	}
}

func TestClipboardSequences(t *testing.T) {
	text := []byte(strings.Repeat("frag ", 1000))
	plain := "\x1b]52;c;" + base64.StdEncoding.EncodeToString(text) + "\a"
	through := clipboardSequence(env("TERM=screen", "STY=1.pts"), text)
	var handed strings.Builder
	for _, part := range strings.Split(strings.TrimSuffix(through, "\x1b\\"), "\x1b\\") {
		inner, ok := strings.CutPrefix(part, "\x1bP")
		if !ok || len(inner) > 700 {
			t.Errorf("screen gets %q", part)
		}
		handed.WriteString(inner)
	}
	if handed.String() != plain {
		t.Error("screen hands something else on")
	}
	tmux := clipboardSequence(env("TERM=tmux-256color", "TMUX=/tmp/x"), text)
	if tmux != plain+"\x1bPtmux;\x1b"+plain+"\x1b\\" {
		t.Errorf("tmux gets %q", tmux)
	}
	if got := clipboardSequence(env("TERM=xterm"), text); got != plain {
		t.Errorf("%q", got)
	}
	for name, got := range map[string]string{
		"the kernel's terminal": clipboardSequence(env("TERM=linux"), text),
		"too much":              clipboardSequence(env("TERM=xterm"), make([]byte, mostClipboard+1)),
	} {
		if got != "" {
			t.Errorf("%s gets %d bytes", name, len(got))
		}
	}
}

// env reads an environment of its own.
func env(set ...string) func(string) string {
	return func(name string) string {
		for _, pair := range set {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}
