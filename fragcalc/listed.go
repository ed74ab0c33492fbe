package fragcalc

import "slices"

// ListsProcesses tells whether all processes of a device are known of: not where
// the device, or the whole node, could not be asked who uses it.
func (s *Snapshot) ListsProcesses(uuid string) bool {
	return !slices.ContainsFunc(s.Faults, func(f Fault) bool {
		about := f.Scope == ScopeNode || f.Scope == ScopeGPU && f.GPUUUID == uuid
		return about && (f.Field == "nvml" || f.Field == "processes")
	})
}
