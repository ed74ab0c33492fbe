package page

/*
#include "page.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// deviceRecord is a device as it lies in the page.
type deviceRecord = C.struct_gft_device

const deviceSize = int(unsafe.Sizeof(deviceRecord{}))

// maxFigure bounds every size and count that a page may state, far above any
// machine, so that sums over all of a page's records cannot overflow.
const maxFigure = 1 << 56

// Device is what a process says about one of its devices.
type Device struct {
	UUID     [16]byte // of the GPU or MIG instance; zero when it could not be read
	Ordinal  int      // in this process; for messages only
	Context  bool     // the process has a context on it
	Counters fragcalc.Counters
}

// decodeDevices reads count device records at offset at.
func decodeDevices(b []byte, at int, count int) ([]Device, error) {
	devices := make([]Device, 0, count) // at most MaxDevices, checked by the callers
	for i := range count {
		d, ok := record[deviceRecord](b, at+i*deviceSize)
		if !ok {
			return nil, fmt.Errorf("device records are cut off after %d of %d", i, count)
		}
		counters, err := decodeCounters(&d)
		if err != nil {
			return nil, fmt.Errorf("device %d: %w", i, err)
		}
		device := Device{Ordinal: int(d.ordinal), Context: d.flags&C.GFT_DEVICE_CONTEXT != 0, Counters: counters}
		if d.flags&C.GFT_DEVICE_NO_UUID == 0 {
			device.UUID = *(*[16]byte)(unsafe.Pointer(&d.uuid))
		}
		devices = append(devices, device)
	}
	return devices, nil
}

// counterField ties a figure of fragcalc to its place in the page.
type counterField struct {
	figure *fragcalc.Known[int64]
	raw    *C.uint64_t
}

func counterFields(c *fragcalc.Counters, d *deviceRecord) [16]counterField {
	return [16]counterField{
		{&c.Reserved, &d.reserved_bytes}, {&c.ReservedPeak, &d.reserved_peak_bytes},
		{&c.Allocated, &d.allocated_bytes}, {&c.AllocatedPeak, &d.allocated_peak_bytes},
		{&c.Active, &d.active_bytes}, {&c.ActivePeak, &d.active_peak_bytes},
		{&c.Requested, &d.requested_bytes}, {&c.InactiveSplit, &d.inactive_split_bytes},
		{&c.Segments, &d.segments}, {&c.ActiveBlocks, &d.active_blocks},
		{&c.InactiveSplitBlocks, &d.inactive_split_blocks},
		{&c.AllocRetries, &d.alloc_retries}, {&c.OOMs, &d.ooms},
		{&c.DeviceAllocs, &d.device_allocs}, {&c.DeviceFrees, &d.device_frees},
		{&c.Allowed, &d.allowed_bytes},
	}
}

func decodeCounters(d *deviceRecord) (fragcalc.Counters, error) {
	var c fragcalc.Counters
	for _, f := range counterFields(&c, d) {
		switch raw := uint64(*f.raw); {
		case raw == C.GFT_UNKNOWN:
			*f.figure = fragcalc.Unknown[int64]("not told by the allocator")
		case raw > maxFigure:
			return c, fmt.Errorf("impossible figure %d", raw)
		default:
			*f.figure = fragcalc.Of(int64(raw))
		}
	}
	if !c.Allowed.Known() {
		c.Allowed = fragcalc.Unknown[int64]("no cap known")
	}
	return c, nil
}

func encodeDevice(device Device) deviceRecord {
	d := deviceRecord{ordinal: C.int32_t(device.Ordinal)}
	*(*[16]byte)(unsafe.Pointer(&d.uuid)) = device.UUID
	if device.UUID == [16]byte{} {
		d.flags |= C.GFT_DEVICE_NO_UUID
	}
	if device.Context {
		d.flags |= C.GFT_DEVICE_CONTEXT
	}
	for _, f := range counterFields(&device.Counters, &d) {
		*f.raw = C.GFT_UNKNOWN
		if known, ok := f.figure.Get(); ok {
			*f.raw = C.uint64_t(known)
		}
	}
	return d
}
