package demo

import (
	"math/rand/v2"

	"github.com/gpufragtop/gpufragtop/fragcalc"
	"github.com/gpufragtop/gpufragtop/fragcalc/whatif"
)

const (
	mib = int64(1) << 20
	gib = int64(1) << 30

	// Sizes of an 80 GB H100 as nvidia-smi tells them.
	totalMemory    = 81559 * mib
	driverReserved = 551 * mib
)

// gpu is one device: its memory and what its sensors say.
type gpu struct {
	uuid        string
	memory      *whatif.Memory
	random      *rand.Rand
	load        float64 // percent
	temperature float64 // degrees Celsius
}

func newGPUs(seed int64) []*gpu {
	uuids := []string{
		"GPU-de300000-1f2e-4d3c-8b5a-697887960a50",
		"GPU-de300001-2e3d-4c5b-9a69-788796a5b4c1",
	}
	var gpus []*gpu
	for i, uuid := range uuids {
		gpus = append(gpus, &gpu{
			uuid:        uuid,
			memory:      whatif.NewMemory(totalMemory - driverReserved),
			random:      random(seed, 100+i),
			load:        80,
			temperature: 58,
		})
	}
	return gpus
}

// step lets the load wander, and the temperature follow it slowly.
func (g *gpu) step() {
	g.load = min(max(g.load+4*g.random.NormFloat64(), 35), 100)
	g.temperature += (34 + 0.36*g.load - g.temperature) / 120
}

func (g *gpu) reading(index int) fragcalc.GPU {
	free := g.memory.Available()
	return fragcalc.GPU{
		Index:                index,
		UUID:                 g.uuid,
		Name:                 "NVIDIA H100 80GB HBM3",
		MemoryTotal:          fragcalc.Of(totalMemory),
		MemoryUsed:           fragcalc.Of(g.memory.Total() - free),
		MemoryFree:           fragcalc.Of(free),
		MemoryDriverReserved: fragcalc.Of(driverReserved),
		Utilization:          fragcalc.Of(int(g.load)),
		Temperature:          fragcalc.Of(int(g.temperature)),
		Power:                fragcalc.Of(115_000 + int(g.load*5_400)),
	}
}
