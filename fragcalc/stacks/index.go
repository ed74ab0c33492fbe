package stacks

import (
	"encoding/binary"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Index answers questions about the stacks of a process and remembers what it
// has found out about each. Keep it for as long as the stacks are the same. It
// is not safe for concurrent use.
type Index struct {
	stacks    fragcalc.Stacks
	libraries map[string]string // by file
	names     []string          // by number; empty = not asked for yet
	merged    []uint32          // by number: the stack that stands for all with the same own frames; 0 = not asked for yet
	own       map[string]uint32 // that stack by the places of the own frames
	frames    map[fragcalc.Frame]uint32
	scratch   []byte
	slots     []int32  // of a grouping, by number; -1 = none
	counted   []uint32 // the grouping that has counted a stack last, by number
	groupings uint32   // begun
	members   []member // of Holder, to be used again
	last      [2]int   // groups that Group found last, by key
}

// NewIndex returns an index of stacks, which it never writes to.
func NewIndex(all fragcalc.Stacks) *Index {
	x := &Index{
		stacks:    all,
		libraries: map[string]string{},
		names:     make([]string, len(all)+1),
		merged:    make([]uint32, len(all)+1),
		own:       map[string]uint32{},
		frames:    map[fragcalc.Frame]uint32{},
		slots:     make([]int32, len(all)+1),
		counted:   make([]uint32, len(all)+1),
	}
	for i := range x.slots {
		x.slots[i] = -1
	}
	return x
}

// Of tells whether the index is of these stacks.
func (x *Index) Of(all fragcalc.Stacks) bool {
	return len(x.stacks) == len(all) && (len(all) == 0 || &x.stacks[0] == &all[0])
}

// Stack is a stack by its number; nil when none was recorded.
func (x *Index) Stack(number uint32) fragcalc.Stack { return x.stacks.At(number) }

// Known tells whether there are stacks at all.
func (x *Index) Known() bool { return len(x.stacks) > 0 }

// Name is Name of a stack by its number.
func (x *Index) Name(number uint32) string {
	if len(x.stacks.At(number)) == 0 {
		return None
	}
	if x.names[number] == "" {
		x.names[number] = Name(x.stacks.At(number))
	}
	return x.names[number]
}

// Key says which stacks are one group.
type Key uint8

// Keys of a grouping.
const (
	ByOwn   Key = iota // the program's own frames are the same; without any, the whole stack
	ByStack            // the whole stack is the same
)

// key is the stack that stands for a stack's group; 0 = no stack recorded.
func (x *Index) key(number uint32, by Key) uint32 {
	if len(x.stacks.At(number)) == 0 {
		return 0
	}
	if by == ByStack {
		return number
	}
	if x.merged[number] == 0 {
		x.merged[number] = x.standIn(number)
	}
	return x.merged[number]
}

// standIn is the first stack that was asked for with the own frames of this one.
func (x *Index) standIn(number uint32) uint32 {
	x.scratch = x.scratch[:0]
	for _, f := range x.stacks.At(number) {
		library, known := x.libraries[f.File]
		if !known {
			library = Library(f)
			x.libraries[f.File] = library
		}
		if library != "" {
			continue
		}
		place, known := x.frames[f]
		if !known {
			place = uint32(len(x.frames))
			x.frames[f] = place
		}
		x.scratch = binary.LittleEndian.AppendUint32(x.scratch, place)
	}
	if len(x.scratch) == 0 {
		return number
	}
	first, known := x.own[string(x.scratch)]
	if !known {
		first = number
		x.own[string(x.scratch)] = number
	}
	return first
}
