package cgroup

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	hexA = "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9"
	hexB = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"
	uid  = "1f0c2b9e-7a53-4d1e-9c4b-3f5e6d7c8b9a"
	uid_ = "1f0c2b9e_7a53_4d1e_9c4b_3f5e6d7c8b9a"
	hash = "5cd3c63b0ab5f0e4e4a6f1f0b6a2d9c1"
)

// v2 is the file of a process in one group of version 2.
func v2(path string) string { return "0::" + path + "\n" }

func TestParse(t *testing.T) {
	docker := Place{Runtime: "docker", Container: hexA}
	podman := Place{Runtime: "podman", Container: hexA}
	kube := func(runtime string) Place { return Place{Runtime: runtime, Container: hexA, PodUID: uid} }
	slurm := func(job, step string) Place { return Place{SlurmJob: job, SlurmStep: step} }
	const podSlice = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + uid_ + ".slice"
	const rootless = "/user.slice/user-1000.slice/user@1000.service"
	session := func(p Place) Place { p.Session = true; return p }

	for _, test := range []struct {
		name, text string
		want       Place
	}{
		{"docker cgroupfs", v2("/docker/" + hexA), docker},
		{"docker systemd", v2("/system.slice/docker-" + hexA + ".scope"), docker},
		{"docker child", v2("/system.slice/docker-" + hexA + ".scope/init"), docker},
		{"docker systemd inside", v2("/docker/" + hexA + "/system.slice/vllm.service"), Place{Runtime: "docker", Container: hexA, Unit: "vllm.service"}},
		{"docker custom parent", v2("/gpu-jobs/" + hexA), Place{Runtime: unnamed, Container: hexA}},
		{"docker custom slice", v2("/gpu.slice/docker-" + hexA + ".scope"), docker},
		{"docker rootless", v2(rootless + "/user.slice/docker-" + hexA + ".scope"), session(docker)},
		{"docker rootless app", v2(rootless + "/app.slice/docker-" + hexA + ".scope"), session(docker)},
		{"docker v1", "12:memory:/docker/" + hexA + "\n3:pids:/docker/" + hexA + "\n1:name=systemd:/docker/" + hexA + "\n", docker},
		{"docker hybrid", "5:memory:/docker/" + hexA + "\n1:name=systemd:/docker/" + hexA + "\n0::/system.slice/containerd.service\n", docker},
		{"docker from another namespace", v2("/../../docker/" + hexA), docker},
		{"only an id", v2("/../" + hexA), Place{Runtime: unnamed, Container: hexA}},
		{"dockerd itself", v2("/system.slice/docker.service"), Place{Unit: "docker.service"}},
		{"docker in docker", v2("/docker/" + hexB + "/docker/" + hexA), Place{Runtime: "docker", Container: hexA, Outer: "docker"}},

		{"containerd ctr", v2("/default/" + hexA), Place{Runtime: "containerd", Container: hexA}},
		{"containerd ctr kubernetes", v2("/k8s.io/" + hexA), Place{Runtime: "containerd", Container: hexA}},
		{"nerdctl", v2("/system.slice/nerdctl-" + hexA + ".scope"), Place{Runtime: "containerd", Container: hexA}},
		{"unknown runtime", v2("/system.slice/isulad-" + hexA + ".scope"), Place{Runtime: unnamed, Container: hexA}},

		{"podman root", v2("/machine.slice/libpod-" + hexA + ".scope"), podman},
		{"podman root child", v2("/machine.slice/libpod-" + hexA + ".scope/container"), podman},
		{"podman rootless", v2(rootless + "/user.slice/libpod-" + hexA + ".scope/container"), session(podman)},
		{"podman cgroupfs", v2("/libpod_parent/libpod-" + hexA), podman},
		{"podman conmon", v2("/machine.slice/libpod-conmon-" + hexA + ".scope"), Place{}},
		{"podman conmon rootless", v2(rootless + "/user.slice/libpod-conmon-" + hexA + ".scope"), session(Place{Unit: "user@1000.service"})},
		{"podman pod", v2("/machine.slice/machine-libpod_pod_" + hexB + ".slice/libpod-" + hexA + ".scope"), Place{Runtime: "podman", Container: hexA, Pod: hexB}},
		{"podman pod rootless", v2(rootless + "/user.slice/user-libpod_pod_" + hexB + ".slice/libpod-" + hexA + ".scope/container"), session(Place{Runtime: "podman", Container: hexA, Pod: hexB})},
		{"podman quadlet", v2("/system.slice/vllm.service/libpod-payload-" + hexA), Place{Runtime: "podman", Container: hexA, Unit: "vllm.service"}},
		{"podman v1", "4:memory:/machine.slice/libpod-" + hexA + ".scope\n1:name=systemd:/machine.slice/libpod-" + hexA + ".scope/container\n", podman},

		{"kubernetes cgroupfs burstable", v2("/kubepods/burstable/pod" + uid + "/" + hexA), kube(unnamed)},
		{"kubernetes cgroupfs besteffort", v2("/kubepods/besteffort/pod" + uid + "/" + hexA), kube(unnamed)},
		{"kubernetes cgroupfs guaranteed", v2("/kubepods/pod" + uid + "/" + hexA), kube(unnamed)},
		{"kubernetes cgroupfs cri-o", v2("/kubepods/burstable/pod" + uid + "/crio-" + hexA), kube("cri-o")},
		{"kubernetes v1", "11:memory:/kubepods/burstable/pod" + uid + "/" + hexA + "\n1:name=systemd:/kubepods/burstable/pod" + uid + "/" + hexA + "\n0::/system.slice/kubelet.service\n", kube(unnamed)},
		{"kubernetes systemd containerd", v2(podSlice + "/cri-containerd-" + hexA + ".scope"), kube("containerd")},
		{"kubernetes systemd cri-o", v2(podSlice + "/crio-" + hexA + ".scope/container"), kube("cri-o")},
		{"kubernetes systemd docker", v2(podSlice + "/docker-" + hexA + ".scope"), kube("docker")},
		{"kubernetes guaranteed", v2("/kubepods.slice/kubepods-pod" + uid_ + ".slice/cri-containerd-" + hexA + ".scope"), kube("containerd")},
		{"kubernetes besteffort", v2("/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" + uid_ + ".slice/cri-containerd-" + hexA + ".scope"), kube("containerd")},
		{"kubernetes in kind", v2("/system.slice/docker-" + hexB + ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" + uid_ + ".slice/cri-containerd-" + hexA + ".scope"),
			Place{Runtime: "containerd", Container: hexA, PodUID: uid, Outer: "docker"}},
		{"kubernetes with a prefix", v2("/x.slice/x-kubepods.slice/x-kubepods-burstable.slice/x-kubepods-burstable-pod" + uid_ + ".slice/cri-containerd-" + hexA + ".scope"), kube("containerd")},
		{"kubernetes colon form", v2("/system.slice/containerd.service/kubepods-burstable-pod" + uid_ + ".slice:cri-containerd:" + hexA), kube("containerd")},
		{"kubernetes colon form v1", "9:memory:/system.slice/containerd.service/kubepods-besteffort-pod" + uid_ + ".slice:cri-containerd:" + hexA + "\n", kube("containerd")},
		{"kubernetes static pod", v2("/kubepods/burstable/pod" + hash + "/" + hexA), Place{Runtime: unnamed, Container: hexA, PodUID: hash}},
		{"kubernetes static pod systemd", v2("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + hash + ".slice/crio-" + hexA + ".scope"), Place{Runtime: "cri-o", Container: hexA, PodUID: hash}},
		{"kubernetes conmon", v2(podSlice + "/crio-conmon-" + hexA + ".scope"), Place{PodUID: uid}},
		{"kubernetes without its container", v2("/kubepods/pod" + uid), Place{PodUID: uid}},
		{"docker in kubernetes", v2("/kubepods/pod" + uid + "/" + hexB + "/docker/" + hexA), Place{Runtime: "docker", Container: hexA, PodUID: uid, Outer: unnamed}},
		{"kubelet itself", v2("/system.slice/kubelet.service"), Place{Unit: "kubelet.service"}},

		{"slurm v1", "8:memory:/slurm/uid_1000/job_4711/step_0/task_3\n1:name=systemd:/system.slice/slurmd.service\n", slurm("4711", "0")},
		{"slurm v1 node", "8:memory:/slurm_node17/uid_1000/job_4711/step_batch\n", slurm("4711", "batch")},
		{"slurm v1 extern", "8:devices:/slurm/uid_1000/job_4711/step_extern\n7:memory:/slurm/uid_1000/job_4711\n", slurm("4711", "extern")},
		{"slurm v1 interactive", "8:memory:/slurm/uid_0/job_9/step_interactive/task_0\n", slurm("9", "interactive")},
		{"slurm v2", v2("/system.slice/slurmstepd.scope/job_4711/step_0/user/task_3"), slurm("4711", "0")},
		{"slurm v2 node", v2("/system.slice/node17_slurmstepd.scope/job_4711/step_batch/user/task_special"), slurm("4711", "batch")},
		{"slurm v2 daemon's half", v2("/system.slice/slurmstepd.scope/job_4711/step_extern/slurm"), slurm("4711", "extern")},
		{"slurm v2 idle", v2("/system.slice/slurmstepd.scope/system"), Place{}},
		{"slurm SLUID", v2("/system.slice/slurmstepd.scope/s5K1KKYAYG5D00/step_0/user/task_0"), slurm("s5K1KKYAYG5D00", "0")},
		{"podman below slurm", v2("/system.slice/slurmstepd.scope/job_4711/step_0/user/task_0/libpod-" + hexA), Place{Runtime: "podman", Container: hexA, SlurmJob: "4711", SlurmStep: "0"}},
		{"slurm in docker", v2("/docker/" + hexA + "/slurm/uid_0/job_9/step_0"), Place{Runtime: "docker", Container: hexA, SlurmJob: "9", SlurmStep: "0"}},
		{"a job of nobody", v2("/user.slice/job_4711/step_0"), Place{Session: true}},

		{"unit", v2("/system.slice/vllm.service"), Place{Unit: "vllm.service"}},
		{"unit instance", v2(`/system.slice/system-vllm.slice/vllm@gpu0.service`), Place{Unit: "vllm@gpu0.service"}},
		{"unit escaped", v2(`/system.slice/my\x2dserver.service`), Place{Unit: "my-server.service"}},
		{"unit child", v2("/system.slice/vllm.service/workers"), Place{Unit: "vllm.service"}},
		{"unit v1", "5:memory:/system.slice/vllm.service\n1:name=systemd:/system.slice/vllm.service\n", Place{Unit: "vllm.service"}},
		{"unit with a broken escape", v2(`/system.slice/a\x2.service`), Place{Unit: `a\x2.service`}},
		{"scope", v2("/system.slice/run-r1234.scope"), Place{Unit: "run-r1234.scope"}},
		{"user unit", v2(rootless + "/app.slice/jupyter.service"), session(Place{Unit: "jupyter.service"})},
		{"terminal", v2(rootless + "/app.slice/app-org.gnome.Terminal.slice/vte-spawn-1.scope"), session(Place{Unit: "vte-spawn-1.scope"})},
		{"login", v2("/user.slice/user-1000.slice/session-3.scope"), session(Place{Unit: "session-3.scope"})},
		{"login v1", "4:memory:/user.slice\n1:name=systemd:/user.slice/user-1000.slice/session-3.scope\n", session(Place{Unit: "session-3.scope"})},

		{"lxc", v2("/lxc/web1"), Place{Runtime: "lxc", Container: "web1"}},
		{"lxc payload", v2("/lxc.payload.gpu-box/init.scope"), Place{Runtime: "lxc", Container: "gpu-box"}},
		{"lxc unit inside", v2("/lxc.payload.gpu-box/system.slice/vllm.service"), Place{Runtime: "lxc", Container: "gpu-box", Unit: "vllm.service"}},
		{"lxc monitor", v2("/lxc.monitor.gpu-box"), Place{Runtime: "lxc", Container: "gpu-box"}},
		{"docker in lxc", v2("/lxc/web1/docker/" + hexA), Place{Runtime: "docker", Container: hexA, Outer: "lxc"}},
		{"nspawn", v2("/machine.slice/systemd-nspawn@ml.service/payload/system.slice/vllm.service"), Place{Runtime: "nspawn", Container: "ml", Unit: "vllm.service"}},
		{"nspawn scope", v2(`/machine.slice/machine-my\x2dbox.scope`), Place{Runtime: "nspawn", Container: "my-box"}},
		{"vm", v2(`/machine.slice/machine-qemu\x2d3\x2dgpu.scope/libvirt/emulator`), Place{Runtime: "vm", Container: "qemu-3-gpu"}},

		{"root", v2("/"), Place{Root: true}},
		{"init", v2("/init.scope"), Place{Root: true}},
		{"root v1", "5:memory:/\n1:name=systemd:/\n0::/\n", Place{Root: true}},
		{"outside of the view", v2("/../.."), Place{Root: true}},
		{"user's slice", v2("/user.slice/user-1000.slice"), session(Place{})},
		{"other slice", v2("/gpu.slice"), Place{}},
	} {
		test.want.Told = true
		if diff := cmp.Diff(test.want, Parse(test.text)); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.name, test.text, diff)
		}
	}
}

// Names that nearly are something are nothing.
func TestParseNot(t *testing.T) {
	for _, path := range []string{
		"/docker/" + hexA[1:], "/docker/" + strings.ToUpper(hexA), "/system.slice/docker-" + hexA + "0", "/kubepods/pod" + uid[1:],
		"/kubepods/pod" + uid + "x", "/pod" + uid, "/slurm/uid_0/job_x/step_0", "/slurm/job_1234567890123", "/job_1/step_1", "/slurm/step_1",
		"/system.slice/slurmstepd.scope/S5K1KKYAYG5D00", "/machine.slice/machine-.scope", "/lxc.payload.", "/machine-a.scope/x", "/a:b:c/x",
	} {
		p := Parse(v2(path))
		if p.Container != "" || p.PodUID != "" || p.SlurmJob != "" {
			t.Errorf("%s gave %+v", path, p)
		}
	}
	for _, text := range []string{"", "\n", "x", "0:", "0::", "0::relative\n", "a:b\n", strings.Repeat(":", 1000)} {
		if p := Parse(text); p.Told {
			t.Errorf("%q gave %+v", text, p)
		}
	}
}

func TestParseBoundsAndCleans(t *testing.T) {
	p := Parse(v2("/lxc/" + strings.Repeat("a", 4000) + "\x1b[31m"))
	if len(p.Container) > maxName || strings.ContainsRune(p.Container, 0x1b) {
		t.Errorf("%q", p.Container)
	}
	if p := Parse(v2(`/system.slice/a\x1b\x07b` + "\u202e.service")); p.Unit != "ab.service" {
		t.Errorf("%q", p.Unit)
	}
	if p := Parse(v2(strings.Repeat("/a", 100_000) + "/docker/" + hexA)); p.Container != hexA {
		t.Error("the end of a long path is not seen")
	}
	Parse(strings.Repeat("1:memory:/docker/"+hexA+"\n", 100_000))
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		v2("/docker/" + hexA), v2("/kubepods.slice/kubepods-pod" + uid_ + ".slice/crio-" + hexA + ".scope"), "8:memory:/slurm/uid_1/job_2/step_0\n0::/x\n",
		v2("/system.slice/containerd.service/kubepods-burstable-pod" + uid_ + ".slice:cri-containerd:" + hexA), v2(`/system.slice/my\x2dserver.service`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p := Parse(text)
		for _, s := range []string{p.Runtime, p.Container, p.PodUID, p.Pod, p.SlurmJob, p.SlurmStep, p.Unit, p.Outer} {
			if len(s) > maxName || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%q", s)
			}
		}
		if (p.Container == "") != (p.Runtime == "") {
			t.Errorf("container %q of runtime %q", p.Container, p.Runtime)
		}
	})
}
