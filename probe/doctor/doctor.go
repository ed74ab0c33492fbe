// Package doctor finds out what stands between this monitor and the inside of
// programs, on the node or in one process, and names the way out of each. It
// only looks: nothing is changed, stopped or started.
package doctor

import (
	"context"
	"os"
	"time"

	"github.com/gpufragtop/gpufragtop/fragcalc/text"
	"github.com/gpufragtop/gpufragtop/fragcalc/wayin"
	"github.com/gpufragtop/gpufragtop/probe/agents"
	"github.com/gpufragtop/gpufragtop/probe/gpus"
	"github.com/gpufragtop/gpufragtop/probe/procs"
)

// Shim is what the doctor must know of the shim that this monitor carries; it
// lies on a floor of its own.
type Shim struct {
	SourceHash string
	Layout     string                          // "1.1"
	Path       func() (path string, err error) // where run would take it from; err: why it could not. Writes nothing
	Faults     func() []string                 // what is wrong with what is embedded, or with copies of it
	Own        func() (path, how string)       // a shim that the user has built from the embedded sources, and how it differs; empty = none
	Program    func(path, name string) error   // why nothing can be preloaded into the program at path
}

// Options say where to look.
type Options struct {
	NVMLPath string // empty = as the loader finds it
	ProcRoot string // of the node's processes; empty = $HOST_PROC, else /proc
	OwnProc  string // where this monitor sees itself; empty = /proc
	Version  string
	Shim     Shim
	Attach   bool // there is a verb that gets into a running program
}

// Doctor looks at a node. Its methods may be called side by side.
type Doctor struct {
	options Options
	host    string
}

// longest bounds what an examination waits for.
const longest = 5 * time.Second

// New returns a doctor.
func New(o Options) *Doctor {
	if o.ProcRoot == "" {
		o.ProcRoot = os.Getenv("HOST_PROC")
	}
	if o.ProcRoot == "" {
		o.ProcRoot = "/proc"
	}
	if o.OwnProc == "" {
		o.OwnProc = "/proc"
	}
	host, _ := os.Hostname()
	return &Doctor{o, text.Clean(host, 255)}
}

func (d *Doctor) report() wayin.Report {
	return wayin.Report{Version: d.options.Version, Host: d.host}
}

// Diagnose examines the node.
func (d *Doctor) Diagnose(ctx context.Context) wayin.Report {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	nvml := make(chan driverSays, 1)
	go func() { nvml <- d.nvml(ctx) }() // a driver that hangs costs only itself
	r := d.report()
	rest := append(d.rights(), d.shim()...)
	shims := d.shims(ctx)
	rest = append(rest, d.instrumented(shims)...)
	select {
	case said := <-nvml:
		r.Findings = append(said.findings, append(rest, d.notInstrumented(ctx, said.holders, shims)...)...)
	case <-ctx.Done():
		r.Findings = append([]wayin.Finding{{Level: wayin.Problem, Topic: "nvml", What: "The NVIDIA driver does not answer",
			Why: "a call into it hangs; the kernel's log may say why", Do: kernelLog}}, rest...)
	}
	r.Line = wayin.RunLine("python train.py")
	return r
}

// driverSays is what the driver's library tells.
type driverSays struct {
	findings []wayin.Finding
	holders  []gpus.Process // those that hold memory on a GPU, one for each GPU
}

// nvml asks the driver's library what it can tell.
func (d *Doctor) nvml(ctx context.Context) driverSays {
	watcher := gpus.New(gpus.Options{Library: d.options.NVMLPath})
	defer watcher.Close()
	node := watcher.Sample(ctx, true)
	if !node.Up {
		return driverSays{findings: []wayin.Finding{driverTrouble(node)}}
	}
	said := driverSays{findings: nodeFindings(node)}
	for _, device := range node.Devices {
		said.holders = append(said.holders, device.Processes...)
	}
	return said
}

