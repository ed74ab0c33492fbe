package gpus

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/go-nvml/pkg/dl"
	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
)

const defaultLibrary = "libnvidia-ml.so.1"

// library is NVML once it has started, with what it can do.
type library struct {
	nvml.Interface
	can            table
	driver, cuda   string
	processesLimit string // why process lists may not be read; empty if they may
}

// open loads and starts NVML. The error says what to do about it. A library
// once loaded stays loaded: go-nvml's calls are bound to it for good.
func open(path string) (*library, error) {
	name := path
	if name == "" {
		name = defaultLibrary
	}
	if err := check(name); err != nil {
		return nil, err
	}
	l := &library{Interface: nvml.New(nvml.WithLibraryPath(name))}
	if code := l.Init(); code != nvml.SUCCESS {
		return nil, startFailure(code)
	}
	has := func(symbol string) bool { return l.Extensions().LookupSymbol(symbol) == nil }
	l.can = lookUp(has)
	if l.can[canDriver] {
		if version, code := l.SystemGetDriverVersion(); code == nvml.SUCCESS {
			l.driver = text.Clean(version, 80)
		}
	}
	l.cuda = l.cudaVersion()
	if processRecordsDiffer(l.driver, has) {
		l.processesLimit = "driver " + l.driver + " reports processes in a layout that cannot be read safely: update it to 535.98 or newer"
	}
	return l, nil
}

// check makes sure that the library can be loaded and is NVML, since go-nvml
// would call its Init without looking.
func check(name string) error {
	handle := dl.New(name, dl.RTLD_LAZY|dl.RTLD_GLOBAL)
	if err := handle.Open(); err != nil {
		if strings.Contains(err.Error(), "No such file") {
			return startFailure(nvml.ERROR_LIBRARY_NOT_FOUND)
		}
		return fmt.Errorf("the NVIDIA driver's library cannot be loaded: %s", text.Clean(err.Error(), 300))
	}
	if !slices.ContainsFunc(initSymbols, func(symbol string) bool { return handle.Lookup(symbol) == nil }) {
		return fmt.Errorf("%s is not the NVIDIA driver's library: it has no %s", name, initSymbols[0])
	}
	return nil
}

// cudaVersion is the newest CUDA version that the driver supports, as "12.5".
func (l *library) cudaVersion() string {
	ask := l.SystemGetCudaDriverVersion_v2
	if !l.can[canCUDA] {
		ask = l.SystemGetCudaDriverVersion
	}
	if !l.can[canCUDA] && !l.can[canCUDAOld] {
		return ""
	}
	version, code := ask()
	if code != nvml.SUCCESS || version <= 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d", version/1000, version%1000/10)
}

// count returns how many devices there are.
func (l *library) count() (int, error) {
	if !l.can[canCount] || !l.can[canHandle] || !l.can[canUUID] {
		return 0, errors.New("this NVIDIA driver is too old to list its devices")
	}
	n, code := l.DeviceGetCount()
	if code != nvml.SUCCESS {
		return 0, errors.New("the devices cannot be listed: " + reason(code))
	}
	return n, nil
}
