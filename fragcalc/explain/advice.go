package explain

import (
	"fmt"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

// sayRelease says what a release would have changed.
func (e *Explanation) sayRelease(s shares, m message) {
	switch m.wording {
	case asyncWording:
		e.say("Whether a release could have helped is not told: this backend does not say what its pool kept.")
	case bareWording:
	default:
		rest := ""
		if s.stranded > 0 || s.parked > 0 {
			rest = " What it still had free is stranded or parked."
		}
		e.say("A release in this process could not have helped: before it raises, PyTorch releases all it can and tries again (not while it captures a CUDA graph).%s", rest)
	}
	if e.Verdict == OtherProcesses {
		e.say("A release in the other processes may have, if they keep a cache.")
	}
}

// sayExpandable says whether expandable segments would plausibly help.
func (e *Explanation) sayExpandable(s shares, m message) {
	if m.wording != processWording && m.wording != poolWording || !e.Figures.Unallocated.Known() {
		return
	}
	plausible := s.much(s.stranded) && (e.Verdict == Stranded && s.enough(s.stranded) || e.Verdict == Cap && s.reserved-s.stranded+s.request <= s.allowed)
	switch {
	case plausible && m.wording == poolWording:
		e.say("expandable_segments would be the remedy; it came with PyTorch 2.1, and this wording is older. max_split_size_mb is what there is.")
	case plausible && m.expanded == on:
		e.say("expandable_segments is on already, by this text: the holes are pages that live blocks share, or its PyTorch ignored the setting.")
	case plausible:
		e.say("PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True plausibly helps, where the platform has it: it makes one range of the holes. The message advises it also where it is on already; a what-if tells the bytes.")
	case e.Verdict == Stranded || e.Verdict == TooBig && s.request <= s.capacity:
		e.say("expandable_segments would hardly have helped: it gains the holes at most, %s.", units.Bytes(s.stranded))
	}
}

// sayNext names the commands to run next.
func (e *Explanation) sayNext(s shares, m message) {
	const run = "gpufragtop run -- COMMAND"
	size := strings.ReplaceAll(units.Bytes(s.request), " ", "")
	switch e.Verdict {
	case Stranded:
		e.Next = []string{run, "gpufragtop whatif PID --set expandable_segments:True"}
		if m.wording == poolWording || m.expanded == on {
			e.Next[1] = "gpufragtop whatif PID --all"
		}
	case OtherProcesses:
		if len(e.Processes) > 0 {
			pids := make([]string, 0, mostNamed)
			for _, holder := range e.Processes[:min(len(e.Processes), mostNamed)] {
				pids = append(pids, fmt.Sprint(holder.PID))
			}
			e.Next = []string{"gpufragtop --pid " + strings.Join(pids, ",")}
		} else {
			e.Next = []string{"gpufragtop"}
		}
	case PrivatePools, OtherPool:
		e.Next = []string{run, "gpufragtop open SNAPSHOT"}
	case Cap:
		e.Next = []string{run, "gpufragtop fit " + size + " PID"}
	case TooBig:
		e.Next = []string{run, "gpufragtop open SNAPSHOT", "gpufragtop whatif SNAPSHOT --total SIZE"}
	default:
		e.Next = []string{run}
	}
}
