package pickle

import (
	"bytes"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gpufragtop/gpufragtop/probe/pickle/pickletest"
)

// evil are pickles that mean harm, with a part of what is said of them.
var evil = map[string]struct{ pickle, says string }{
	"os.system":          {"cos\nsystem\n(S'echo hi'\ntR.", "GLOBAL refused"},
	"os.system, STACK":   {"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", "STACK_GLOBAL refused"},
	"nested reduce":      {"\x80\x02](K\x01(K\x02K\x03tRe.", "REDUCE refused"},
	"instance":           {"(S'x'\nios\nsystem\n.", "refused"},
	"build":              {"}}b.", "BUILD refused"},
	"persistent id":      {"Pid\n.", "PERSID refused"},
	"extension":          {"\x82\x01.", "EXT1 refused"},
	"buffer":             {"\x97.", "NEXT_BUFFER refused"},
	"long string":        {"X\xff\xff\xff\xffabc.", "more than the file has"},
	"2^40 string":        {"\x8d\x00\x00\x00\x00\x00\x01\x00\x00abc.", "more than the file has"},
	"2^63 string":        {"\x8d\x00\x00\x00\x00\x00\x00\x00\x80abc.", "more than the file has"},
	"2^40 bytes":         {"\x8e\x00\x00\x00\x00\x00\x01\x00\x00abc.", "more than the file has"},
	"2^64-1 bytes":       {"\x96\xff\xff\xff\xff\xff\xff\xff\xffabc.", "more than the file has"},
	"long number":        {"\x8b\xff\xff\xff\x7fabc.", "a number of"},
	"negative number":    {"\x8b\xff\xff\xff\xffabc.", "a number of"},
	"memo bomb":          {"Nr\xff\xff\xff\xff.", "beyond all"},
	"memo bomb, text":    {"Np4611686018427387903\n.", "beyond all"},
	"memo without end":   {"Np99999999999999999999\n.", "none"},
	"memo unset":         {"](K\x01K\x01K\x01K\x01q\x05h\x03e.", "never set"},
	"memo of nothing":    {"\x94.", "remembers nothing"},
	"memo above a mark":  {"](\x94e.", "remembers nothing"},
	"get beyond":         {"h\x01.", "never set"},
	"deep marks":         {strings.Repeat("(", 100_000), "levels deep"},
	"deep lists":         {strings.Repeat("](", 100_000), "levels deep"},
	"deep, without mark": {strings.Repeat("]", 200_000) + strings.Repeat("a", 100_000), "ends in the middle"},
	"empty":              {"", "empty"},
	"only the header":    {"\x80\x04", "ends in the middle"},
	"protocol 6":         {"\x80\x06N.", "protocol 6"},
	"no such opcode":     {"\x80\x02\xf7.", "0xf7"},
	"stop at once":       {".", "too early"},
	"two left":           {"NN.", "too early"},
	"an open mark":       {"N(.", "too early"},
	"items without mark": {"}u.", "no mark"},
	"items of nothing":   {"(NNu.", ""},
	"items below a mark": {"}((NNu.", "no container"},
	"append to a number": {"K\x01K\x02a.", "appends to a number"},
	"append to a dict":   {"}K\x02a.", "appends to a dict"},
	"item of a list":     {"]K\x01K\x02s.", "sets an item of a list"},
	"item of a tuple":    {")K\x01K\x02s.", "sets an item of a tuple"},
	"half an item":       {"}(K\x01u.", "without a value"},
	"pop nothing":        {"0.", "takes more"},
	"tuple of nothing":   {"\x86.", "takes more"},
	"tuple over a mark":  {"K\x01(K\x02\x86.", "takes more"},
	"number of words":    {"Iabc\n.", "none"},
	"line without end":   {"I" + strings.Repeat("1", 1<<20), "a line without an end"},
}

func TestHostilePicklesGetOneClearLine(t *testing.T) {
	for name, c := range evil {
		t.Run(name, func(t *testing.T) {
			_, err := NewDecoder(strings.NewReader(c.pickle), Options{}).Decode()
			var told *Error
			if !errors.As(err, &told) || !strings.Contains(told.Reason, c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want something about %q", err, c.says)
			}
		})
	}
}

