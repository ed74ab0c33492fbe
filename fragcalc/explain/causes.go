package explain

import (
	"fmt"
	"math"
	"strings"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/units"
)

func (e *Explanation) sayTooBig(s shares) {
	switch {
	case s.request > s.capacity:
		e.say("Too big: one request larger than the whole GPU. Look for a shape that grew (batch, sequence length, an attention matrix), not for memory settings.")
	case s.used > s.capacity:
		e.say("Too big: live blocks alone exceed the GPU; the driver has moved some to the machine's memory, as on Windows. What is free says little then.")
	default:
		e.say("Too big: live memory fills the GPU. With every hole gone, %s would have been free.", units.Bytes(s.free+s.stranded))
	}
}

func (e *Explanation) sayCap(s shares) {
	e.say("A cap: this process may reserve %s (set_per_process_memory_fraction or a setting), and the request went beyond it.", units.Bytes(s.allowed))
	switch {
	case s.freeKnown && s.request <= s.free:
		e.say("The GPU itself had room: raise the cap, or use less.")
	case s.freeKnown:
		e.say("The GPU itself had too little room as well.")
	}
	if s.stranded > 0 && s.reserved-s.stranded+s.request <= s.allowed {
		e.say("Without holes it would have fitted under the cap: the %s stranded is fragmentation.", units.Bytes(s.stranded))
	}
}

func (e *Explanation) sayStranded(s shares, m message) {
	share := units.Percent(float64(s.stranded) / float64(max(s.reserved, 1)))
	if s.enough(s.stranded) {
		e.say("Stranded: fragmentation is the likely cause. %s lies in holes beside live blocks (%s of reserved), none large enough where this allocation may look (its stream and pool); with what was free they add up to %s.",
			units.Bytes(s.stranded), share, units.Bytes(s.free+s.stranded))
	} else {
		e.say("Stranded: fragmentation is the largest share of what was missing, not all of it. %s lies in holes beside live blocks (%s of reserved); with what was free: %s.",
			units.Bytes(s.stranded), share, units.Bytes(s.free+s.stranded))
	}
	if m.wording == poolWording || !e.Figures.Parked.Known() {
		e.say("Some of it may be kept in private pools of CUDA graphs instead: this message does not tell them apart.")
	}
}

func (e *Explanation) sayPools(s shares) {
	e.say("Private pools: %s is free inside pools of CUDA graphs or MemPools, where only their own work may use it.", units.Bytes(s.parked))
	e.say("Fewer or smaller graphs (fewer batch sizes captured, one shared pool) give it back; a setting does not.")
}

func (e *Explanation) sayOthers(s shares, m message) {
	if s.named > 0 {
		e.say("Other processes held %s of this GPU: %s.", units.Bytes(s.named), e.holders())
	}
	if s.unnamed >= outsideRoom || s.named == 0 {
		e.sayUnnamed(s, m)
	}
	if !m.own && !e.Self.Known() && s.processesListed {
		e.say("The message does not say which process it comes from (a container hides that): one of these may be it.")
	}
	if !s.enough(s.others()) {
		e.say("Without them alone it would still not have fitted.")
	}
}

func (e *Explanation) sayUnnamed(s shares, m message) {
	if m.report {
		e.say("%s of the GPU is not PyTorch's here: %s.", units.Bytes(s.beside), e.nobody(m))
		return
	}
	e.say("%s is held by nobody the message names: %s.", units.Bytes(s.beside), e.nobody(m))
}

func (e *Explanation) nobody(m message) string {
	switch {
	case m.wording == asyncWording:
		return "other processes, this one's libraries, or the cache of its pool"
	case m.report:
		return "other processes, or this one's context and libraries"
	case m.own || e.Self.Known():
		return "probably processes in other containers or of other users"
	}
	return "other processes, or this one's context and libraries; this message lists none"
}

// mostNamed is how many processes a line names.
const mostNamed = 6

// holders lists processes, as many as fit a line.
func (e *Explanation) holders() string {
	var names []string
	for i, holder := range e.Processes {
		if i == mostNamed {
			names = append(names, fmt.Sprintf("%d more", len(e.Processes)-mostNamed))
			break
		}
		size := "unknown"
		if n, known := holder.Bytes.Get(); known {
			size = units.Bytes(n)
		}
		names = append(names, fmt.Sprintf("%d (%s)", holder.PID, size))
	}
	return strings.Join(names, ", ")
}

func (e *Explanation) sayUnclear(s shares, m message) {
	switch {
	case s.freeKnown && s.enough(-driverRoom):
		e.say("Nothing certain can be said: by its own figures the GPU had room. This is not fragmentation inside PyTorch.")
		e.say("Possible: memory freed just after the refusal, a limit outside (MIG, a container, the Windows driver), or a driver error that was not about memory.")
	default:
		e.say("Nothing certain can be said: %s.", e.missing(m))
	}
	if m.wording == bareWording && !m.report {
		e.say("Paste the whole message, to \"reserved by PyTorch but unallocated\".")
	}
}

// missing names the figures that the message does not have.
func (e *Explanation) missing(m message) string {
	f := &e.Figures
	var names []string
	for _, figure := range []struct {
		name string
		size fragcalc.Bytes
	}{{"the GPU's capacity", f.Capacity}, {"what was free", f.Free}, {"what PyTorch held", f.Reserved}} {
		if !figure.size.Known() {
			names = append(names, figure.name)
		}
	}
	if len(names) == 0 {
		return "no figure explains it"
	}
	if m.report {
		return "it is not known: " + strings.Join(names, ", ")
	}
	return "the message does not tell " + strings.Join(names, ", ")
}

// sayBeside says what else the figures show.
func (e *Explanation) sayBeside(s shares, m message) {
	if e.Verdict != OtherProcesses && s.much(s.others()) && m.wording != asyncWording {
		if s.named > 0 {
			e.say("Other processes held %s: %s.", units.Bytes(s.named), e.holders())
		} else {
			e.sayUnnamed(s, m)
		}
	}
	if s.freeKnown && s.request <= s.free && (e.Verdict == Stranded || e.Verdict == PrivatePools || e.Verdict == OtherProcesses) {
		e.say("The %s that was free did not do: the driver keeps a little for itself.", units.Bytes(s.free))
	}
	if e.Verdict != PrivatePools && s.much(s.parked) {
		e.say("%s is free in private pools of CUDA graphs or MemPools, for their own use only.", units.Bytes(s.parked))
	}
	if s.libraries > outsideRoom && s.much(s.libraries) {
		e.say("%s of this process is not PyTorch's: its context, NCCL, cuBLAS and other libraries.", units.Bytes(s.libraries))
	}
	if pid, known := e.Self.Get(); known {
		e.say("Process %d in the list is this program itself, as the host counts: together with PyTorch's memory they would not fit the GPU otherwise.", pid)
	}
	if e.Verdict != Cap && s.allowed != math.MaxInt64 && s.capped() && m.wording != asyncWording {
		e.say("The cap of %s would have refused it as well.", units.Bytes(s.allowed))
	}
	if m.also != "" {
		e.say("%s was refused memory too in this text: libraries cannot use PyTorch's cache.", m.also)
	}
}