func nodeFindings(node gpus.Node) []wayin.Finding {
	var out []wayin.Finding
	for _, fault := range node.Faults {
		out = append(out, wayin.Finding{Level: wayin.Problem, Topic: "nvml", What: "The driver does not tell all", Why: fault.Reason,
			Do: kernelLog})
	}
	if len(node.Devices) == 0 && len(out) == 0 {
		return []wayin.Finding{{Level: wayin.Problem, Topic: "nvml", What: "The driver (" + node.Driver + ") lists no GPU",
			Why: "none is in this machine, or none is passed into this container (docker run --gpus all does)", Do: "nvidia-smi -L"}}
	}
	for _, device := range node.Devices {
		if device.ProcessesReason != "" {
			out = append(out, wayin.Finding{Level: wayin.Hint, Topic: "nvml", What: "The processes on " + device.Name + " are not told",
				Why: device.ProcessesReason + "; instrumented ones are shown all the same", Do: "sudo gpufragtop"})
		}
	}
	if len(node.Devices) > 0 {
		out = append(out, wayin.Finding{Level: wayin.OK, Topic: "nvml", What: plural(len(node.Devices), "GPU") + ", driver " + node.Driver})
	}
	return out
}

// kernelLog is where the driver complains.
const kernelLog = "sudo dmesg | grep -i -e nvrm -e xid"

func driverTrouble(node gpus.Node) wayin.Finding {
	reason := "NVML did not start"
	if len(node.Faults) > 0 {
		reason = node.Faults[0].Reason
	}
	f := wayin.Finding{Level: wayin.Problem, Topic: "nvml", Why: reason}
	switch node.Trouble {
	case gpus.NoLibrary:
		f.What, f.Why, f.Do = "There is no NVIDIA driver here", "libnvidia-ml.so.1 is not found: no driver is installed, or this container was given no GPU (docker run --gpus all gives them); the tool shows itself without one:", wayin.DemoLine
	case gpus.NotLoaded:
		f.What, f.Why, f.Do = "The NVIDIA driver is not loaded", "its library is here, its kernel module does not run", "sudo modprobe nvidia && nvidia-smi"
	case gpus.VersionsDiffer:
		f.What, f.Why, f.Do = "The NVIDIA driver and its library have different versions", "the driver was upgraded and the old module still runs; it goes by a reboot, or by hand: rmmod nvidia_uvm, nvidia_drm, nvidia_modeset and nvidia, then modprobe nvidia", "sudo reboot"
	case gpus.NoPermission:
		f.What, f.Why, f.Do = "The NVIDIA driver may not be used by this user", "the device files belong to others: this user has to join their group", "ls -l /dev/nvidia*"
	default:
		f.What, f.Do = "NVML does not answer", kernelLog
	}
	return f
}

// hostPIDs tells whether process numbers are the driver's.
func (d *Doctor) hostPIDs() bool {
	reader := procs.New(d.options.ProcRoot)
	defer reader.Close()
	return reader.HostPIDs()
}

// shims looks for programs with a shim.
func (d *Doctor) shims(ctx context.Context) []agents.Shim {
	watcher := agents.New(agents.Options{ProcRoot: d.options.ProcRoot, Version: d.options.Version})
	defer watcher.Close()
	return watcher.Shims(ctx)
}

// instrumented says of the programs with a shim what is to be known of it.
func (d *Doctor) instrumented(shims []agents.Shim) []wayin.Finding {
	if len(shims) == 0 {
		return []wayin.Finding{{Level: wayin.Hint, Topic: "instrumented", What: "No instrumented program is running, as far as can be seen",
			Why: "what is free, cached or stranded inside a program is known only of those started through gpufragtop", Do: wayin.RunLine("python train.py")}}
	}
	var out []wayin.Finding
	for _, shim := range shims {
		if f := d.compare(shim); f.Level != wayin.OK {
			out = append(out, f)
		}
	}
	return append(out, wayin.Finding{Level: wayin.OK, Topic: "instrumented", What: plural(len(shims), "instrumented program")})
}
