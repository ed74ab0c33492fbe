package whatif

import (
	"encoding/json"
	"io"
)

// Schema is the value of the key schema in the JSON of a comparison.
const Schema = "gpufragtop-whatif/1"

type document struct {
	Schema       string           `json:"schema"`
	Name         string           `json:"name"`
	GPUUUID      string           `json:"gpu_uuid"`
	FileSettings string           `json:"file_settings"`
	TotalBytes   *int64           `json:"total_bytes"` // null = without bound
	Trace        documentTrace    `json:"trace"`
	Assumptions  []string         `json:"assumptions"`
	Settings     []documentAnswer `json:"settings"`
}

type documentTrace struct {
	Events           int  `json:"events"`
	Allocations      int  `json:"allocations"`
	ExactAddresses   int  `json:"exact_addresses"`
	FirstMissAtEvent *int `json:"first_miss_at_event"`
	EndsAsRecorded   bool `json:"ends_as_recorded"`
	Cut              bool `json:"cut"`
	OlderBlocks      int  `json:"older_blocks"`
}

type documentAnswer struct {
	Settings          string  `json:"settings"`
	OOMAtEvent        *int    `json:"oom_at_event"`
	OOMRequestedBytes *int64  `json:"oom_requested_bytes"`
	OOMReason         *string `json:"oom_reason"`
	ReservedPeak      int64   `json:"reserved_peak_bytes"`
	Reserved          int64   `json:"reserved_bytes"`
	UsedPeak          int64   `json:"used_peak_bytes"`
	Used              int64   `json:"used_bytes"`
	Stranded          int64   `json:"stranded_bytes"`
	LargestFree       int64   `json:"largest_free_block_bytes"`
	Segments          int     `json:"segments"`
	DeviceAllocs      int64   `json:"device_allocs"`
	DeviceFrees       int64   `json:"device_frees"`
	AllocRetries      int64   `json:"alloc_retries"`
	OOMs              int64   `json:"ooms"`
}

// Encode writes the comparison as one JSON document and a line break.
func (c *Comparison) Encode(out io.Writer, indent bool) error {
	d := document{
		Schema: Schema, Name: c.Name, GPUUUID: c.GPUUUID, FileSettings: c.Recorded,
		TotalBytes: orNull(c.Total, c.Total > 0),
		Trace: documentTrace{
			Events: c.Events, Allocations: c.Report.Allocations, ExactAddresses: c.Report.Exact,
			FirstMissAtEvent: orNull(c.Report.FirstMiss, c.Report.FirstMiss >= 0),
			EndsAsRecorded:   c.Report.Final, Cut: c.Report.Cut, OlderBlocks: c.Report.Older,
		},
		Assumptions: c.Assumptions(),
	}
	for i := range c.Answers {
		d.Settings = append(d.Settings, c.Answers[i].document())
	}
	encoder := json.NewEncoder(out)
	if indent {
		encoder.SetIndent("", "  ")
	}
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

func (a *Answer) document() documentAnswer {
	d := documentAnswer{
		Settings:     a.Settings,
		OOMAtEvent:   orNull(a.OOMEvent, a.OOMEvent >= 0),
		ReservedPeak: a.Reserved.Peak, Reserved: a.Reserved.Current,
		UsedPeak: a.Allocated.Peak, Used: a.Allocated.Current,
		Stranded: a.Stranded, LargestFree: a.LargestFree, Segments: a.SegmentCount,
		DeviceAllocs: a.DeviceAllocs, DeviceFrees: a.DeviceFrees,
		AllocRetries: a.Retries, OOMs: a.OOMs,
	}
	if a.OOM != nil {
		d.OOMRequestedBytes = &a.OOM.Requested
		reason := a.OOM.Error()
		d.OOMReason = &reason
	}
	return d
}

func orNull[T any](value T, known bool) *T {
	if !known {
		return nil
	}
	return &value
}
