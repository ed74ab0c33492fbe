package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gpufragtop/gpufragtop/cudashim/page"
	"github.com/gpufragtop/gpufragtop/cudashim/page/pagetest"
	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/nvmltest"
)

// The test binary is also a process with a page, and a doctor of another user.
const (
	pageVariable   = "GPUFRAGTOP_TEST_PAGE"
	doctorVariable = "GPUFRAGTOP_TEST_DOCTOR"
)

var standin string

func TestMain(m *testing.M) {
	if kind, ok := os.LookupEnv(pageVariable); ok {
		if err := publish(kind); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	if pid, ok := os.LookupEnv(doctorVariable); ok {
		n, _ := strconv.Atoi(pid)
		_ = json.NewEncoder(os.Stdout).Encode(New(Options{}).Process(context.Background(), n))
		return
	}
	pagetest.Lock(pagetest.AmongOthers)
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "gpufragtop-doctor-")
	if err == nil {
		defer os.RemoveAll(dir)
		standin, err = nvmltest.Build(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// publish is a process with a page of the given kind.
func publish(kind string) error {
	p, err := pagetest.NewPublisher()
	if err != nil {
		return err
	}
	p.Header.SourceHash = strings.Repeat("a", 64)
	framework := "pytorch"
	switch kind {
	case "no framework":
		framework = ""
		p.Header.Capabilities = page.CapPython | page.CapCaptureCount
		p.Header.WalkStatus = page.WalkNoFramework
	case "not ready":
		p.Header.WalkStatus = page.WalkNotReady
	case "async":
		p.Header.WalkStatus = page.WalkUnsupported
	case "history":
		p.Header.WalkStatus = page.WalkHistoryOn
	case "over budget":
		p.Header.WalkStatus = page.WalkOverBudget
	case "hook off":
		p.Header.Capabilities &^= page.CapRelease
	case "no captures":
		p.Header.Capabilities &^= page.CapCaptureCount
	case "another layout":
		header := page.EncodeHeader(p.Header)
		header[8] = 9 // abi_major
		if _, err := p.Page.WriteAt(header, 0); err != nil {
			return err
		}
		fmt.Println("ready")
		time.Sleep(time.Hour)
	}
	device := page.Device{UUID: [16]byte{1}, Context: true, Counters: fragcalc.Counters{
		Reserved: fragcalc.Of[int64](2 << 20), Allocated: fragcalc.Of[int64](1 << 20), Active: fragcalc.Of[int64](1 << 20), Requested: fragcalc.Of[int64](1 << 20)}}
	counters := page.Counters{Slot: page.Slot{TakenAt: pagetest.Now()}, Framework: framework}
	if framework != "" {
		counters.Devices = []page.Device{device}
	}
	work := func() error {
		p.Header.Heartbeat = pagetest.Now()
		counters.TakenAt = pagetest.Now()
		if err := p.PublishCounters(counters); err != nil {
			return err
		}
		if kind != "good" && kind != "hook off" && kind != "no captures" {
			return nil
		}
		return p.PublishWalk(page.Walk{Slot: page.Slot{TakenAt: pagetest.Now()}, Devices: []page.WalkDevice{{Device: device,
			Segments: []fragcalc.WalkSegment{{Segment: fragcalc.Segment{Address: 0x1000000, Size: 2 << 20, Blocks: []fragcalc.Block{
				{Address: 0x1000000, Size: 1 << 20, Requested: 1 << 20, State: fragcalc.BlockUsed}, {Address: 0x1100000, Size: 1 << 20}}}}}}}})
	}
	if err := work(); err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		seen := p.WakeWord()
		if err := work(); err != nil {
			return err
		}
		p.Sleep(seen, 200*time.Millisecond)
	}
}

// finding is the one finding about a topic.
func finding(t *testing.T, r wayin.Report, topic string) wayin.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Topic == topic {
			return f
		}
	}
	t.Fatalf("nothing about %q in %+v", topic, r.Findings)
	return wayin.Finding{}
}

// says checks a finding's level and words, wherever they stand.
func says(t *testing.T, r wayin.Report, topic string, level wayin.Level, words ...string) {
	t.Helper()
	f := finding(t, r, topic)
	if f.Level != level {
		t.Errorf("%s is a %s: %+v", topic, f.Level, f)
	}
	whole(t, r)
	text := f.What + "\n" + f.Why + "\n" + f.Do
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s does not say %q: %+v", topic, word, f)
		}
	}
}

// pastable tells whether a way out is one command, without words around it.
func pastable(do string) bool {
	if strings.HasPrefix(do, "gpufragtop run -- ") { // the rest is somebody's command line
		return true
	}
	first, _, _ := strings.Cut(do, " ")
	known := map[string]bool{"gpufragtop": true, "sudo": true, "ls": true, "pgrep": true, "unset": true, "nvidia-smi": true}
	return known[first] && !strings.ContainsAny(do, "…(;,<") && !strings.Contains(do, " or ")
}

// whole checks what holds for every report.
func whole(t *testing.T, r wayin.Report) {
	t.Helper()
	for _, f := range r.Findings {
		if f.What == "" || f.Topic == "" || strings.Contains(f.What+f.Why+f.Do, "\n") {
			t.Errorf("%+v", f)
		}
		if f.Level == wayin.Problem && f.Do == "" && f.Why == "" {
			t.Errorf("a problem with neither a reason nor a way out: %+v", f)
		}
		if f.Do != "" && !pastable(f.Do) {
			t.Errorf("not to be pasted: %q", f.Do)
		}
	}
	if len(r.Findings) == 0 {
		t.Error("no findings")
	}
}
