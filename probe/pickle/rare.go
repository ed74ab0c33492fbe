package pickle

import (
	"encoding/binary"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// rare runs the opcodes that are not worth a place in the loop. at is the place
// behind the opcode; the new stack and place are returned.
func (d *Decoder) rare(op byte, at int, stack []Value, floor int) ([]Value, int) {
	arguments := d.in.buffer[at : at+ahead-1]
	need := func(n int) bool {
		if len(stack)-floor < n {
			d.fail("takes more from the stack than there is")
			return false
		}
		return true
	}
	marked := func() ([]Value, bool) {
		if len(d.marks) == 0 {
			d.fail("no mark")
			return nil, false
		}
		items := stack[floor:]
		stack = stack[:floor]
		d.unmark()
		return items, true
	}
	top := len(stack) - 1
	switch op {
	case opProto:
		if arguments[0] > 5 {
			d.fail(fmt.Sprintf("pickle protocol %d is not known", arguments[0]))
		}
		return stack, at + 1
	case opFrame:
		return stack, at + 8
	case opAppend:
		if need(2) {
			d.appendTo(stack[top-1], stack[top:])
			stack = stack[:top]
		}
	case opSetItem:
		if need(3) {
			d.setItems(stack[top-2], stack[top-1:], false)
			stack = stack[:top-1]
		}
	case opPop:
		if len(stack) == floor && len(d.marks) > 0 {
			d.unmark()
		} else if need(1) {
			stack = stack[:top]
		}
	case opPopMark:
		marked()
	case opDup:
		if need(1) {
			stack = append(stack, stack[top])
		}
	case opEmptyTuple:
		stack = append(stack, d.tuple(nil))
	case opTuple1, opTuple2, opTuple3:
		if n := int(op-opTuple1) + 1; need(n) {
			v := d.tuple(stack[len(stack)-n:])
			stack = append(stack[:len(stack)-n], v)
		}
	case opTuple:
		if items, ok := marked(); ok {
			stack = append(stack, d.tuple(items))
		}
	case opDict, opList:
		if items, ok := marked(); ok {
			kind := uint8(kindDict)
			if op == opList {
				kind = kindList
			}
			v := d.newThing(kind)
			if op == opDict {
				d.setItems(v, items, true)
			} else {
				d.appendTo(v, items)
			}
			stack = append(stack, v)
		}
	case opBinPut:
		if need(1) {
			d.put(uint64(arguments[0]), stack[top])
		}
		return stack, at + 1
	case opLongBinPut:
		if need(1) {
			d.put(uint64(binary.LittleEndian.Uint32(arguments)), stack[top])
		}
		return stack, at + 4
	case opLong4:
		v, next := d.long(at+4, uint64(binary.LittleEndian.Uint32(arguments)))
		return append(stack, v), next
	case opShortBinUnicode, opShortBinString:
		return d.str(stack, at+1, uint64(arguments[0]))
	case opBinUnicode, opBinString:
		return d.str(stack, at+4, uint64(binary.LittleEndian.Uint32(arguments)))
	case opBinUnicode8:
		return d.str(stack, at+8, binary.LittleEndian.Uint64(arguments))
	case opShortBinBytes:
		return d.skip(stack, at+1, uint64(arguments[0]))
	case opBinBytes:
		return d.skip(stack, at+4, uint64(binary.LittleEndian.Uint32(arguments)))
	case opBinBytes8, opByteArray8:
		return d.skip(stack, at+8, binary.LittleEndian.Uint64(arguments))
	case opInt, opLong, opFloat, opUnicode, opGet, opPut:
		line, next, ok := d.in.line(at)
		if !ok {
			d.fail("a line without an end")
			return stack, at
		}
		return d.written(op, string(line), stack, floor), next
	default:
		d.refuse(op)
	}
	return stack, at
}

// str reads a string of n bytes.
func (d *Decoder) str(stack []Value, at int, n uint64) ([]Value, int) {
	content, next, ok := d.in.bytes(at, n, d.scratch)
	if !ok {
		d.fail(fmt.Sprintf("a string of %d bytes, more than the file has", n))
		return stack, at
	}
	if cap(content) > cap(d.scratch) && len(content) > bufferSize {
		d.spend(cap(content) - cap(d.scratch))
		d.scratch = content
	}
	return append(stack, d.text(content)), next
}

// skip passes over n bytes of bytes.
func (d *Decoder) skip(stack []Value, at int, n uint64) ([]Value, int) {
	next, ok := d.in.skip(at, n)
	if !ok {
		d.fail(fmt.Sprintf("%d bytes, more than the file has", n))
		return stack, at
	}
	return append(stack, Bytes), next
}

// refuse says why an opcode is not run.
func (d *Decoder) refuse(op byte) {
	name, known := refused[op]
	if !known {
		d.fail(fmt.Sprintf("opcode 0x%02x is not known", op))
		return
	}
	d.fail("opcode " + name + " refused: only data is read, nothing is imported or called")
}

// written runs an opcode of protocol 0, whose argument is text.
func (d *Decoder) written(op byte, line string, stack []Value, floor int) []Value {
	switch op {
	case opInt, opLong:
		switch line {
		case "00":
			return append(stack, False)
		case "01":
			return append(stack, True)
		}
		digits := strings.TrimSuffix(line, "L")
		n, ok := new(big.Int), false
		if len(digits) <= longestLong {
			n, ok = n.SetString(digits, 10)
		}
		if !ok {
			d.fail("a number that is none")
			return stack
		}
		return append(stack, d.bigInt(n))
	case opFloat:
		f, err := strconv.ParseFloat(line, 64)
		if err != nil {
			d.fail("a fraction that is none")
		}
		return append(stack, d.float(f))
	case opUnicode:
		return append(stack, d.text([]byte(unescape(line))))
	}
	number, err := strconv.ParseUint(line, 10, 62)
	switch {
	case err != nil:
		d.fail("a memo number that is none")
	case op == opGet:
		return append(stack, d.get(number))
	case len(stack) == floor:
		d.fail("remembers nothing")
	default:
		d.put(number, stack[len(stack)-1])
	}
	return stack
}

func (d *Decoder) bigInt(n *big.Int) Value {
	if n.IsInt64() {
		return d.integer(wide{bits: uint64(n.Int64()), negative: n.Sign() < 0})
	}
	return d.integer(wide{bits: n.Uint64(), negative: n.Sign() < 0, huge: !n.IsUint64()})
}

// unescape undoes raw-unicode-escape: Latin-1, with \u and four or \U and eight hex digits.
func unescape(line string) string {
	var out strings.Builder
	for i := 0; i < len(line); i++ {
		digits := 0
		if line[i] == '\\' && i+1 < len(line) {
			digits = map[byte]int{'u': 4, 'U': 8}[line[i+1]]
		}
		if digits > 0 && i+2+digits <= len(line) {
			if r, err := strconv.ParseUint(line[i+2:i+2+digits], 16, 32); err == nil {
				out.WriteRune(rune(r))
				i += 1 + digits
				continue
			}
		}
		out.WriteRune(rune(line[i]))
	}
	return out.String()
}
