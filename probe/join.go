package probe

import (
	"cmp"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// join brings together what NVML, the pages and /proc tell of the same
// processes: one row per process and GPU.
type join struct {
	node     gpus.Node
	inside   map[int]*agents.Process // by PID
	facts    map[int]*procs.Facts    // by PID; set before run
	readonly bool
	// container: the PIDs here are not those of the host, which NVML tells.
	container bool

	hostNumbers bool                // none of NVML's numbers is a PID here
	same        map[int]int         // the PID here of a number of NVML's
	outside     map[int]bool        // of NVML's numbers, those that nobody here has
	uuids       map[[16]byte]string // NVML's names of the devices
	places      map[string]int      // place of each device in node.Devices
	ignored     map[[16]byte]bool   // devices that -i leaves out

	rows   []fragcalc.Process
	faults []fragcalc.Fault
}

func newJoin(node gpus.Node, inside []agents.Process, readonly bool) *join {
	j := &join{
		node: node, readonly: readonly,
		inside:  make(map[int]*agents.Process, len(inside)),
		uuids:   make(map[[16]byte]string, len(node.Devices)),
		places:  make(map[string]int, len(node.Devices)),
		ignored: make(map[[16]byte]bool, len(node.Ignored)),
		same:    map[int]int{}, outside: map[int]bool{},
	}
	for i := range inside {
		j.inside[inside[i].ID.PID] = &inside[i]
	}
	for i, d := range node.Devices {
		j.places[d.UUID] = i
		if uuid, ok := gpus.ParseUUID(d.UUID); ok {
			j.uuids[uuid] = d.UUID
		}
	}
	for _, name := range node.Ignored {
		if uuid, ok := gpus.ParseUUID(name); ok {
			j.ignored[uuid] = true
		}
	}
	return j
}

// pids are the processes whose facts are needed.
func (j *join) pids() []int {
	pids := pidsOf(j.node)
	for pid := range j.inside {
		pids = append(pids, pid)
	}
	return pids
}

// fact is what is known of a process; nothing where nobody was asked.
func (j *join) fact(pid int) *procs.Facts {
	if f := j.facts[pid]; f != nil {
		return f
	}
	return &noFacts
}

var noFacts procs.Facts

func (j *join) instrumented(pid int) bool { return j.inside[pid] != nil }

// run makes the rows.
func (j *join) run() {
	j.dropReused()
	j.numbers()
	unlisted := j.unlisted()
	j.identify(unlisted)
	rows := len(unlisted)
	for _, d := range j.node.Devices {
		rows += len(d.Processes)
	}
	j.rows = make([]fragcalc.Process, 0, rows)
	for i := range j.node.Devices {
		d := &j.node.Devices[i]
		if d.ProcessesReason != "" {
			j.fault(fragcalc.Fault{Scope: fragcalc.ScopeGPU, GPUUUID: d.UUID, Field: "processes", Reason: d.ProcessesReason})
		}
		j.device(d, unlisted)
	}
	for _, u := range unlisted {
		j.addUnlisted(u)
	}
	j.learnJobs()
	j.tellContainer()
	j.sort()
}

// sort brings the rows into order. They are large, and mostly are in order.
func (j *join) sort() {
	compare := func(a, b *fragcalc.Process) int {
		if a.GPUUUID == b.GPUUUID {
			return cmp.Compare(a.PID, b.PID)
		}
		return cmp.Or(cmp.Compare(j.place(a.GPUUUID), j.place(b.GPUUUID)), cmp.Compare(a.GPUUUID, b.GPUUUID))
	}
	for i := 1; i < len(j.rows); i++ {
		if compare(&j.rows[i-1], &j.rows[i]) > 0 {
			slices.SortStableFunc(j.rows, func(a, b fragcalc.Process) int { return compare(&a, &b) })
			return
		}
	}
}

// place orders rows by device, those of unknown devices last.
func (j *join) place(uuid string) int {
	if i, ok := j.places[uuid]; ok {
		return i
	}
	return len(j.places)
}

// dropReused drops pages of processes that have ended since they were read:
// the PID is free, or belongs to somebody else already.
func (j *join) dropReused() {
	for pid, p := range j.inside {
		if f := j.fact(pid); f.Presence != procs.Here || f.ProcessID != p.ID {
			delete(j.inside, pid)
		}
	}
}

// unlisted is a device that a page tells of and NVML's lists do not.
type unlisted struct {
	process *agents.Process
	device  *agents.Device
	uuid    string // NVML's name of the device, or its own where NVML has none
	taken   bool
	doubt   string // why it is no one of NVML's numbers; empty when there are none
}

func (j *join) unlisted() []*unlisted {
	if len(j.inside) == 0 {
		return nil
	}
	listed := map[fragcalc.RowID]bool{}
	for i := range j.node.Devices {
		d := &j.node.Devices[i]
		for _, p := range d.Processes {
			if !j.listed(d, p) {
				continue
			}
			listed[fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: p.PID}, GPUUUID: d.UUID}] = true
		}
	}
	var found []*unlisted
	for _, p := range j.inside {
		for i := range p.Devices {
			d := &p.Devices[i]
			uuid := j.name(d.UUID)
			if d.Context && !j.ignored[d.UUID] && !listed[fragcalc.RowID{ProcessID: fragcalc.ProcessID{PID: p.ID.PID}, GPUUUID: uuid}] {
				found = append(found, &unlisted{process: p, device: d, uuid: uuid})
			}
		}
	}
	slices.SortFunc(found, func(a, b *unlisted) int { return cmp.Compare(a.process.ID.PID, b.process.ID.PID) })
	return found
}

