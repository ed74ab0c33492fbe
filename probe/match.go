package probe

import (
	"fmt"
	"slices"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// The driver numbers processes as the host does. A monitor in a PID namespace
// of its own must not take the number of somebody on the host for that of the
// process which has it here.

// numbers decides, once a sample, whether NVML's numbers are ours: in a
// container they are not as soon as one of them is nobody's here.
func (j *join) numbers() {
	if !j.container {
		return
	}
	for _, d := range j.node.Devices {
		for _, p := range d.Processes {
			j.hostNumbers = j.hostNumbers || j.fact(p.PID).Presence == procs.Foreign
		}
	}
}

// listed tells whether NVML's number is that of the process which has it here.
// In a container that takes more than the number: the process must use this
// GPU, as far as it tells, with no more than NVML charges.
func (j *join) listed(d *gpus.Device, p gpus.Process) bool {
	if !j.container {
		return true
	}
	if j.hostNumbers || j.fact(p.PID).Presence != procs.Here {
		return false
	}
	in := j.inside[p.PID]
	if in == nil {
		return true
	}
	device := j.find(in, d.UUID)
	return device != nil && device.Context && atMost(device.Figures.Reserved, p.Memory)
}

// identify finds the processes here that NVML tells of by numbers of the host,
// where no other can be meant. What is found on one GPU holds on all.
func (j *join) identify(pages []*unlisted) {
	for found := j.container; found; {
		found = false
		for i := range j.node.Devices {
			here, strangers := j.unnamed(&j.node.Devices[i], pages)
			before := len(j.same)
			if !j.match(here, strangers) {
				j.same = nil // the lists are of different moments
				return
			}
			found = found || len(j.same) > before
		}
	}
}

// unnamed are the pages and the numbers of NVML on a device that do not name
// each other.
func (j *join) unnamed(d *gpus.Device, pages []*unlisted) (here []*unlisted, strangers []gpus.Process) {
	for _, u := range pages {
		if u.uuid == d.UUID {
			here = append(here, u)
		}
	}
	for _, p := range d.Processes {
		if !j.listed(d, p) {
			strangers = append(strangers, p)
		}
	}
	return here, strangers
}

// match adds to j.same what is certain on one device; false when it contradicts
// what is known.
func (j *join) match(here []*unlisted, strangers []gpus.Process) bool {
	reserved, charged := make([]fragcalc.Bytes, len(here)), make([]fragcalc.Bytes, len(strangers))
	known := slices.Repeat([]int{-1}, len(here))
	for page, u := range here {
		reserved[page] = u.device.Figures.Reserved
	}
	for charge, p := range strangers {
		charged[charge] = p.Memory
		for page, u := range here {
			if pid, ok := j.same[p.PID]; ok && pid == u.process.ID.PID {
				known[page] = charge
			}
		}
	}
	for page, charge := range eliminate(reserved, charged, known) {
		if charge < 0 {
			continue
		}
		host, pid := strangers[charge].PID, here[page].process.ID.PID
		for other, taken := range j.same {
			if (other == host) != (taken == pid) {
				return false
			}
		}
		j.same[host] = pid
	}
	return true
}

// eliminate finds out which of the numbers that NVML charges on one GPU must be
// which page's: every page with a context there is one of them, and NVML
// charges no less than it has reserved. known is the place of the charge for
// each page where it is known, else -1; so is what it returns.
func eliminate(reserved, charged []fragcalc.Bytes, known []int) []int {
	match, owner := slices.Clone(known), slices.Repeat([]int{-1}, len(charged))
	for page, charge := range match {
		if charge >= 0 {
			owner[charge] = page
		}
	}
	for found := true; found; {
		found = false
		for page := range match {
			if match[page] >= 0 {
				continue
			}
			charge, many := onlyOne(owner, func(i int) bool { return atMost(reserved[page], charged[i]) })
			if charge < 0 && !many { // the lists are of different moments, or NVML's is not whole
				return known
			}
			if !many {
				match[page], owner[charge], found = charge, page, true
			}
		}
		if found || free(match) != free(owner) {
			continue
		}
		for charge := range owner { // each of those left is one of the pages left
			if owner[charge] >= 0 {
				continue
			}
			if page, _ := onlyOne(match, func(i int) bool { return atMost(reserved[i], charged[charge]) }); page >= 0 {
				match[page], owner[charge], found = charge, page, true
			}
		}
	}
	return match
}

func free(taken []int) (n int) {
	for _, t := range taken {
		if t < 0 {
			n++
		}
	}
	return n
}

// onlyOne returns the one place that is free (-1) and possible; -1 where there
// is none, and whether there are many.
func onlyOne(taken []int, possible func(int) bool) (only int, many bool) {
	only = -1
	for i := range taken {
		if taken[i] < 0 && possible(i) {
			if only >= 0 {
				return -1, true
			}
			only = i
		}
	}
	return only, false
}

// atMost tells whether a page may be what NVML charges, as far as both are
// known.
func atMost(reserved, charged fragcalc.Bytes) bool {
	r, told := reserved.Get()
	c, known := charged.Get()
	return !told || !known || r <= c
}

// tellContainer says that a monitor in a container does not see everybody.
func (j *join) tellContainer() {
	if !j.container {
		return
	}
	all := pidsOf(j.node)
	switch {
	case len(all) == 0 && len(j.inside) > 0 && j.node.Up:
		j.fault(fragcalc.Fault{Scope: fragcalc.ScopeNode, Field: "processes", Reason: "this monitor is in a container, and NVML names no process to it: shown are those that publish a page"})
	case len(j.outside) > 0:
		j.fault(fragcalc.Fault{Scope: fragcalc.ScopeNode, Field: "processes",
			Reason: fmt.Sprintf("this monitor is in a container: %d of NVML's %d processes %s outside it", len(j.outside), len(all), isOrAre(len(j.outside)))})
	}
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
