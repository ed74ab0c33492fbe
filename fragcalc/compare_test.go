package fragcalc

import "testing"

func TestAgainst(t *testing.T) {
	f := UnknownFigures("x")
	f.Reserved = Of[int64](100)
	f.Against(Of[int64](130), Of[int64](60))
	if f.Other != Of[int64](30) || f.Unbacked != Of[int64](0) || f.Slack != Of[int64](40) {
		t.Errorf("other %v, unbacked %v, slack %v", f.Other, f.Unbacked, f.Slack)
	}
	if f.Against(Of[int64](130), Of[int64](160)); f.Slack != Of[int64](0) {
		t.Errorf("more was needed at once than is reserved now, but slack is %v", f.Slack)
	}
	f.Against(Of[int64](80), Unknown[int64]("no counters"))
	if f.Other.Known() || f.Unbacked != Of[int64](20) || f.Slack.Known() || f.Slack.Reason() != "no counters" {
		t.Errorf("other %v, unbacked %v, slack %v", f.Other, f.Unbacked, f.Slack)
	}
	f.Against(Unknown[int64]("not told by the driver"), Of[int64](1))
	if f.Other.Known() || f.Unbacked.Known() || f.Other.Reason() != "not told by the driver" {
		t.Errorf("other %v, unbacked %v", f.Other, f.Unbacked)
	}
}

func TestFromCounters(t *testing.T) {
	f := FromCounters(Counters{Reserved: Of[int64](100), Allocated: Of[int64](60), Active: Of[int64](70), Requested: Of[int64](65)}, "history is on")
	if f.Pending != Of[int64](10) || f.Rounding != Of[int64](5) || f.Free != Of[int64](30) || f.Unallocated != Of[int64](40) {
		t.Errorf("%+v", f)
	}
	if f.Stranded.Known() || f.Stranded.Reason() != "history is on" || f.LargestFree.Known() {
		t.Errorf("stranded %v, largest %v", f.Stranded, f.LargestFree)
	}
	if f := FromCounters(Counters{Reserved: Of[int64](10), Active: Of[int64](20)}, "x"); f.Free.Known() {
		t.Errorf("free is %v although active is above reserved", f.Free)
	}
	split := Counters{Reserved: Of[int64](100), Allocated: Of[int64](60), Active: Of[int64](60), InactiveSplit: Of[int64](40)}
	if f := FromCounters(split, "x"); f.Releasable != Of[int64](0) || f.ReleaseEstimate != Of[int64](0) || f.Stranded.Known() {
		t.Errorf("all free bytes are split, but releasable is %v", f.Releasable)
	}
	split.Allocated = Of[int64](50)
	if f := FromCounters(split, "x"); f.Releasable != Of[int64](0) || f.ReleaseEstimate.Known() {
		t.Errorf("some are pending, but the release estimate is %v", f.ReleaseEstimate)
	}
	if f := FromCounters(Counters{Reserved: Of[int64](7), Active: Of[int64](7), Allocated: Of[int64](7)}, "x"); f.Stranded != Of[int64](0) || f.LargestFree != Of[int64](0) {
		t.Errorf("nothing is free, but stranded is %v", f.Stranded)
	}
}
