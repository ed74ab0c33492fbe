package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/query"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
	"github.com/gpufragtop/gpufragtop/probe"
	"github.com/gpufragtop/gpufragtop/probe/tape"
	"github.com/gpufragtop/gpufragtop/themes"
	"github.com/gpufragtop/gpufragtop/tui"
)

// source is what the monitor needs of a node, real or demo.
type source interface {
	tui.Source
	tui.Releaser
	SampleFresh(ctx context.Context) *fragcalc.Snapshot
	Close()
}

// monitor is the program without a verb.
func monitor(ctx context.Context, s settings) error {
	return s.present(ctx, func() (source, error) { return s.open(), nil })
}

// present shows a source as the flags say: on the screen, as text or as JSON.
func (s settings) present(ctx context.Context, open func() (source, error)) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if err := s.check(); err != nil {
		return err
	}
	filter, err := s.selection()
	if err != nil {
		return failf(exitUsage, "%v", err)
	}
	if s.sort != "" && !query.HasKey(s.sort) {
		return failf(exitUsage, "--sort %q: sort by one of %s", s.sort, strings.Join(sortKeys(), ", "))
	}
	theme, err := s.loadTheme()
	if err != nil {
		return failf(exitUsage, "%v", err)
	}
	screen := !s.json && !s.once && terminalOut()
	if screen && os.Getenv("TERM") == "dumb" {
		return failf(exitUsage, "TERM=dumb cannot show the screen: use --once for text or --json")
	}
	node, err := open()
	if err != nil {
		return err
	}
	defer node.Close()
	switch {
	case s.json:
		return s.printJSON(ctx, node, filter)
	case !screen:
		return s.printOnce(ctx, node, filter)
	}
	return s.show(ctx, node, theme)
}

func (s settings) open() source {
	options := probe.Options{Version: versionText(), Devices: s.devices, Readonly: s.readonly}
	if s.demo {
		return probe.NewDemo(s.seed, options)
	}
	return probe.NewSampler(options)
}

// show runs the screen.
func (s settings) show(ctx context.Context, node source, theme themes.Theme) error {
	calm()
	first := &primed{source: node, first: make(chan *fragcalc.Snapshot, 1)}
	go func() { first.first <- node.Sample(ctx) }()
	expression, err := s.selectionText()
	if err != nil {
		return failf(exitUsage, "%v", err)
	}
	recorder, _ := node.(tui.Recorder) // a file cannot record
	var signals tui.Signaller
	if demo, ok := node.(*probe.Demo); ok {
		signals = demo
	}
	var why tui.Doctor
	var attaches tui.Attacher // of processes on this node
	_, live := node.(*probe.Sampler)
	if live {
		why = newDoctor(true)
	}
	if live && os.Getenv("HOST_PROC") == "" { // else their numbers are not ours
		attaches, signals = attacher{}, probe.Signaller{}
	}
	err = tui.Run(ctx, tui.Options{
		Attacher:        attaches,
		ExpandableSaves: whatif.ExpandableSaves,
		Source:          first,
		Releaser:        node,
		Recorder:        recorder,
		Signaller:       signals,
		Doctor:          why,
		Reports:         s.reports(node),
		Taper:           s.taper(node),
		Theme:           theme,
		Themes:          themeLibrary(),
		Choices:         s.choices,
		Settings:        s.config,
		Keeper:          keeper{},
		Copy:            s.copy,
		Interval:        time.Duration(s.delay),
		Readonly:        s.readonly,
		ASCII:           s.ascii,
		NoColor:         s.noColor,
		Version:         versionText(),
		Filter:          expression,
		Sort:            s.sort,

		GPUHourPrice: s.price,
	})
	if err != nil {
		return s.screenFailed("", err)
	}
	return nothingToWatch(first.latest())
}

// reports are those of this user beside a live node; none beside anything else.
func (s settings) reports(node source) tui.Reports {
	if _, live := node.(*probe.Sampler); !live {
		return nil
	}
	return probe.NewReports(probe.Options{Version: versionText()})
}

// taper records what is seen of a node; a file is one already.
func (s settings) taper(node source) tui.Taper {
	switch node.(type) {
	case *probe.Sampler, *probe.Demo:
		return tape.NewDeck(tape.Options{Version: versionText(), Interval: time.Duration(s.delay)})
	}
	return nil
}

// primed hands out the sample that show has begun, then its source's own, and
// remembers the last.
type primed struct {
	source tui.Source
	first  chan *fragcalc.Snapshot
	taken  bool
	last   atomic.Pointer[fragcalc.Snapshot]
}

// latest is the last sample, nil before the first.
func (p *primed) latest() *fragcalc.Snapshot { return p.last.Load() }

// Sample implements tui.Source; it is called from one goroutine at a time.
func (p *primed) Sample(ctx context.Context) *fragcalc.Snapshot {
	var s *fragcalc.Snapshot
	if p.taken {
		s = p.source.Sample(ctx)
	} else {
		p.taken = true
		s = <-p.first
	}
	p.last.Store(s)
	return s
}

// nothingToWatch is the error of a node without NVML and without pages.
func nothingToWatch(snapshot *fragcalc.Snapshot) error {
	if snapshot == nil {
		return nil
	}
	if reason, missing := nvmlFault(snapshot); missing && len(snapshot.Processes) == 0 {
		return failf(exitNoPermission, "%s", reason)
	}
	return nil
}

// nvmlFault is the reason why NVML told nothing, if it did not.
func nvmlFault(snapshot *fragcalc.Snapshot) (string, bool) {
	for _, fault := range snapshot.Faults {
		if fault.Scope == fragcalc.ScopeNode && fault.Field == "nvml" {
			return fault.Reason, true
		}
	}
	return "", false
}

// selection is the filter of --filter, --pid and --user together.
func (s settings) selection() (query.Filter, error) {
	text, err := s.selectionText()
	if err != nil {
		return query.Filter{}, err
	}
	filter, err := query.ParseFilter(text)
	if err != nil {
		return query.Filter{}, fmt.Errorf("--filter: %w", err)
	}
	return filter, nil
}

func (s settings) selectionText() (string, error) {
	var parts []string
	var pids []string
	for _, pid := range s.pids {
		if pid == "" || strings.Trim(pid, "0123456789") != "" {
			return "", fmt.Errorf("--pid %q is not a process id", pid)
		}
		pids = append(pids, "pid=="+pid)
	}
	if len(pids) > 0 {
		parts = append(parts, "("+strings.Join(pids, " | ")+")")
	}
	if s.user != "" {
		parts = append(parts, "user=="+query.Quote(s.user))
	}
	if s.filter != "" {
		parts = append(parts, "("+s.filter+")")
	}
	return strings.Join(parts, " & "), nil
}

func (s settings) loadTheme() (themes.Theme, error) {
	theme, err := themeLibrary().Load(s.theme)
	if err != nil {
		return theme, fmt.Errorf("--theme: %w (gpufragtop themes shows them)", err)
	}
	return theme, nil
}

func sortKeys() []string {
	var names []string
	for _, key := range query.Keys() {
		names = append(names, key.Name)
	}
	return names
}
