package tui

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui/quiet"
)

func TestMain(m *testing.M) {
	quiet.Restore()
	if os.Getenv(childEnv) != "" {
		os.Exit(runChild())
	}
	os.Exit(m.Run())
}

// silent is a source that is never asked in tests of the model: they hand
// samples in as messages.
type silent struct{}

func (silent) Sample(context.Context) *fragcalc.Snapshot { return nil }

// releaser records what it was asked for, and gives one answer to all.
type releaser struct {
	asked   []fragcalc.ReleasePlan
	answer  fragcalc.ReleaseOutcome
	retries fragcalc.Count
}

func (r *releaser) Release(_ context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport {
	r.asked = append(r.asked, plan)
	var report fragcalc.ReleaseReport
	for _, step := range plan.Steps {
		for _, target := range step {
			answer := r.answer
			answer.Target = target
			each(answer)
			report.Outcomes = append(report.Outcomes, answer)
			for _, g := range answer.GPUs {
				report.GPUs = append(report.GPUs, fragcalc.FreedGPU{GPUUUID: g.GPUUUID, Back: g.Back(), Taken: g.Taken})
			}
		}
	}
	return report
}

func (r *releaser) Retries(context.Context, fragcalc.ReleaseOutcome) fragcalc.Count { return r.retries }

// driver drives a model as Bubble Tea would, without a terminal.
type driver struct {
	t        *testing.T
	app      *app
	releaser *releaser
	recorder *recorder
	polls    int             // samples asked for
	controls strings.Builder // what was sent to the terminal itself
}

// plainTerminal is an environment without colours.
func plainTerminal(name string) string {
	return map[string]string{"TERM": "dumb", "LANG": "C.UTF-8"}[name]
}

func newDriver(t *testing.T, width, height int, change ...func(*Options)) *driver {
	t.Helper()
	theme, err := themes.Load("")
	if err != nil {
		t.Fatal(err)
	}
	d := &driver{t: t, releaser: &releaser{}, recorder: &recorder{}}
	options := Options{Source: silent{}, Taper: &taper{}, Releaser: d.releaser, Recorder: d.recorder, Theme: theme, Interval: time.Second, Version: "test", Getenv: plainTerminal}
	for _, f := range change {
		f(&options)
	}
	if d.app, err = newApp(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	d.app.Init()
	d.send(tea.WindowSizeMsg{Width: width, Height: height})
	return d
}

// send delivers a message and returns the command that answers it.
func (d *driver) send(message tea.Msg) tea.Cmd {
	before := d.app.polling.poll
	_, command := d.app.Update(message)
	d.polls += d.app.polling.poll - before
	return command
}

// sample answers the poll that is under way, or begins one and answers it.
func (d *driver) sample(s *fragcalc.Snapshot) *driver {
	if !d.app.polling.underway {
		d.send(pollDueMsg{d.app.polling.poll})
	}
	d.send(snapshotMsg{poll: d.app.polling.poll, snapshot: s})
	return d
}

// keys presses keys by the names Bubble Tea gives them; the command of the
// last one is returned.
func (d *driver) keys(names ...string) tea.Cmd {
	var command tea.Cmd
	for _, name := range names {
		command = d.send(keyMessage(name))
	}
	return command
}

func keyMessage(name string) tea.KeyMsg {
	for kind := tea.KeyType(-100); kind < 128; kind++ {
		if kind.String() == name && name != " " {
			return tea.KeyMsg{Type: kind}
		}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// screen is what is seen, without trailing spaces.
func (d *driver) screen() []string {
	lines := strings.Split(ansi.Strip(d.app.View()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

// line is the first line that contains a text; it fails where there is none.
func (d *driver) line(text string) string {
	d.t.Helper()
	for _, line := range d.screen() {
		if strings.Contains(line, text) {
			return line
		}
	}
	d.t.Fatalf("no line with %q on the screen:\n%s", text, strings.Join(d.screen(), "\n"))
	return ""
}

func (d *driver) shows(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		d.line(text)
	}
}

func (d *driver) hides(texts ...string) {
	d.t.Helper()
	screen := strings.Join(d.screen(), "\n")
	for _, text := range texts {
		if strings.Contains(screen, text) {
			d.t.Errorf("%q is on the screen:\n%s", text, screen)
		}
	}
}

// selected is the line of the process table that the cursor is on.
func (d *driver) selected() string {
	d.t.Helper()
	at := ""
	for _, line := range d.screen() {
		if strings.HasPrefix(line, "▸") {
			at = line
		}
	}
	if at == "" {
		d.t.Fatalf("nothing is selected:\n%s", strings.Join(d.screen(), "\n"))
	}
	return strings.TrimSpace(strings.TrimPrefix(at, "▸"))
}