func TestABillionLaughsTakeNoMoreThanTheirBytes(t *testing.T) {
	// Each list holds the one before ten times: 10^100 items when spelled out.
	laughs := "]\x94"
	for i := range 100 {
		laughs += "]\x94(" + strings.Repeat("h"+string([]byte{byte(i)}), 10) + "e"
	}
	laughs = "](" + laughs + "e."
	d, v := decode(t, laughs)
	if items, ok := d.Items(v); !ok || len(items) != 101 {
		t.Errorf("%d lists", len(items))
	}
	if len(d.cells) > 2000 {
		t.Errorf("%d cells for %d bytes", len(d.cells), len(laughs))
	}
}

func TestAListMayHoldItself(t *testing.T) {
	d, v := decode(t, "]\x94h\x00a.")
	if items, ok := d.Items(v); !ok || len(items) != 1 || items[0] != v {
		t.Errorf("%v, %v", items, ok)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	for name, file := range map[string]string{
		"memo":    "N" + strings.Repeat("\x94", 1<<21) + ".",
		"stack":   "](" + strings.Repeat("N", 1<<21) + "e.",
		"lists":   "](" + strings.Repeat("]", 1<<20) + "e.",
		"strings": distinct(1 << 16),
		"wide":    "](" + strings.Repeat("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", 1<<18) + "e.",
		"floats":  "](" + strings.Repeat("G\x00\x00\x00\x00\x00\x00\x00\x01", 1<<18) + "e.",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewDecoder(strings.NewReader(file), Options{Memory: 1 << 20}).Decode()
			if err == nil || !strings.Contains(err.Error(), "too much memory") {
				t.Errorf("%v", err)
			}
			if _, err := NewDecoder(strings.NewReader(file), Options{}).Decode(); err != nil {
				t.Errorf("with room: %v", err)
			}
		})
	}
}

// distinct is a list of different strings.
func distinct(count int) string {
	e := pickletest.Encoder{Protocol: 4}
	e.Begin()
	var list pickletest.List
	for i := range count {
		list = append(list, strings.Repeat("x", i%7)+string(rune('a'+i%26))+strings.Repeat("y", i%13)+string(rune(0x4e00+i)))
	}
	e.Put(list)
	return string(e.End())
}

func TestAClaimedLengthReservesNothing(t *testing.T) {
	file := append([]byte("\x8d\x00\x00\x00\x00\x00\x01\x00\x00"), make([]byte, 1<<20)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := NewDecoder(bytes.NewReader(file), Options{}).Decode(); err == nil {
		t.Error("read")
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 16<<20 {
		t.Errorf("%d bytes taken for a file of %d", taken, len(file))
	}
}

func TestEveryTruncationIsSeen(t *testing.T) {
	for _, protocol := range []int{2, 4} {
		file := pickletest.Pickle(protocol, pickletest.List{
			pickletest.Dict{"address", int64(1) << 47, "size", 512, "state", "inactive", "ratio", 0.5, "on", true, "none", nil},
			pickletest.Dict{"address", uint64(math.MaxUint64), "size", 70_000, "state", "inactive", "pool", pickletest.Tuple{1, 2}},
		})
		for end := range file {
			if _, err := NewDecoder(bytes.NewReader(file[:end]), Options{}).Decode(); err == nil {
				t.Errorf("protocol %d: read from %d of %d bytes", protocol, end, len(file))
			}
		}
		whole := NewDecoder(iotest.OneByteReader(bytes.NewReader(file)), Options{})
		if _, err := whole.Decode(); err != nil {
			t.Errorf("byte by byte: %v", err)
		}
	}
}

func TestAReaderThatFailsIsNamed(t *testing.T) {
	broken := errors.New("the disk is gone")
	_, err := NewDecoder(io.MultiReader(strings.NewReader("](K\x01"), iotest.ErrReader(broken)), Options{}).Decode()
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
