package whatif

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/allocconf"
)

// Comparison is one program under several settings.
type Comparison struct {
	Name     string // of the program: a file, or a process
	GPUUUID  string
	Recorded string // the settings it was recorded under; empty = the defaults
	Total    int64  // of the device that was assumed, in bytes; 0 = without bound
	Events   int    // in the trace
	Report   Report
	// Answers begin with the recorded settings; the others come as asked.
	Answers []Answer
}

// Answer is what one setting leads to.
type Answer struct {
	Settings string // as asked; "recorded" for the recorded ones
	Result
}

// Usual are the settings worth trying on any program, without those that it has.
func Usual(recorded string) []string {
	usual := []string{
		"expandable_segments:True",
		"max_split_size_mb:64", "max_split_size_mb:128", "max_split_size_mb:256", "max_split_size_mb:512",
		"roundup_power2_divisions:4", "roundup_power2_divisions:8", "roundup_power2_divisions:16",
		"expandable_segments:True,roundup_power2_divisions:8",
	}
	return slices.DeleteFunc(usual, func(settings string) bool { return settings == recorded })
}

// Compare replays a row's trace under the recorded settings and each asked one,
// on a device of total bytes (0 = without bound). The recorded settings on a
// device without bound are answered by the recording itself.
func Compare(row *fragcalc.Process, asked []string, total int64) (c Comparison, err error) {
	recorded, err := recordedConfig(row.Settings)
	if err != nil {
		return c, err
	}
	configs := make([]Config, len(asked))
	for i, text := range asked {
		if configs[i], err = ParseConfig(text); err != nil {
			return c, err
		}
	}
	p, err := recoverBest(row, recorded, total)
	if err != nil {
		return c, err
	}
	defer func() {
		if recover() != nil {
			c, err = Comparison{}, errContradiction
		}
	}()
	c = Comparison{GPUUUID: row.GPUUUID, Recorded: row.Settings.Text, Total: total, Events: len(row.Trace.Events), Report: p.Report}
	first := p.Recorded
	if total > 0 {
		first = p.Replay(p.config, total)
	}
	c.Answers = append(c.Answers, Answer{"recorded", first})
	for i, config := range configs {
		c.Answers = append(c.Answers, Answer{asked[i], p.Replay(config, total)})
	}
	return c, nil
}

// recoverBest recovers a row's program, and where the model and the recording
// differ tries again with the asked size as that of the recording device.
func recoverBest(row *fragcalc.Process, recorded Config, total int64) (*Program, error) {
	var best *Program
	for _, size := range []int64{0, total} {
		if best != nil && (size == 0 || best.Report.FirstMiss < 0 || !recorded.ExpandableSegments) {
			continue
		}
		p, err := Recover(row.Trace, row.Pools, recorded, size)
		if err != nil {
			return nil, err
		}
		if best == nil || p.Report.Exact > best.Report.Exact {
			best = p
		}
	}
	return best, nil
}

// recordedConfig reads the settings of a recording. Options that a newer version
// has and the model does not know are passed over: what they change shows in the
// report.
func recordedConfig(s fragcalc.AllocatorSettings) (Config, error) {
	if s.Backend != "" && s.Backend != "native" {
		return Config{}, fmt.Errorf("the allocator is %s: only PyTorch's native one is modelled", s.Backend)
	}
	config := allocconf.ParseKnown(s.Text)
	if s.LargeSegmentBytes > 0 {
		config.LargeSegmentSize = s.LargeSegmentBytes
	}
	return config, nil
}

// Ranked is the answers, best first: those that live, by peak, then by what
// stays reserved. Those that run out of memory come last, the longest-lived first.
func (c *Comparison) Ranked() []Answer {
	ranked := slices.Clone(c.Answers)
	slices.SortStableFunc(ranked, func(a, b Answer) int {
		if (a.OOM == nil) != (b.OOM == nil) {
			if a.OOM == nil {
				return -1
			}
			return 1
		}
		return cmp.Or(
			-cmp.Compare(a.OOMEvent, b.OOMEvent),
			cmp.Compare(a.Reserved.Peak, b.Reserved.Peak),
			cmp.Compare(a.Reserved.Current, b.Reserved.Current),
		)
	})
	return ranked
}

// Best is the answer to recommend, if one is better than the recorded settings:
// it lives where they run out of memory, or reserves less at the peak.
func (c *Comparison) Best() (Answer, bool) {
	recorded, best := &c.Answers[0], c.Ranked()[0]
	lives := recorded.OOM != nil && best.OOM == nil
	if best.Settings == "recorded" || !lives && best.Reserved.Peak >= recorded.Reserved.Peak {
		return Answer{}, false
	}
	return best, true
}

// Export is the line for a shell that gives a program these settings.
func (a *Answer) Export() string { return "export PYTORCH_CUDA_ALLOC_CONF=" + a.Settings }

// ExpandableSaves is how much less a row's program would have reserved at its
// peak with expandable_segments:True, on a device without bound, in bytes; it
// may be negative. Unknown where there is no trace.
func ExpandableSaves(row *fragcalc.Process) fragcalc.Bytes {
	if row.Trace == nil {
		return fragcalc.Unknown[int64]("no trace was replayed")
	}
	c, err := Compare(row, []string{"expandable_segments:True"}, 0)
	if err != nil {
		return fragcalc.Unknown[int64](err.Error())
	}
	return fragcalc.Of(c.Answers[0].Reserved.Peak - c.Answers[1].Reserved.Peak)
}
