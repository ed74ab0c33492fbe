package explain

import (
	"math"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Judgements, not sources: what counts as much, and as room.
const (
	// notable is the share of the GPU (one part in so many) below which holes or
	// other processes are not named as the cause: without them the next request
	// would have failed.
	notable = 50
	// driverRoom is free memory that the driver may still refuse, for its own.
	driverRoom = 32 << 20
	// outsideRoom is what a process holds beside PyTorch's allocator without
	// anything being wrong: the context and the kernels of the libraries.
	outsideRoom = 1 << 30
)

// shares are who held the GPU when the request was refused. What is not known
// is 0 in the sums: it accuses nobody.
type shares struct {
	request, free   int64
	capacity        int64 // math.MaxInt64 when not known
	used            int64
	stranded        int64 // reserved, unallocated
	parked          int64
	named, unnamed  int64 // other processes: those listed; what nobody listed holds, for certain
	beside          int64 // what neither PyTorch here nor anybody listed holds
	libraries       int64 // of this process, beside PyTorch's allocator
	allowed         int64 // math.MaxInt64 when there is no cap
	reserved        int64
	freeKnown       bool
	processesListed bool
}

// judge finds the verdict of a message of PyTorch and says it.
func judge(e *Explanation, m message) {
	f := &e.Figures
	request, asked := f.Request.Get()
	switch {
	case m.exabyte:
		e.Verdict = TooBig
		e.sayHead(m)
		e.say("More than 1 EB (2⁶⁰ bytes) was asked for: no GPU has that. A size went wrong: a negative or overflowing length, or ranks out of step that exchanged each other's sizes.")
		e.say("No release and no setting changes that.")
		return
	case !asked:
		e.Verdict = Unclear
		e.sayHead(m)
		e.say("The size that was asked for is %s: nothing can be said.", f.Request.Reason())
		return
	}
	e.findSelf(m)
	s := e.shares(request)
	e.Verdict = s.verdict(m)
	e.sayHead(m)
	e.sayFigures()
	switch e.Verdict {
	case TooBig:
		e.sayTooBig(s)
	case Cap:
		e.sayCap(s)
	case Stranded:
		e.sayStranded(s, m)
	case PrivatePools:
		e.sayPools(s)
	case OtherPool:
		e.say("Wrong pool or stream: %s.", m.reach)
	case OtherProcesses:
		e.sayOthers(s, m)
	default:
		e.sayUnclear(s, m)
	}
	e.sayBeside(s, m)
	e.sayRelease(s, m)
	e.sayExpandable(s, m)
	e.sayNext(s, m)
}

// findSelf recognises this process among those listed. In a container the
// message does not know itself: NVML tells the PIDs of the host. It is there
// when the GPU does not hold as much as all of them and PyTorch's memory.
func (e *Explanation) findSelf(m message) {
	e.Self = fragcalc.Unknown[int64](notSaid)
	reserved, known := e.Figures.Reserved.Get()
	capacity, hasCapacity := e.Figures.Capacity.Get()
	free, hasFree := e.Figures.Free.Get()
	if m.own || !known || !hasCapacity || !hasFree {
		return
	}
	sum, self := reserved, -1
	for i, holder := range e.Processes {
		size := holder.Bytes.Or(0)
		if sum += size; sum > math.MaxInt64/2 {
			return // nonsense, and the end of the sum
		}
		// Figures have two decimals: an own figure may round below reserved.
		if size >= reserved-reserved/100 && (self < 0 || size < e.Processes[self].Bytes.Or(0)) {
			self = i
		}
	}
	if self < 0 || sum <= capacity-free+capacity/notable {
		return
	}
	own := e.Processes[self]
	e.Self, e.Figures.Process = fragcalc.Of(own.PID), own.Bytes
	e.Processes = append(append([]Holder(nil), e.Processes[:self]...), e.Processes[self+1:]...)
}

func (e *Explanation) shares(request int64) shares {
	f := &e.Figures
	s := shares{
		request: request, free: f.Free.Or(0), freeKnown: f.Free.Known(), capacity: f.Capacity.Or(math.MaxInt64), allowed: f.Allowed.Or(math.MaxInt64),
		used: f.Used.Or(0), reserved: f.Reserved.Or(0), stranded: f.Unallocated.Or(0), parked: f.Parked.Or(0), processesListed: len(e.Processes) > 0,
	}
	for _, holder := range e.Processes {
		s.named += min(holder.Bytes.Or(0), impossible/mostProcesses)
	}
	mine, told := f.Process.Get()
	if told {
		s.libraries = max(0, mine-s.reserved)
	} else {
		mine = s.reserved + outsideRoom
	}
	if f.Capacity.Known() && s.freeKnown && f.Reserved.Known() {
		s.unnamed = max(0, s.capacity-s.free-mine-s.named)
		// The room for this one's own is a guess: it decides, and is not told.
		s.beside = s.unnamed
		if !told {
			s.beside = max(0, s.capacity-s.free-s.reserved-s.named)
		}
	}
	return s
}

func (s shares) others() int64 { return s.named + s.unnamed }

// enough tells whether the request would have fit with so much more free.
func (s shares) enough(more int64) bool { return s.free+more >= s.request }

// much tells whether a share is worth naming as a cause.
func (s shares) much(share int64) bool {
	whole := s.capacity
	if whole == math.MaxInt64 {
		whole = max(s.reserved, s.request)
	}
	return share > 0 && share >= whole/notable
}

// capped tells whether the cap alone refuses the request.
func (s shares) capped() bool { return s.request > s.allowed-min(s.reserved, s.allowed) }

func (s shares) verdict(m message) Verdict {
	switch {
	case s.request > s.capacity || s.used > s.capacity:
		return TooBig
	case m.wording == asyncWording && s.allowed != math.MaxInt64 && s.request > s.allowed-min(s.used, s.allowed):
		return Cap
	case m.wording != asyncWording && s.allowed != math.MaxInt64 && s.capped() && (!s.freeKnown || s.enough(-driverRoom)):
		return Cap
	case m.reach != "":
		return OtherPool
	case s.freeKnown && s.enough(-driverRoom):
		return Unclear
	}
	// The GPU was full. What would have been enough, alone; else the most of it.
	best, most := Verdict(""), int64(0)
	for _, alone := range [...]bool{true, false} {
		for _, c := range [...]struct {
			verdict Verdict
			bytes   int64
		}{{Stranded, s.stranded}, {PrivatePools, s.parked}, {OtherProcesses, s.others()}} {
			if c.bytes > most && s.much(c.bytes) && (s.enough(c.bytes) || !alone && s.enough(s.stranded+s.parked+s.others())) {
				best, most = c.verdict, c.bytes
			}
		}
		if best != "" {
			return best
		}
	}
	if s.capacity != math.MaxInt64 && s.freeKnown && s.used > 0 {
		return TooBig
	}
	return Unclear
}
