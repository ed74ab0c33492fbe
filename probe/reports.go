package probe

import (
	"context"
	"sync"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/reports"
)

// Reports are this user's reports of out-of-memory errors. Its methods may be
// called side by side.
type Reports struct {
	mu    sync.Mutex
	cache *reports.Cache
	o     Options
}

// NewReports returns the reports of this user's folder. Nothing is looked at yet.
func NewReports(o Options) *Reports { return &Reports{cache: reports.NewCache(), o: o} }

// List implements tui.Reports: newest first, without block maps. A report is
// read once.
func (r *Reports) List(context.Context) []fragcalc.ReportEntry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return entries(r.cache.List())
}

// Open implements tui.Reports: a report with its block map.
func (r *Reports) Open(_ context.Context, path string) (*fragcalc.Snapshot, error) {
	shot, err := reports.Read(path)
	if err != nil {
		return nil, err
	}
	shot.Version = r.o.Version
	return shot, nil
}

// ListReports reads this user's reports, newest first, and tells where it
// looked, and which files there are called reports and were not written as such.
func ListReports() (list []fragcalc.ReportEntry, folder string, skipped []string, err error) {
	if folder, err = reports.Folder(); err != nil {
		return nil, "", nil, err
	}
	found, skipped, err := reports.List(folder)
	return entries(found), folder, skipped, err
}

// ReportPath is where a report of this user lies that is named without a
// folder; path itself where it names one, or where there is no such report.
func ReportPath(path string) string { return reports.Find(path) }

func entries(found []reports.Entry) []fragcalc.ReportEntry {
	var list []fragcalc.ReportEntry
	for _, f := range found {
		entry := fragcalc.ReportEntry{Name: f.Name, Path: f.Path, Snapshot: f.Snapshot}
		if f.Err != nil {
			entry.Reason = f.Err.Error()
		}
		list = append(list, entry)
	}
	return list
}
