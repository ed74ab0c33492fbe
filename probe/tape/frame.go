package tape

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// kind is what a line holds.
type kind byte

const (
	kindHead   kind = 'h'
	kindMap    kind = 'm'
	kindSample kind = 's'
	kindEnd    kind = 'e'
)

// frame describes a line: what lies in the skippable frame in front of it.
type frame struct {
	kind   kind
	at     time.Time // wall clock
	raw    int       // length of the line in bytes, its line break included
	packed int       // length of its zstd frame
}

const (
	skippable  = 0x184d2a5e // one of the magics that RFC 8878 leaves to users
	frameMark  = "GFT1"
	frameSize  = 8 + 4 + 4 + 8 + 4 + 4 + 4 // magic, length; mark, kind, time, raw, packed, checksum
	mostPacked = mostLine + mostLine/128   // what cannot be compressed grows a little
)

var (
	errNoFrame = errors.New("no line begins here")
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// append adds the skippable frame, and behind it the packed line.
func (f frame) append(out, packed []byte) []byte {
	start := len(out)
	out = binary.LittleEndian.AppendUint32(out, skippable)
	out = binary.LittleEndian.AppendUint32(out, frameSize-8)
	out = append(out, frameMark...)
	out = append(out, byte(f.kind), 0, 0, 0)
	out = binary.LittleEndian.AppendUint64(out, uint64(f.at.UnixNano()))
	out = binary.LittleEndian.AppendUint32(out, uint32(f.raw))
	out = binary.LittleEndian.AppendUint32(out, uint32(len(packed)))
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(out[start:], castagnoli))
	return append(out, packed...)
}

// parseFrame reads a skippable frame of ours.
func parseFrame(in []byte) (frame, error) {
	if len(in) < frameSize {
		return frame{}, errNoFrame
	}
	in = in[:frameSize]
	number := binary.LittleEndian.Uint32
	sum := frameSize - 4
	if number(in) != skippable || number(in[4:]) != frameSize-8 || string(in[8:12]) != frameMark ||
		number(in[sum:]) != crc32.Checksum(in[:sum], castagnoli) {
		return frame{}, errNoFrame
	}
	f := frame{
		kind: kind(in[12]), at: time.Unix(0, int64(binary.LittleEndian.Uint64(in[16:]))),
		raw: int(number(in[24:])), packed: int(number(in[28:])),
	}
	if f.raw > mostLine || f.packed > mostPacked || f.packed == 0 {
		return frame{}, errNoFrame
	}
	return f, nil
}
