package page

/*
#include "page.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

const factsSize = int(unsafe.Sizeof(C.struct_gft_facts{}))

// Counters is a counters slot: what the process is, and its figures.
type Counters struct {
	Slot
	HistoryOn        bool   // the framework records allocation history
	Framework        string // "pytorch", …; empty = none
	FrameworkVersion string
	Settings         fragcalc.AllocatorSettings
	Job              []string // KEY=VALUE of the rank, job and pod variables
	Devices          []Device
}

// DecodeCounters reads a counters slot, its header included. ErrTorn asks for
// another copy.
func DecodeCounters(b []byte) (Counters, error) {
	slot, payload, err := openSlot(b, CountersSlotSize)
	if err != nil {
		return Counters{}, err
	}
	f, ok := record[C.struct_gft_facts](payload, 0)
	if !ok {
		return Counters{}, errors.New("counters are cut off")
	}
	if f.devices > MaxDevices {
		return Counters{}, fmt.Errorf("%d devices, at most %d are possible", f.devices, MaxDevices)
	}
	if f.large_segment_bytes > maxFigure {
		return Counters{}, fmt.Errorf("impossible segment size %d", f.large_segment_bytes)
	}
	devices, err := decodeDevices(payload, factsSize, int(f.devices))
	if err != nil {
		return Counters{}, err
	}
	return Counters{
		Slot:             slot,
		HistoryOn:        f.history_on != 0,
		Framework:        clean(f.framework[:]),
		FrameworkVersion: clean(f.framework_version[:]),
		Settings: fragcalc.AllocatorSettings{
			Text: clean(f.settings[:]), Source: "page",
			LargeSegmentBytes: int64(f.large_segment_bytes),
			Backend:           clean(f.backend[:]),
		},
		Job:     cleanLines(f.job[:]),
		Devices: devices,
	}, nil
}

// EncodeCounters is the writer's side of DecodeCounters: a whole slot, with
// its length and checksum.
func EncodeCounters(c Counters) []byte {
	f := C.struct_gft_facts{
		devices:             C.uint32_t(len(c.Devices)),
		large_segment_bytes: C.uint64_t(c.Settings.LargeSegmentBytes),
	}
	if c.HistoryOn {
		f.history_on = 1
	}
	putString(f.framework[:], c.Framework)
	putString(f.framework_version[:], c.FrameworkVersion)
	putString(f.backend[:], c.Settings.Backend)
	putString(f.settings[:], c.Settings.Text)
	putString(f.job[:], strings.Join(c.Job, "\n"))
	at := SlotHeaderSize + factsSize
	b := make([]byte, at+len(c.Devices)*deviceSize)
	put(b, SlotHeaderSize, f)
	for i, device := range c.Devices {
		put(b, at+i*deviceSize, encodeDevice(device))
	}
	closeSlot(b, c.Slot)
	return b
}

// Variables are those of Job, by name; never nil.
func (c Counters) Variables() map[string]string {
	values := make(map[string]string, len(c.Job))
	for _, variable := range c.Job {
		if name, value, ok := strings.Cut(variable, "="); ok {
			values[name] = value
		}
	}
	return values
}
