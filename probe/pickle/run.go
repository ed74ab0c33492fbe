package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
)

const truncated = "the file ends in the middle"

// run reads opcodes up to STOP. The loop keeps its state in variables of its
// own and in one function, because calls would be most of its time.
func (d *Decoder) run() Value {
	in, buffer := &d.in, d.in.buffer
	stack := d.stack
	floor := 0 // stack[floor:] is what an opcode may take: above the last mark
	at := in.fill(0)
	if in.end == 0 {
		d.fail("the file is empty")
		return None
	}
	for d.err == nil {
		if in.end-at < ahead && !in.done {
			at = in.fill(at)
			if before := cap(d.stack); cap(stack) > before {
				d.spend((cap(stack) - before) * sizeOfValue)
				d.stack = stack
			}
		}
		if at >= in.end {
			d.start = in.before + int64(in.end)
			d.fail(truncated)
			break
		}
		op, arguments := buffer[at], buffer[at+1:at+ahead]
		first := at
		at++
		switch op {
		case opBinGet:
			at++
			number := int(arguments[0])
			if number >= d.memo.count || d.memo.list[0][number] == unset {
				d.start = in.before + int64(first)
				d.get(uint64(number))
				break
			}
			stack = append(stack, d.memo.list[0][number])
		case opLong1:
			n := int(arguments[0])
			at++
			if n == 0 || n > 7 { // seven bytes always fit into a Value
				d.start = in.before + int64(first)
				var v Value
				if v, at = d.long(at, uint64(n)); d.err == nil {
					stack = append(stack, v)
				}
				break
			}
			bits := binary.LittleEndian.Uint64(arguments[1:9])
			shift := 64 - 8*uint(n)
			stack = append(stack, small(int64(bits<<shift)>>shift))
			at += n
		case opBinInt1:
			stack = append(stack, small(int64(arguments[0])))
			at++
		case opBinInt2:
			stack = append(stack, small(int64(binary.LittleEndian.Uint16(arguments))))
			at += 2
		case opBinInt:
			stack = append(stack, small(int64(int32(binary.LittleEndian.Uint32(arguments)))))
			at += 4
		case opLongBinGet:
			d.start = in.before + int64(first)
			stack = append(stack, d.get(uint64(binary.LittleEndian.Uint32(arguments))))
			at += 4
		case opMark:
			if len(d.marks) == maxMarks {
				d.start = in.before + int64(first)
				d.fail(fmt.Sprintf("more than %d levels deep", maxMarks))
				break
			}
			floor = len(stack)
			d.marks = append(d.marks, floor)
		case opEmptyDict:
			v, next := d.wholeDict(at)
			if next == 0 {
				stack = append(stack, d.newThing(kindDict))
				break
			}
			for { // dicts mostly follow each other
				stack, at = append(stack, v), next
				if buffer[at] != opEmptyDict || d.err != nil {
					break
				}
				if v, next = d.wholeDict(at + 1); next == 0 {
					break
				}
			}
		case opEmptyList:
			stack = append(stack, d.newThing(kindList))
		case opMemoize:
			if len(stack) == floor {
				d.start = in.before + int64(first)
				d.fail("remembers nothing")
				break
			}
			d.memoize(stack[len(stack)-1])
		case opNone:
			stack = append(stack, None)
		case opNewTrue:
			stack = append(stack, True)
		case opNewFalse:
			stack = append(stack, False)
		case opSetItems, opAppends:
			d.start = in.before + int64(first)
			if len(d.marks) == 0 || floor == 0 {
				d.fail("no mark for what is on the stack")
				break
			}
			if op == opSetItems {
				d.setItems(stack[floor-1], stack[floor:], true)
			} else {
				d.appendTo(stack[floor-1], stack[floor:])
			}
			stack = stack[:floor]
			if floor = d.unmark(); floor == len(stack) {
				d.fail("no container below the mark")
			}
		case opBinFloat:
			d.start = in.before + int64(first)
			stack = append(stack, d.float(math.Float64frombits(binary.BigEndian.Uint64(arguments))))
			at += 8
		default:
			d.start = in.before + int64(first)
			if op == opStop {
				if len(stack) != 1 || len(d.marks) != 0 {
					d.fail("the end comes too early")
					break
				}
				return stack[0]
			}
			stack, at = d.rare(op, at, stack, floor)
			floor = d.floor()
		}
		if at > in.end {
			d.start = in.before + int64(first)
			d.fail(truncated)
		}
	}
	return None
}

// floor is the place of the last mark.
func (d *Decoder) floor() int {
	if len(d.marks) == 0 {
		return 0
	}
	return d.marks[len(d.marks)-1]
}

// unmark takes the last mark away and returns the place of the one before.
func (d *Decoder) unmark() int {
	d.marks = d.marks[:len(d.marks)-1]
	return d.floor()
}

// long reads an integer of n bytes.
func (d *Decoder) long(at int, n uint64) (Value, int) {
	if n > longestLong {
		d.fail(fmt.Sprintf("a number of %d bytes", n))
		return None, at
	}
	content, at, ok := d.in.bytes(at, n, d.scratch)
	if !ok {
		d.fail(truncated)
		return None, at
	}
	return d.number(content), at
}
