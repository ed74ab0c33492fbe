//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// still is a demo that stands still: after its first sample everything that
// changes on the screen is the answer to a key.
const still = "--demo -d 3600"

// keyPlan says how the screen is brought to where a key applies.
type keyPlan struct {
	args  string   // of the program; empty is still
	keys  []string // pressed first, by tmux's names; each must be seen to do something, too
	ready func(*window)
	sees  string // what the screen must show behind the key, beside being another
}

// keyPlans are by the help's title and the key's name there. A key that is not
// here has the plan of its title in groupPlans, or is pressed on the first
// screen. Who adds a binding adds a line where it does nothing visible there;
// the failure of TestEveryKeyOfTheHelp names it.
var keyPlans = map[string]keyPlan{
	"Look inside/Esc":       {keys: []string{"Enter"}},
	"Look inside/Left":      {keys: []string{"Enter"}},
	"Look inside/h":         {keys: []string{"Enter"}},
	"Look inside/Backspace": {keys: []string{"Enter"}},
	"Look inside/Tab":       {keys: []string{"Enter"}},
	"Look inside/Shift-Tab": {keys: []string{"Enter"}},
	"Look inside/S":         {keys: []string{"Enter"}},
	"Stacks/e":              {keys: []string{"Enter", "S"}},
	"Stacks/E":              {keys: []string{"Enter", "S"}},
	"Move/Up":               {keys: []string{"G"}},
	"Move/k":                {keys: []string{"G"}},
	"Move/Ctrl-U":           {keys: []string{"G"}},
	"Move/PgUp":             {keys: []string{"G"}},
	"Move/g":                {keys: []string{"G"}},
	"Move/Home":             {keys: []string{"G"}},
	"Program/Ctrl-L":        {ready: scribble},
	"Program/Ctrl-Z":        {sees: "Stopped"},
	"Program/q":             {sees: "ready>"},
	"Program/F10":           {sees: "ready>"},
	"Program/Ctrl-C":        {sees: "ready>"},

	"On the memory map/-":    {keys: []string{"Enter", "v", "+"}},
	"On the memory map/=":    {keys: []string{"Enter", "v", "+"}},
	"On the memory map/Left": {keys: []string{"Enter", "v", "Right"}},
	"On the memory map/K":    {keys: []string{"Enter", "v", "J"}},

	"In the history/=":     {keys: []string{"H", "+"}},
	"In the history/Right": {keys: []string{"H", "Left"}},

	"In a replay/Space": {args: replayed, keys: []string{"}", "{", "."}},
	"In a replay/p":     {args: replayed, keys: []string{"}", "{", "."}},
	"In a replay/.":     {args: replayed, keys: []string{"}", "{", "."}},
	"In a replay/]":     {args: replayed, keys: []string{"}", "["}},
	"In a replay/}":     {args: replayed, keys: []string{"}", "{"}},
}

// groupPlans are for all keys under a title that have no plan of their own.
var groupPlans = map[string]keyPlan{
	"On the memory map": {keys: []string{"Enter", "v"}},
	"In the history":    {keys: []string{"H"}},
	"In a replay":       {args: replayed, keys: []string{"}"}},
}

// replayed stands for a replay of a recording of the demo.
const replayed = "replay"

