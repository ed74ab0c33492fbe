package gpus

import (
	"errors"
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

// reason says in a few words why a call about a device failed. It never asks
// NVML for its own words: that call may be missing, too.
func reason(code nvml.Return) string {
	switch code {
	case nvml.ERROR_UNINITIALIZED:
		return "the driver connection was lost"
	case nvml.ERROR_NOT_SUPPORTED:
		return "not supported by this GPU"
	case nvml.ERROR_NO_PERMISSION:
		return "no permission"
	case nvml.ERROR_NOT_FOUND:
		return "not found"
	case nvml.ERROR_TIMEOUT:
		return "the driver timed out"
	case nvml.ERROR_GPU_IS_LOST:
		return "the GPU is lost: it has fallen off the bus; see dmesg, then reset or reboot"
	case nvml.ERROR_RESET_REQUIRED:
		return "the GPU needs a reset"
	case nvml.ERROR_OPERATING_SYSTEM:
		return "blocked by the operating system or a cgroup"
	case nvml.ERROR_LIB_RM_VERSION_MISMATCH:
		return "driver and library versions differ"
	case nvml.ERROR_IN_USE:
		return "the GPU is in use by somebody who excludes others"
	case nvml.ERROR_NO_DATA:
		return "no data yet"
	case nvml.ERROR_NOT_READY:
		return "not ready yet"
	default:
		return fmt.Sprintf("NVML error %d", int(code))
	}
}

// Trouble is why NVML could not be started, for those who know a way out of it.
type Trouble string

// Values of Trouble; what has none of its own is OtherTrouble.
const (
	NoTrouble      Trouble = ""
	NoLibrary      Trouble = "no library"
	NotLoaded      Trouble = "driver not loaded"
	VersionsDiffer Trouble = "driver and library versions differ"
	NoPermission   Trouble = "no permission"
	OtherTrouble   Trouble = "other"
)

// startError is why NVML could not be started, in words.
type startError struct {
	trouble Trouble
	words   string
}

func (e *startError) Error() string { return e.words }

// startFailure is the error of a code of nvmlInit.
func startFailure(code nvml.Return) error {
	trouble := OtherTrouble
	switch code {
	case nvml.ERROR_LIBRARY_NOT_FOUND:
		trouble = NoLibrary
	case nvml.ERROR_DRIVER_NOT_LOADED:
		trouble = NotLoaded
	case nvml.ERROR_LIB_RM_VERSION_MISMATCH:
		trouble = VersionsDiffer
	case nvml.ERROR_NO_PERMISSION:
		trouble = NoPermission
	}
	return &startError{trouble, initReason(code)}
}

// troubleOf is the trouble that an error tells of.
func troubleOf(err error) Trouble {
	var start *startError
	if errors.As(err, &start) {
		return start.trouble
	}
	return OtherTrouble
}

// initReason says why NVML could not be started, and the way out.
func initReason(code nvml.Return) string {
	switch code {
	case nvml.ERROR_DRIVER_NOT_LOADED:
		return "the NVIDIA driver is not loaded: load it (modprobe nvidia) or check the device's installation"
	case nvml.ERROR_LIBRARY_NOT_FOUND:
		return "no NVIDIA driver found: install it, in a container pass the GPUs through (--gpus all); --demo shows the tool without one"
	case nvml.ERROR_LIB_RM_VERSION_MISMATCH:
		return "the NVIDIA driver and its library have different versions, as after an upgrade: reboot or reload the driver"
	case nvml.ERROR_NO_PERMISSION:
		return "no permission to use the NVIDIA driver: check the rights of /dev/nvidia*"
	case nvml.ERROR_GPU_IS_LOST:
		return "a GPU is lost: it has fallen off the bus; see dmesg, then reset or reboot"
	default:
		return "NVML did not start: " + reason(code)
	}
}
