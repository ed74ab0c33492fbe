package tape

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/document"
)

// hasMap tells whether there are segments to record.
func hasMap(pools []fragcalc.Pool) bool {
	for i := range pools {
		if len(pools[i].Segments) > 0 {
			return true
		}
	}
	return false
}

// countBlocks is how many blocks a process has.
func countBlocks(pools []fragcalc.Pool) int {
	n := 0
	for i := range pools {
		for j := range pools[i].Segments {
			n += len(pools[i].Segments[j].Blocks)
		}
	}
	return n
}

// appendMap appends the segments of all pools as JSON. Blocks are three numbers
// each: state, size, requested bytes; their addresses follow from the sizes.
func appendMap(out []byte, pools []fragcalc.Pool, blocks bool) []byte {
	out = append(out, '[')
	for i := range pools {
		out = separate(out, i)
		out = append(out, '[')
		for j := range pools[i].Segments {
			out = appendSegment(separate(out, j), &pools[i].Segments[j], blocks)
		}
		out = append(out, ']')
	}
	return append(out, ']')
}

func separate(out []byte, i int) []byte {
	if i > 0 {
		return append(out, ',')
	}
	return out
}

func appendSegment(out []byte, s *fragcalc.Segment, blocks bool) []byte {
	out = append(out, `{"address":"0x`...)
	out = strconv.AppendUint(out, s.Address, 16)
	out = append(out, `","size_bytes":`...)
	out = strconv.AppendInt(out, s.Size, 10)
	out = append(out, `,"expandable":`...)
	out = strconv.AppendBool(out, s.Expandable)
	if blocks {
		out = append(out, `,"blocks":[`...)
		for i := range s.Blocks {
			b := &s.Blocks[i]
			out = separate(out, i)
			out = strconv.AppendUint(out, uint64(b.State), 10)
			out = append(out, ',')
			out = strconv.AppendInt(out, b.Size, 10)
			out = append(out, ',')
			out = strconv.AppendInt(out, b.Requested, 10)
		}
		out = append(out, ']')
	}
	return append(out, '}')
}

// mapLine is a map as a line.
func mapLine(number int, pools []byte) []byte {
	line := append([]byte(`{"schema":"`+Schema+`","map":`), strconv.Itoa(number)...)
	line = append(line, `,"pools":`...)
	line = append(line, pools...)
	return append(line, "}\n"...)
}

// decodeMap is the segments of each pool.
func decodeMap(line []byte, number int) ([][]fragcalc.Segment, error) {
	var in struct {
		Schema string `json:"schema"`
		Map    int    `json:"map"`
		Pools  [][]struct {
			Address    string  `json:"address"`
			Size       int64   `json:"size_bytes"`
			Expandable bool    `json:"expandable"`
			Blocks     []int64 `json:"blocks"`
		} `json:"pools"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	if in.Schema != Schema || in.Map != number {
		return nil, fmt.Errorf("it is not map %d", number)
	}
	pools := make([][]fragcalc.Segment, len(in.Pools))
	for i, segments := range in.Pools {
		for _, segment := range segments {
			s := fragcalc.Segment{Size: segment.Size, Expandable: segment.Expandable}
			var err error
			if s.Address, err = document.ParseAddress(segment.Address); err != nil {
				return nil, err
			}
			if s.Blocks, err = decodeBlocks(s.Address, segment.Blocks); err != nil {
				return nil, err
			}
			pools[i] = append(pools[i], s)
		}
		if err := fragcalc.CheckSegments(pools[i]); err != nil {
			return nil, err
		}
	}
	return pools, nil
}

func decodeBlocks(address uint64, numbers []int64) ([]fragcalc.Block, error) {
	if len(numbers)%3 != 0 {
		return nil, fmt.Errorf("the blocks of segment %#x are not three numbers each", address)
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	blocks := make([]fragcalc.Block, len(numbers)/3)
	for i := range blocks {
		state, size, requested := numbers[3*i], numbers[3*i+1], numbers[3*i+2]
		if state < 0 || state > int64(fragcalc.BlockPending) {
			return nil, fmt.Errorf("block %#x has an unknown state, %d", address, state)
		}
		blocks[i] = fragcalc.Block{Address: address, Size: size, Requested: requested, State: fragcalc.BlockState(state)}
		address += uint64(size)
	}
	return blocks, nil
}
