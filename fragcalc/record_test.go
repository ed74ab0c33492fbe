package fragcalc

import (
	"testing"
	"time"
)

func TestThePriceOfARecordingIsToldInWords(t *testing.T) {
	got := RecordRequest{For: 30 * time.Second, MaxEvents: DefaultRecordedEvents}.Price()
	want := "history on for 30s without stacks: 0.2 µs an event, up to 29 MiB of host memory; then its Python lock held for up to 200ms (1 µs for each of 200000 events, more where other threads allocate meanwhile), with up to 115 MiB more"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if most, more := (RecordRequest{MaxEvents: MostRecordedEvents}).Price(), (RecordRequest{MaxEvents: 1 << 40}).Price(); most != more {
		t.Errorf("more events than there can be: %s", more)
	}
}
