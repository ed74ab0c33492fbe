package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// actor is everything that the screen can act with.
func actor(o *Options) { o.Attacher, o.Signaller, o.Taper = stopping(), &signaller{}, &taper{} }

// With --readonly each key that acts on a process says why it does nothing, and
// neither the help nor any bar names it.
func TestReadonlyActsOnNothingAndSaysWhy(t *testing.T) {
	readonly := func(o *Options) { actor(o); o.Readonly = true }
	d := newDriver(t, 120, 60, readonly).sample(bareNode())
	keys := []string{"r", "R", "x", "f9", "w", " "}
	for _, place := range [][]string{{"g"}, {"enter"}, {"enter"}, {"enter"}} {
		d.keys(place...)
		for _, key := range keys {
			if key == " " && d.app.world.place.level != nodeLevel {
				continue // tags nothing there
			}
			d.keys("j", "k") // a remark goes with the next key
			if command := d.keys(key); command != nil || d.app.dialog != nil {
				t.Fatalf("%s at level %d does something", key, d.app.world.place.level)
			}
			d.shows("this monitor is read-only (--readonly)")
		}
	}
	d.keys("esc", "esc", "esc", "G", "a")
	d.shows("cannot be attached to: this monitor is read-only (--readonly)")
	if len(d.app.world.tagged) > 0 || len(d.releaser.asked) > 0 {
		t.Errorf("tagged %v, released %v", d.app.world.tagged, d.releaser.asked)
	}
	k := d.app.keys
	acting := []string{keyNames(k.Release), keyNames(k.ReleaseAll), keyNames(k.Signal), keyNames(k.Tag), keyNames(k.Attach), keyNames(k.WhatIf)}
	for _, group := range k.groups() {
		if group.title != "Act" {
			continue
		}
		for _, h := range group.keys {
			if slices.Contains(acting, keyNames(h.Binding)) {
				t.Errorf("the help names %s", keyNames(h.Binding))
			}
		}
	}
	all := newDriver(t, 120, 60, actor).sample(bareNode())
	for _, group := range all.app.keys.groups() {
		for _, h := range group.keys {
			if group.title == "Act" {
				acting = slices.DeleteFunc(acting, func(name string) bool { return name == keyNames(h.Binding) })
			}
		}
	}
	if len(acting) > 0 {
		t.Errorf("without --readonly the help does not name %q", acting)
	}
	for _, tabs := range d.app.views {
		for _, view := range tabs {
			if view == nil {
				continue
			}
			for _, b := range view.bar(k) {
				if b.Help().Desc != "" && slices.ContainsFunc([]string{"r", "R", "x", "a", " ", "w"}, func(name string) bool { return slices.Contains(b.Keys(), name) }) {
					t.Errorf("a key bar names %s", keyNames(b))
				}
			}
		}
	}
}

// Every pane that asks names its target, the gravest consequence and both answers
// on every screen that has room for a pane.
func TestActingPanesOnSmallScreens(t *testing.T) {
	for _, size := range [][2]int{{200, 60}, {120, 40}, {80, 24}, {60, 12}, {40, 10}} {
		for name, c := range map[string]struct {
			node func() *fragcalc.Snapshot
			open func(*driver) (pid int)
			says []string
		}{
			"signal": {rankNode, func(d *driver) int {
				pid := firstRank(d.app.latest)
				d.pick(pid)
				d.keys("x", "enter")
				return pid
			}, []string{"SIGTERM", "The other 2", "fail or hang"}},
			"kill": {rankNode, func(d *driver) int {
				pid := firstRank(d.app.latest)
				d.pick(pid)
				d.keys("x", "G", "enter")
				return pid
			}, []string{"SIGKILL", "The other 2", "fail or hang"}},
			"attach": {bareNode, func(d *driver) int {
				d.keys("G")
				pid := d.app.selectedPID()
				d.settle(d.keys("a"))
				return pid
			}, []string{"its main thread stopped"}},
			"history": {func() *fragcalc.Snapshot { return testNode(1, 2, 9) }, func(d *driver) int {
				pid := d.app.selectedPID()
				d.keys("w")
				return pid
			}, []string{"Cost:"}},
			"release": {rankNode, func(d *driver) int {
				pid := firstRank(d.app.latest)
				d.pick(pid)
				d.keys("r")
				return pid
			}, []string{"stalls all 8"}},
		} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				d := newDriver(t, size[0], size[1], actor).sample(c.node())
				pid := c.open(d)
				text := strings.Join(d.pane(), " ")
				for _, word := range append(c.says, fmt.Sprint(pid), "[ No ]", "[ Yes ]") {
					if !strings.Contains(text, word) {
						t.Errorf("%q is not to be read:\n%s", word, strings.Join(d.screen(), "\n"))
					}
				}
				checkBounds(t, d, size[0], size[1], []string{name})
			})
		}
	}
}

// pick selects a process of the node's list, also one that is not on the screen.
func (d *driver) pick(pid int) {
	d.t.Helper()
	for i := range d.app.latest.Processes {
		if p := &d.app.latest.Processes[i]; p.PID == pid {
			d.app.views.node().processes.Find(p.RowID)
			d.app.settle()
			return
		}
	}
	d.t.Fatalf("no process %d", pid)
}

// pane is the text of the pane that is open, word by word: what is in its frame, or
// in the place of the view where there is no room for one.
func (d *driver) pane() []string {
	var framed, plain []string
	side := string(d.app.world.look.Glyphs.Box.Vertical)
	lines := d.screen()
	for _, line := range lines[1 : len(lines)-len(d.app.bottom(0))] {
		if _, inside, ok := strings.Cut(line, side+" "); ok {
			inside, _, _ = strings.Cut(inside, side)
			framed = append(framed, strings.Fields(inside)...)
		}
		plain = append(plain, strings.Fields(line)...)
	}
	if len(framed) > 0 {
		return framed
	}
	return plain
}

// selectedPID is that of the process an action is meant for.
func (a *app) selectedPID() int {
	p, ok := a.selected()
	if !ok {
		return 0
	}
	return p.PID
}
