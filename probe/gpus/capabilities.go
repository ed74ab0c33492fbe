package gpus

import (
	"slices"
	"strconv"
	"strings"
)

// capability is something that the installed driver may or may not be able to
// do, depending on its age.
type capability int

const (
	canDriver capability = iota
	canCUDA
	canCUDAOld
	canCount
	canHandle
	canName
	canUUID
	canPCI
	canMemory
	canMemoryV2
	canUtilization
	canTemperature
	canPower
	canCompute
	canGraphics
	canMPS
	canMIG
	capabilities
)

// symbols names the entry points behind each capability: one of each inner
// list must exist, since go-nvml takes the newest version that does.
var symbols = [capabilities][][]string{
	canDriver:      {{"nvmlSystemGetDriverVersion"}},
	canCUDA:        {{"nvmlSystemGetCudaDriverVersion_v2"}},
	canCUDAOld:     {{"nvmlSystemGetCudaDriverVersion"}},
	canCount:       {{"nvmlDeviceGetCount_v2", "nvmlDeviceGetCount"}},
	canHandle:      {{"nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetHandleByIndex"}},
	canName:        {{"nvmlDeviceGetName"}},
	canUUID:        {{"nvmlDeviceGetUUID"}},
	canPCI:         {{"nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo_v2", "nvmlDeviceGetPciInfo"}},
	canMemory:      {{"nvmlDeviceGetMemoryInfo"}},
	canMemoryV2:    {{"nvmlDeviceGetMemoryInfo_v2"}},
	canUtilization: {{"nvmlDeviceGetUtilizationRates"}},
	canTemperature: {{"nvmlDeviceGetTemperature"}},
	canPower:       {{"nvmlDeviceGetPowerUsage"}},
	canCompute:     processList("nvmlDeviceGetComputeRunningProcesses"),
	canGraphics:    processList("nvmlDeviceGetGraphicsRunningProcesses"),
	canMPS:         processList("nvmlDeviceGetMPSComputeRunningProcesses"),
	canMIG:         {{"nvmlDeviceGetMigMode"}, {"nvmlDeviceGetMaxMigDeviceCount"}, {"nvmlDeviceGetMigDeviceHandleByIndex"}},
}

func processList(name string) [][]string {
	return [][]string{{name + "_v3", name + "_v2", name}}
}

// initSymbols are what go-nvml's Init calls; without one of them the library
// is not NVML at all.
var initSymbols = []string{"nvmlInit_v2", "nvmlInit"}

// table says what the installed driver can do.
type table [capabilities]bool

// lookUp fills a table; has tells whether the library exports a symbol.
func lookUp(has func(string) bool) table {
	var t table
	for c, needed := range symbols {
		t[c] = !slices.ContainsFunc(needed, func(versions []string) bool {
			return !slices.ContainsFunc(versions, has)
		})
	}
	return t
}

// processRecordsDiffer tells whether the process lists of this driver have
// longer records than their version says, as those of 535.43 to 535.86: read
// with the documented layout they give wrong pids and run over their buffer.
func processRecordsDiffer(driver string, has func(string) bool) bool {
	if has("nvmlDeviceGetRunningProcessDetailList") || !has("nvmlDeviceGetConfComputeMemSizeInfo") {
		return false
	}
	major, rest, _ := strings.Cut(driver, ".")
	minor, _, _ := strings.Cut(rest, ".")
	number, err := strconv.Atoi(minor)
	return driver == "" || major == "535" && (err != nil || number < 98)
}
