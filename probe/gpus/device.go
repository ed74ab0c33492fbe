package gpus

import (
	"errors"
	"sync"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

// A device that cannot be reached, and the division of a device into MIG
// instances, are looked at again after reattachEvery.
const reattachEvery = 10 * time.Second

// device is one physical GPU with the one goroutine that makes all calls about
// it. Everything under mu is written by that goroutine and read by samples.
type device struct {
	lib    *library
	index  int
	filter Filter
	rounds chan *round

	handle   nvml.Device // nil until attached; used by the goroutine only
	lookedAt time.Time   // when handle and MIG instances were last looked up

	mu      sync.Mutex
	self    identity
	name    string
	targets []*target
	ignored []string // UUIDs that the filter leaves out
	fault   error    // why the device cannot be reached
	known   bool     // a round has ended
	flying  *round   // nil when idle
	call    string   // the call underway
	called  time.Time
}

// round is one pass over all figures of a device.
type round struct {
	began time.Time
	fresh bool
	done  chan struct{}
}

func newDevice(lib *library, index int, filter Filter) *device {
	d := &device{lib: lib, index: index, filter: filter, rounds: make(chan *round, 1), self: identity{index: index, instance: -1}}
	go func() {
		for r := range d.rounds {
			d.run(r)
		}
	}()
	return d
}

// start begins a round, or returns the one in flight: at most one call is ever
// underway on a device.
func (d *device) start(fresh bool) *round {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flying == nil {
		d.flying = &round{time.Now(), fresh, make(chan struct{})}
		d.rounds <- d.flying
	}
	return d.flying
}

func (d *device) run(r *round) {
	if time.Since(d.lookedAt) >= reattachEvery {
		d.enter("handle")
		err := d.attach()
		d.lookedAt = time.Now()
		d.store(func() { d.fault = err })
	}
	if d.handle != nil {
		for _, t := range d.targets {
			t.measure(d, d.handle, r.fresh)
		}
	}
	d.store(func() {
		d.flying, d.known = nil, true
		close(r.done)
	})
}

// enter notes which call comes next, so that one that hangs can be named.
func (d *device) enter(call string) { d.store(func() { d.call, d.called = call, time.Now() }) }

func (d *device) store(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// attach finds the device, learns what does not change, and how it is divided.
func (d *device) attach() error {
	handle, code := d.lib.DeviceGetHandleByIndex(d.index)
	if code != nvml.SUCCESS {
		return d.lose(code)
	}
	uuid, code := handle.GetUUID()
	if code != nvml.SUCCESS {
		return d.lose(code)
	}
	if uuid = clean(uuid); uuid != d.self.uuid {
		d.identify(handle, uuid)
	}
	d.handle = handle
	d.divide()
	return nil
}

func (d *device) lose(code nvml.Return) error {
	d.handle = nil
	for _, t := range d.targets {
		t.forget(d, code)
	}
	return errors.New(reason(code))
}

func (d *device) identify(handle nvml.Device, uuid string) {
	self, name := identity{index: d.index, instance: -1, uuid: uuid}, ""
	if d.lib.can[canName] {
		name, _ = handle.GetName()
	}
	if d.lib.can[canPCI] {
		if pci, code := handle.GetPciInfo(); code == nvml.SUCCESS {
			self.bus = busID(pci)
		}
	}
	d.store(func() { d.self, d.name = self, clean(name) })
}

// divide makes the list of targets: the device, or its MIG instances where it
// has some. Targets that stay keep their figures.
func (d *device) divide() {
	found := d.instances()
	if len(found) == 0 {
		found = []*target{{identity: d.self, name: d.name, handle: d.handle}}
	}
	all := d.filter.Match(d.self.index, d.self.uuid, d.self.bus)
	var kept []*target
	var ignored []string
	for _, t := range found {
		if !all && (t.instance < 0 || !d.filter.matchInstance(t.identity)) {
			ignored = append(ignored, t.uuid)
			continue
		}
		for _, old := range d.targets {
			if old.uuid == t.uuid {
				old.handle = t.handle
				t = old
				break
			}
		}
		kept = append(kept, t)
	}
	d.store(func() { d.targets, d.ignored = kept, ignored })
}

// instances lists the MIG instances of the device.
func (d *device) instances() []*target {
	if !d.lib.can[canMIG] {
		return nil
	}
	if on, _, code := d.handle.GetMigMode(); code != nvml.SUCCESS || on != nvml.DEVICE_MIG_ENABLE {
		return nil
	}
	count, code := d.handle.GetMaxMigDeviceCount()
	if code != nvml.SUCCESS {
		return nil
	}
	var found []*target
	for i := range min(count, 64) {
		handle, code := d.handle.GetMigDeviceHandleByIndex(i)
		if code != nvml.SUCCESS {
			continue // places may be empty
		}
		uuid, code := handle.GetUUID()
		if code != nvml.SUCCESS {
			continue
		}
		t := &target{identity: identity{d.index, i, clean(uuid), d.self.bus}, name: d.name + " MIG", handle: handle}
		if d.lib.can[canName] {
			if name, code := handle.GetName(); code == nvml.SUCCESS {
				t.name = clean(name)
			}
		}
		found = append(found, t)
	}
	return found
}

func clean(s string) string { return text.Clean(s, 96) }

// busID reads the C string of a PCI bus id.
func busID(pci nvml.PciInfo) string {
	var out []byte
	for _, c := range pci.BusId {
		if c == 0 {
			break
		}
		out = append(out, byte(c))
	}
	return clean(string(out))
}
