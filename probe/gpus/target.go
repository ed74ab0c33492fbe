package gpus

import (
	"math"
	"time"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// target is what has memory of its own: a whole GPU or a MIG instance.
type target struct {
	identity
	name        string
	handle      nvml.Device
	memory      reading[memory]
	utilization reading[int]
	temperature reading[int]
	power       reading[int]
	lists       [lists]reading[[]nvml.ProcessInfo]
}

// memory is how full a target is, in bytes. reserved is what the driver keeps
// for itself; unknown where it is counted as used.
type memory struct {
	total, used, free uint64
	reserved          fragcalc.Bytes
}

// measure asks for all figures that are due, the ones that matter most first.
// parent is the whole GPU of a MIG instance, which knows its temperature.
func (t *target) measure(d *device, parent nvml.Device, fresh bool) {
	dear := dearEvery
	if fresh {
		dear = 0
	}
	can, whole := &d.lib.can, t.instance < 0
	code := ask(d, can[canMemory] || can[canMemoryV2], "memory", &t.memory, func() (memory, nvml.Return) { return d.lib.memory(t.handle) })
	if isGone(code) {
		t.forget(d, code)
		if code != nvml.ERROR_GPU_IS_LOST {
			d.lookedAt = time.Time{} // divided anew: look again next time
		}
		return
	}
	t.measureProcesses(d, dear)
	if whole {
		_ = ask(d, can[canUtilization], "utilization", &t.utilization, func() (int, nvml.Return) {
			rates, code := t.handle.GetUtilizationRates()
			return int(rates.Gpu), code
		})
	}
	_ = ask(d, can[canTemperature], "temperature", &t.temperature, func() (int, nvml.Return) {
		celsius, code := parent.GetTemperature(nvml.TEMPERATURE_GPU)
		return int(celsius), code
	})
	if whole && t.power.due(time.Now(), dear) {
		_ = ask(d, can[canPower], "power", &t.power, func() (int, nvml.Return) {
			milliwatts, code := t.handle.GetPowerUsage()
			return int(milliwatts), code
		})
	}
}

// forget makes every figure unknown, since the device has gone.
func (t *target) forget(d *device, code nvml.Return) {
	why, now := reason(code), time.Now()
	d.store(func() {
		t.memory = reading[memory]{fragcalc.Unknown[memory](why), code, now}
		for _, r := range []*reading[int]{&t.utilization, &t.temperature, &t.power} {
			*r = reading[int]{fragcalc.Unknown[int](why), code, now}
		}
		for i := range t.lists {
			t.lists[i] = reading[[]nvml.ProcessInfo]{fragcalc.Unknown[[]nvml.ProcessInfo](why), code, now}
		}
	})
}

// isGone tells whether the handle leads to nothing any more.
func isGone(code nvml.Return) bool {
	switch code {
	case nvml.ERROR_GPU_IS_LOST, nvml.ERROR_UNINITIALIZED, nvml.ERROR_INVALID_ARGUMENT, nvml.ERROR_NOT_FOUND, nvml.ERROR_GPU_NOT_FOUND:
		return true
	default:
		return false
	}
}

// memory asks in the newer form, which tells what the driver keeps for itself,
// and in the older one where that fails.
func (l *library) memory(handle nvml.Device) (memory, nvml.Return) {
	if l.can[canMemoryV2] {
		m, code := handle.GetMemoryInfo_v2()
		if code == nvml.SUCCESS {
			return memory{m.Total, m.Used, m.Free, bytesOf(m.Reserved)}, code
		}
		if !l.can[canMemory] || code != nvml.ERROR_ARGUMENT_VERSION_MISMATCH && code != nvml.ERROR_NOT_SUPPORTED {
			return memory{}, code
		}
	}
	m, code := handle.GetMemoryInfo()
	return memory{m.Total, m.Used, m.Free, fragcalc.Unknown[int64]("counted as used by this driver version")}, code
}

// gpu returns the target as it may be shown.
func (t *target) gpu(now, began time.Time) fragcalc.GPU {
	g := fragcalc.GPU{
		Index:       t.index,
		UUID:        t.uuid,
		Name:        t.name,
		Temperature: t.temperature.known(now, began),
		Utilization: t.utilization.known(now, began),
		Power:       t.power.known(now, began),
	}
	if t.instance >= 0 {
		g.Utilization = fragcalc.Unknown[int]("not told for MIG instances")
		g.Power = g.Utilization
	}
	m := t.memory.known(now, began)
	if v, ok := m.Get(); ok {
		g.MemoryTotal, g.MemoryUsed, g.MemoryFree, g.MemoryDriverReserved = bytesOf(v.total), bytesOf(v.used), bytesOf(v.free), v.reserved
		return g
	}
	g.MemoryTotal = fragcalc.Unknown[int64](m.Reason())
	g.MemoryUsed, g.MemoryFree, g.MemoryDriverReserved = g.MemoryTotal, g.MemoryTotal, g.MemoryTotal
	return g
}

// bytesOf takes NVML's "not available", all ones, for what it is.
func bytesOf(n uint64) fragcalc.Bytes {
	if n > math.MaxInt64 {
		return fragcalc.Unknown[int64]("not told by the driver")
	}
	return fragcalc.Of(int64(n))
}
