package pickle

import "encoding/binary"

// itemCode is how an item of a dict is written: a key that is recalled from the
// memo, and a value that takes one opcode.
type itemCode struct {
	bits, mask uint64 // how it begins: the key, the value's opcode, and a LONG1's length
	key        int    // bytes of the key
	argument   int    // where the value's argument begins
	size       int    // bytes of key and value
	class      class
	bytes      uint64 // those of the argument, as a mask
	sign       uint64 // the argument's highest bit, where it has a sign
	value      Value  // of a constant
}

// class is what an opcode does to make a value.
type class uint8

const (
	number   class = iota + 1 // the argument
	recall                    // what the memo has under the argument
	constant                  // no argument
)

// simple is an opcode that makes a value by itself.
type simple struct {
	class  class
	size   int // bytes of the argument; of LONG1 those of its length
	signed bool
	value  Value
}

var simples = [256]simple{
	opBinInt1:    {class: number, size: 1},
	opBinInt2:    {class: number, size: 2},
	opBinInt:     {class: number, size: 4, signed: true},
	opLong1:      {class: number, size: 1, signed: true},
	opBinGet:     {class: recall, size: 1},
	opLongBinGet: {class: recall, size: 4},
	opNone:       {class: constant, value: None},
	opNewTrue:    {class: constant, value: True},
	opNewFalse:   {class: constant, value: False},
}

// itemCodeOf tells how an item is written whose key takes so many bytes; false
// where its value is not simple.
func itemCodeOf(code []byte, key int) (itemCode, bool) {
	op := &simples[code[key]]
	if op.class == 0 {
		return itemCode{}, false
	}
	c := itemCode{key: key, argument: key + 1, class: op.class, value: op.value}
	length := op.size
	if code[key] == opLong1 {
		c.argument++
		length = int(code[key+1])
		if length == 0 || length > 7 { // more may not fit into a Value
			return itemCode{}, false
		}
	}
	c.mask = 1<<(8*c.argument) - 1
	c.bits = binary.LittleEndian.Uint64(code[:8]) & c.mask
	c.bytes = 1<<(8*length) - 1
	if op.signed {
		c.sign = 1 << (8*length - 1)
	}
	c.size = c.argument + length
	return c, true
}