// scribble writes over the screen, as a stray message of another program does.
func scribble(w *window) {
	w.t.Helper()
	tty := strings.TrimSpace(w.tmux("display-message", "-p", "#{pane_tty}"))
	if err := os.WriteFile(tty, []byte("\x1b[5;5Hwrite: hello"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.await("write: hello")
}

// tmuxKeys are tmux's names of keys with other names on the screen.
var tmuxKeys = map[string]string{
	"Esc": "Escape", "Backspace": "BSpace", "PgUp": "PPage", "PgDn": "NPage", "Shift-Tab": "BTab", "Ins": "IC", "Del": "DC",
	"0-9": "1", "1-9": "1", ";": `\;`,
}

func tmuxKey(name string) string {
	if control, ok := strings.CutPrefix(name, "Ctrl-"); ok {
		return "C-" + strings.ToLower(control)
	}
	if key, ok := tmuxKeys[name]; ok {
		return key
	}
	return name
}

// helpKey is a key of the help screen.
type helpKey struct{ title, name string }

// helpKeys reads the keys from the program's own help.
func helpKeys(t *testing.T) []helpKey {
	t.Helper()
	w := openWindow(t, 120, 250) // the whole help, without scrolling
	w.start(still)
	w.keys("?")
	help := w.awaitThat("the help to its end", func(s string) bool {
		return strings.Contains(s, "│ Words") && strings.Contains(s, "│ Signs") && strings.Contains(s, "╰")
	})
	group, row := regexp.MustCompile(`│ (\S.*?) +│`), regexp.MustCompile(`│   (\S+(?: \S+)*?) {2,}\S.*│`)
	var keys []helpKey
	title := ""
	for _, line := range strings.Split(help, "\n") {
		if found := row.FindStringSubmatch(line); found != nil && strings.HasPrefix(title, "Here") {
			continue // they stand in their groups, too
		} else if found != nil {
			for _, name := range strings.Fields(found[1]) {
				keys = append(keys, helpKey{title, name})
			}
		} else if found := group.FindStringSubmatch(line); found != nil {
			if title = found[1]; title == "Words" {
				break
			}
		}
	}
	if len(keys) < 40 {
		t.Fatalf("only %d keys are found in\n%s", len(keys), help)
	}
	return keys
}

// settled is the screen when it has stopped to change.
func (w *window) settled() string {
	w.t.Helper()
	before := w.screen()
	for deadline := time.Now().Add(hang); time.Now().Before(deadline); {
		time.Sleep(80 * time.Millisecond)
		now := w.screen()
		if now == before {
			return now
		}
		before = now
	}
	w.t.Fatalf("the screen does not stand still:\n%s", before)
	return ""
}

// Every key that the help names does something that can be seen, on a real
// terminal.
func TestEveryKeyOfTheHelp(t *testing.T) {
	recording := filepath.Join(t.TempDir(), "demo.tape")
	if got := invoke(t, nil, "record", "--demo", "-d", "0.1", "--for", "1s", "-o", recording); got.code != 0 {
		t.Fatal(got.stderr)
	}
	seen := map[helpKey]bool{}
	keys := helpKeys(t)
	for _, key := range keys {
		seen[key] = true
	}
	for plan := range keyPlans {
		if title, name, _ := strings.Cut(plan, "/"); !seen[helpKey{title, name}] {
			t.Errorf("there is a plan for the key %s under %q, which the help does not have", name, title)
		}
	}
	t.Run("keys", func(t *testing.T) { // waits for those that run side by side
		for _, key := range keys {
			t.Run(key.title+" "+key.name, func(t *testing.T) {
				t.Parallel()
				pressed(t, key, recording)
			})
		}
	})
}

// pressed presses one key where it applies.
func pressed(t *testing.T, key helpKey, recording string) {
	plan, own := keyPlans[key.title+"/"+key.name]
	if !own {
		plan = groupPlans[key.title]
	}
	w := openWindow(t, 120, 40)
	switch plan.args {
	case replayed:
		w.keys(binary+" replay "+recording, "Enter")
		w.await("REPLAY")
	default:
		w.start(orElse(plan.args, still))
	}
	shown := w.settled()
	press := func(name string) {
		t.Helper()
		w.keys(name)
		w.awaitThat(fmt.Sprintf("the key %s changes the screen (see keyPlans)", name), func(s string) bool { return s != shown })
		shown = w.settled()
	}
	for _, name := range plan.keys {
		press(name)
	}
	if plan.ready != nil {
		plan.ready(w)
		shown = w.settled()
	}
	press(tmuxKey(key.name))
	if plan.sees != "" {
		w.await(plan.sees)
	}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
