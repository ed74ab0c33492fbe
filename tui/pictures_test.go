package tui

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/demo"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/picturetest"
)

// The README's pictures are screens of the demo node, drawn here and kept in
// docs: go test ./tui -run Picture -update draws them anew.
const picturesFolder = "../docs"

// Size of the screens in the pictures.
const pictureWidth, pictureHeight = 120, 36

// studio is a screen over the demo node, in the colours of the pictures.
type studio struct {
	*driver
	node *demo.Node
	at   time.Time
}

// pictureGround is that of the theme of the pictures.
var pictureGround = picturetest.Ground{Background: "#1a1b26", Text: "#c0caf5"}

func newStudio(t *testing.T) *studio {
	theme, err := themes.Load("tokyo-night")
	if err != nil {
		t.Fatal(err)
	}
	s := &studio{node: demo.NewNode(1), at: epoch}
	s.driver = newDriver(t, pictureWidth, pictureHeight, func(o *Options) {
		o.Theme, o.Releaser = theme, demoReleaser{s.node, epoch.Add(10 * time.Minute)}
		o.Getenv = func(name string) string {
			return map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}[name]
		}
	})
	s.app.status.clock = func() time.Time { return s.at }
	for range 300 {
		s.watch()
	}
	return s
}

// watch takes the next sample.
func (s *studio) watch() {
	s.at = s.at.Add(2 * time.Second)
	s.sample(s.node.Snapshot(s.at))
}

// press presses keys, and delivers what their last command answers.
func (s *studio) press(names ...string) {
	if command := s.keys(names...); s.app.releases.underway {
		s.release(command)
	}
}

func (s *studio) still() string {
	return picturetest.Still(s.app.View(), pictureWidth, pictureHeight, pictureGround)
}

func comparePicture(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(picturesFolder, name+".svg")
	if *update {
		if err := os.MkdirAll(picturesFolder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s does not show the screen as it is: go test ./tui -run Picture -update draws it anew", path)
	}
}

// A picture of each view.
func TestPictures(t *testing.T) {
	for name, keys := range map[string][]string{
		"node":    {},
		"process": {"enter"},
		"pool":    {"enter", "enter"},
		"segment": {"enter", "enter", "enter"},
		"block":   {"enter", "S", "enter", "enter"},
		"map":     {"enter", "v", "B", "+", "+"},
		"stacks":  {"enter", "S"},
		"history": {"enter", "H"},
		"change":  {"enter", "'"},
		"release": {"r"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t)
			s.press(keys...)
			comparePicture(t, name, s.still())
		})
	}
}

// The film of the README: from the node to the hole, and a release.
func TestPictureFilm(t *testing.T) {
	s := newStudio(t)
	var film []picturetest.Frame
	show := func(seconds float64, caption string, keys ...string) {
		s.press(keys...)
		s.watch()
		film = append(film, picturetest.Frame{Screen: s.app.View(), Caption: caption, Seconds: seconds})
	}
	show(4, "Where is the memory? The worst process stands first.")
	show(4, "Enter: inside the process", "enter")
	show(3, "v: its memory as a map", "v")
	show(3, "B: the largest pinned segment, and what pins it", "B")
	show(3, "+ + +: closer", "+", "+", "+")
	show(5, "S: which lines of the program pin how much", "S")
	show(4, "H: the last minutes", "H")
	show(4, "r: what would a release give back, and at what price?", "esc", "r")
	show(5, "y: done, and what came of it", "y")
	comparePicture(t, "demo", picturetest.Film(film, pictureWidth, pictureHeight, pictureGround))
}
