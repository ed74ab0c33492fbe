package change

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// Stack is what the program allocated and freed by one stack. Freed bytes are
// those of blocks that this stack had allocated.
type Stack struct {
	Calls            fragcalc.Stack // nil: none was recorded
	Allocated, Freed Tally
}

// Net is by how much the bytes in use grew: negative when they fell.
func (s *Stack) Net() int64 { return s.Allocated.Bytes - s.Freed.Bytes }

// byStack adds blocks up by the stack that allocated them. The two looks number
// their stacks each in its own way: they are compared by what is in them.
type byStack struct {
	before, after stackSide
	ids           map[string]int // by content: index in sums
	sums          []Stack        // the first is for blocks without a stack
	buffer        []byte
}

// stackSide is the stacks of one look.
type stackSide struct {
	stacks fragcalc.Stacks
	ids    []int // indices in sums; -1 = not looked up yet
}

func newByStack(before, after fragcalc.Stacks) *byStack {
	s := &byStack{ids: map[string]int{}, sums: make([]Stack, 1)}
	for side, stacks := range map[*stackSide]fragcalc.Stacks{&s.before: before, &s.after: after} {
		*side = stackSide{stacks, slices.Repeat([]int{-1}, len(stacks))}
	}
	return s
}

// id is the index in sums of a stack's number on one side.
func (s *byStack) id(side *stackSide, number uint32) int {
	calls := side.stacks.At(number)
	if len(calls) == 0 {
		return 0
	}
	at := number - 1
	if side.ids[at] >= 0 {
		return side.ids[at]
	}
	s.buffer = s.buffer[:0]
	for i := range calls { // no name holds a control character
		s.buffer = append(append(s.buffer, calls[i].Function...), 0)
		s.buffer = append(append(s.buffer, calls[i].File...), 0)
		s.buffer = append(strconv.AppendInt(s.buffer, int64(calls[i].Line), 10), 0)
	}
	id, known := s.ids[string(s.buffer)]
	if !known {
		id = len(s.sums)
		s.ids[string(s.buffer)] = id
		s.sums = append(s.sums, Stack{Calls: calls})
	}
	side.ids[at] = id
	return id
}

// same tells whether two used blocks at the same address are the same one, as
// far as can be seen.
func (s *byStack) same(was, is *fragcalc.Block) bool {
	return was.Size == is.Size && was.Requested == is.Requested && s.id(&s.before, was.Stack) == s.id(&s.after, is.Stack)
}

func (s *byStack) allocated(b *fragcalc.Block) { s.sums[s.id(&s.after, b.Stack)].Allocated.add(b.Size) }

func (s *byStack) freed(b *fragcalc.Block) { s.sums[s.id(&s.before, b.Stack)].Freed.add(b.Size) }

// list are the stacks that allocated or freed: first the one that changed the
// bytes in use the most.
func (s *byStack) list() []Stack {
	moved := slices.DeleteFunc(s.sums, func(one Stack) bool { return one.Allocated.Count+one.Freed.Count == 0 })
	slices.SortStableFunc(moved, func(a, b Stack) int {
		return cmp.Or(cmp.Compare(magnitude(b.Net()), magnitude(a.Net())),
			cmp.Compare(b.Allocated.Bytes+b.Freed.Bytes, a.Allocated.Bytes+a.Freed.Bytes))
	})
	return moved
}

func magnitude(n int64) int64 { return max(n, -n) }
