package fragcalc

import "testing"

func TestListsProcesses(t *testing.T) {
	for name, c := range map[string]struct {
		fault Fault
		want  bool
	}{
		"another figure of it":      {Fault{Scope: ScopeGPU, GPUUUID: "GPU-0", Field: "power"}, true},
		"another device":            {Fault{Scope: ScopeGPU, GPUUUID: "GPU-1", Field: "processes"}, true},
		"a process of that name":    {Fault{Scope: ScopeProcess, GPUUUID: "GPU-0", Field: "processes"}, true},
		"its list":                  {Fault{Scope: ScopeGPU, GPUUUID: "GPU-0", Field: "processes"}, false},
		"it does not answer":        {Fault{Scope: ScopeGPU, GPUUUID: "GPU-0", Field: "nvml"}, false},
		"a container sees nobody":   {Fault{Scope: ScopeNode, Field: "processes"}, false},
		"there is no driver at all": {Fault{Scope: ScopeNode, Field: "nvml"}, false},
	} {
		if got := (&Snapshot{Faults: []Fault{c.fault}}).ListsProcesses("GPU-0"); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !(&Snapshot{}).ListsProcesses("GPU-0") {
		t.Error("without a fault they are not listed")
	}
}
