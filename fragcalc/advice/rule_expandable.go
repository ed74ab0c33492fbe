package advice

import (
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const (
	// strandedShare is the share of reserved memory from which stranded memory
	// is worth a setting or a change of the program.
	strandedShare = 0.10
	// savedShare is the share of reserved memory that a replayed setting must
	// save to be worth a restart.
	savedShare = 0.02
)

// expandable: expandable segments save so much as a replay of the trace says,
// or, without a trace, may help against much stranded memory.
func expandable(c *subject) *Advice {
	switch {
	case !c.pytorch(), c.expandableOn(), c.before(2, 1): // they came with 2.1
		return nil
	case c.sleeps():
		return nil // they exclude each other
	}
	evidence := known("stranded_bytes", c.Stranded)
	if saved, ok := c.ExpandableSaves.Get(); ok {
		if !matters(saved, c.reserved, savedShare) {
			return nil // the trace says that they would not help
		}
		return &Advice{
			Text: "expandable_segments:True saves " + size(saved) + " of the recorded peak when the same requests are replayed: " +
				"add it to PYTORCH_CUDA_ALLOC_CONF and restart." + c.expandableWarning(),
			Evidence: append(evidence, Figure{"expandable_saves_bytes", saved}),
			Expected: c.ExpandableSaves, worth: saved,
		}
	}
	if !matters(c.stranded, c.reserved, strandedShare) {
		return nil
	}
	how := "w (gpufragtop whatif) records and computes."
	if c.trace.read {
		how = "gpufragtop whatif computes it from the trace."
	} else if c.file {
		how = "a snapshot with memory history would tell (gpufragtop whatif)."
	}
	return &Advice{
		Text:     "expandable_segments:True may help against " + size(c.stranded) + " stranded: " + how + c.expandableWarning(),
		Evidence: append(evidence, Figure{"fragmentation_ratio", ratio(c.stranded, c.reserved)}),
		Expected: fragcalc.Unknown[int64]("only a replayed trace tells"), worth: c.stranded / 2,
	}
}

// sleeps tells whether vLLM's sleep mode was asked for on the command line. Its
// CuMemAllocator puts memory into a MemPool of its own, which excludes
// expandable segments (pytorch #147851).
func (c *subject) sleeps() bool {
	return c.runs("vllm") && strings.Contains(c.Command, "--enable-sleep-mode")
}

// expandableWarning names what expandable segments are known to clash with, as
// far as this process may be concerned.
func (c *subject) expandableWarning() string {
	switch {
	case c.runs("vllm"):
		return " Not with vLLM's sleep mode; check custom all-reduce (CUDA IPC)."
	case c.runs("sglang"), c.runs("trtllm"), c.runs("tensorrt_llm"):
		return " Check custom all-reduce, which shares memory by CUDA IPC."
	case c.walk.private > 0 && !c.since(2, 7):
		return " Private pools (CUDA graphs, MemPools) stay ordinary segments up to PyTorch 2.6."
	case c.walk.private > 0:
		return " MemPools with an allocator of their own stay ordinary segments."
	}
	return ""
}

// clash: a setting is on that the program is known not to get along with.
func clash(c *subject) *Advice {
	if !c.sleeps() || !c.options.on("expandable_segments") {
		return nil
	}
	return &Advice{
		Text: "expandable_segments:True and vLLM's sleep mode exclude each other: older vLLM fails, newer switches the setting off while it " +
			"allocates. Turn one of them off.",
		Evidence: []Figure{{"setting", "expandable_segments:True"}, {"option", "--enable-sleep-mode"}},
		Expected: fragcalc.Unknown[int64]("no memory is at stake by itself"), worth: max(c.reserved, least),
	}
}