// name is how the device is called: by NVML where it knows the device.
func (j *join) name(uuid [16]byte) string {
	switch name, known := j.uuids[uuid]; {
	case known:
		return name
	case uuid == [16]byte{}:
		return ""
	default:
		return gpus.FormatUUID(uuid)
	}
}

// device makes the rows of the processes that NVML lists on a device.
func (j *join) device(d *gpus.Device, pages []*unlisted) {
	for i := range d.Processes {
		p := &d.Processes[i]
		switch in := j.inside[p.PID]; {
		case !j.listed(d, *p): // see strangers
		case in != nil:
			j.row(j.fact(p.PID), in, j.find(in, d.UUID), d.UUID, p.Memory, d.MemoryFree).Type = p.Type()
		default:
			j.outsider(j.fact(p.PID), d.UUID, p.Memory).Type = p.Type()
		}
	}
	j.strangers(d, pages)
}

// strangers makes the rows of numbers that are nobody's here: of a page where
// it can be no other's, else of a process outside.
func (j *join) strangers(d *gpus.Device, pages []*unlisted) {
	here, strangers := j.unnamed(d, pages)
	for _, p := range strangers {
		at := slices.IndexFunc(here, func(u *unlisted) bool { return j.same[p.PID] == u.process.ID.PID })
		if at < 0 {
			if j.same[p.PID] == 0 {
				j.outside[p.PID] = true
			}
			j.outsider(&procs.Facts{ProcessID: fragcalc.ProcessID{PID: p.PID}, UID: -1, Presence: procs.Foreign, Use: fragcalc.UnknownHostUse("not in this PID namespace")}, d.UUID, p.Memory).Type = p.Type()
			continue
		}
		u := here[at]
		u.taken = true
		j.row(j.fact(u.process.ID.PID), u.process, u.device, d.UUID, p.Memory, d.MemoryFree).Type = p.Type()
		j.processFault(u.process.ID.PID, d.UUID, "gpu_memory_bytes", "inferred: taken for host pid "+decimal(p.PID)+", the only one that it can be")
	}
	for _, u := range here {
		if len(strangers) > 0 && !u.taken {
			u.doubt = "which of NVML's " + decimal(len(strangers)) + " host pids on this GPU it is cannot be told from inside this container"
		}
	}
}

// find returns what a page tells of a device, nil when nothing.
func (j *join) find(p *agents.Process, uuid string) *agents.Device {
	for i := range p.Devices {
		if j.name(p.Devices[i].UUID) == uuid {
			return &p.Devices[i]
		}
	}
	return nil
}

// addUnlisted makes the row of a device that NVML does not list.
func (j *join) addUnlisted(u *unlisted) {
	if u.taken {
		return
	}
	pid := u.process.ID.PID
	free := fragcalc.Unknown[int64]("no such GPU in NVML")
	memory := free
	place, known := j.places[u.uuid]
	switch {
	case known:
		free = j.node.Devices[place].MemoryFree
		memory = fragcalc.Unknown[int64](cmp.Or(j.node.Devices[place].ProcessesReason, u.doubt, "NVML does not list the process on this GPU"))
	case !j.node.Up:
		free = fragcalc.Unknown[int64]("no NVML")
		memory = free
	case u.uuid == "":
		j.processFault(pid, u.uuid, "gpu_uuid", "the process could not tell the GPU's UUID")
	default:
		j.processFault(pid, u.uuid, "gpu_uuid", "NVML has no GPU with this UUID")
	}
	j.row(j.fact(pid), u.process, u.device, u.uuid, memory, free)
}

// add makes room for a row, which is filled in its place: it is large. What it
// returns is good until the next one is added.
func (j *join) add() *fragcalc.Process {
	j.rows = append(j.rows, fragcalc.Process{})
	return &j.rows[len(j.rows)-1]
}
