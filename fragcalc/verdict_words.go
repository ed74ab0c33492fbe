package fragcalc

import (
	"fmt"
	"strconv"
)

// Answer is the verdict in a word: "yes", "no", "unsure" or "unknown".
func (v *Verdict) Answer() string {
	succeeds, known := v.Succeeds().Get()
	switch {
	case v.Kind == FitUnknown:
		return "unknown"
	case !known:
		return "unsure"
	case succeeds:
		return "yes"
	}
	return "no"
}

// How says in a few words how the allocation would succeed, or why that is not
// known. size writes a number of bytes.
func (v *Verdict) How(size func(int64) string) string {
	if v.Kind == FitUnknown {
		return v.Reason
	}
	how := v.way(v.Kind, size)
	if v.Best != v.Kind {
		how = v.way(v.Best, size) + ", or " + how + ": " + v.Reason
	}
	if v.Waited != v.Kind && v.Waited == v.WaitedBest {
		how += "; once pending frees are complete: " + v.way(v.Waited, size)
	}
	return how
}

func (v *Verdict) way(kind FitKind, size func(int64) string) string {
	switch kind {
	case FitCached:
		if v.Block == 0 || v.Kind != FitCached {
			return "from the cache"
		}
		return "from the cache: the free block of " + size(v.Block) + " at " + hexadecimal(v.Address)
	case FitNew:
		if v.Best != v.Kind && v.Evicts == 0 {
			return "as new memory, where the device has " + size(v.Needs) + " free"
		}
		way := "as new memory: a segment of " + size(v.Segment)
		if v.Evicts > 0 {
			way += ", after PyTorch has handed back at least " + size(v.Evicts)
		}
		return way
	case FitRelease:
		return "after a release of " + size(v.Returns) + ", which PyTorch does by itself, at the price of a synchronisation"
	}
	return "not at all"
}

// Where names the stream and pool that the question is about.
func (q FitQuestion) Where() string {
	where := "any other stream"
	if !q.Fresh {
		where = StreamName(q.Stream)
	}
	if q.Private != [2]uint64{} {
		where += ", private pool " + poolName(q.Private)
	}
	return where
}

// StreamName is a stream in words.
func StreamName(stream uint64) string {
	if stream == 0 {
		return "default stream"
	}
	return "stream " + hexadecimal(stream)
}

// Words are the obstacle in one line. size writes a number of bytes.
func (o Obstacle) Words(size func(int64) string) string {
	block := "a free block of " + size(o.Bytes) + " at " + hexadecimal(o.Address) + " "
	switch o.Kind {
	case OtherStream:
		return block + "is of the " + StreamName(o.Stream) + ": blocks never change streams"
	case OtherPool:
		return block + "is of the other of small and large pool"
	case PrivatePool:
		return block + "is of private pool " + poolName(o.Private) + ", a CUDA graph's or MemPool's"
	case DefaultPool:
		return block + "is of the default pools, not of this private one"
	case SplitRule:
		return block + "is not used: max_split_size_mb forbids to cut it"
	case PendingFrees:
		return size(o.Bytes) + " that the program has freed wait for a stream event"
	case StrandedFree:
		return size(o.Bytes) + " are free in its pool, but no piece is large enough"
	case FractionCap:
		return "the process's memory fraction allows " + size(o.Bytes) + " in all"
	case DeviceFull:
		return "the device lacks " + size(o.Bytes)
	case OtherProcess:
		return "other processes hold " + size(o.Bytes) + " of the device"
	case NoRetryInPool:
		return "in a private pool PyTorch does not release its cache, which would return " + size(o.Bytes)
	}
	return fmt.Sprint(o.Kind)
}

func poolName(id [2]uint64) string {
	return strconv.FormatUint(id[0], 10) + "." + strconv.FormatUint(id[1], 10)
}

func hexadecimal(n uint64) string { return "0x" + strconv.FormatUint(n, 16) }
