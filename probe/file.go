package probe

import (
	"context"
	"errors"
	"io/fs"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/dump"
	"github.com/gpufragtop/gpufragtop/probe/reports"
)

// File is a snapshot file in the Sampler's place: it always shows the same.
type File struct{ shot *fragcalc.Snapshot }

// OpenFile reads a PyTorch snapshot, or the report of an out-of-memory error;
// the error is one line that names the file.
func OpenFile(path string, o Options) (*File, error) {
	read := dump.Read
	if reports.Is(path) {
		read = reports.Read
	}
	shot, err := read(path)
	if err != nil && reports.IsNamed(path) && !errors.Is(err, fs.ErrNotExist) { // one that does not even begin as a report
		shot, err = reports.Read(path)
	}
	if err != nil {
		return nil, err
	}
	shot.Version = o.Version
	return &File{shot}, nil
}

// Sample implements tui.Source.
func (f *File) Sample(context.Context) *fragcalc.Snapshot { return f.shot }

// SampleFresh is Sample.
func (f *File) SampleFresh(ctx context.Context) *fragcalc.Snapshot { return f.Sample(ctx) }

// Release implements tui.Releaser: there is no process to ask.
func (f *File) Release(_ context.Context, plan fragcalc.ReleasePlan, each func(fragcalc.ReleaseOutcome)) fragcalc.ReleaseReport {
	return refuseAll(plan, fragcalc.ReleaseNoHook, dump.FromFile, each)
}

// Retries implements tui.Releaser.
func (f *File) Retries(context.Context, fragcalc.ReleaseOutcome) fragcalc.Count {
	return fragcalc.Unknown[int64](dump.FromFile)
}

// Close implements what the Sampler has, too; a file that was read holds
// nothing.
func (f *File) Close() {}
