package dump

import (
	"math/rand"

	"github.com/gpufragtop/gpufragtop/probe/pickle/pickletest"
)

// generated is a snapshot of about so many blocks, as Python writes them: with
// an address, sizes, a state and shared frames each.
func generated(blocks int) []byte {
	e := &pickletest.Encoder{Protocol: 4}
	e.Begin()
	random := rand.New(rand.NewSource(1))
	frames := make([]*pickletest.List, 50)
	for i := range frames {
		frames[i] = &pickletest.List{}
		for depth := range 4 {
			*frames[i] = append(*frames[i], pickletest.Dict{"name", "forward", "filename", "/app/model.py", "line", 10*i + depth})
		}
	}
	var segments pickletest.List
	address := int64(0x7f0000000000)
	for made := 0; made < blocks; {
		var list pickletest.List
		var size, used int64
		for range min(1+random.Intn(60), blocks-made) {
			requested := 1 + random.Int63n(1<<20)
			length := (requested + 511) / 512 * 512
			state := "inactive"
			if random.Intn(3) > 0 {
				state = "active_allocated"
				used += length
			}
			list = append(list, pickletest.Dict{"address", address + size, "size", length, "requested_size", requested,
				"state", state, "frames", frames[random.Intn(len(frames))]})
			size += length
			made++
		}
		segments = append(segments, pickletest.Dict{"device", 0, "address", address, "total_size", size,
			"allocated_size", used, "active_size", used, "requested_size", used, "stream", 0, "segment_type", "large",
			"segment_pool_id", pickletest.Tuple{0, 0}, "is_expandable", false, "frames", frames[0], "blocks", list})
		address += size + 2<<20
	}
	e.Put(pickletest.Dict{"segments", segments, "device_traces", pickletest.List{pickletest.List{}}})
	return e.End()
}
