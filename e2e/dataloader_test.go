//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A training loop whose batches come from worker processes, as PyTorch starts
// them; main is under the guard that spawn needs. Its workers live until it is
// given a line.
const dataLoader = `
import json, os, sys, warnings
warnings.filterwarnings("ignore")
import torch
from torch.utils.data import DataLoader, Dataset

class Squares(Dataset):
    def __len__(self):
        return 64
    def __getitem__(self, i):
        return torch.tensor([i, i * i])

def main(method):
    print(json.dumps({"pid": os.getpid()}), flush=True)
    parameters = torch.empty(64 << 20, dtype=torch.uint8, device="cuda")
    loader = DataLoader(Squares(), batch_size=8, num_workers=2, multiprocessing_context=method, persistent_workers=True)
    total = 0
    for epoch in range(3):
        for batch in loader:
            torch.empty(batch.numel() << 16, dtype=torch.uint8, device="cuda")
            total += int(batch.sum())
    workers = [worker.pid for worker in loader._iterator._workers]
    print(json.dumps({"total": total, "reserved": torch.cuda.memory_reserved(), "workers": workers}), flush=True)
    input()
    print(json.dumps({"held": len(parameters)}), flush=True)

if __name__ == "__main__":
    main(sys.argv[1])
`

// Workers of a DataLoader do what they do without us, and are no processes of
// ours: forked ones have their parent's descriptors and no agent, spawned ones
// never use CUDA.
func TestDataLoaderWorkers(t *testing.T) {
	b := newBench(t)
	path := filepath.Join(t.TempDir(), "loader.py")
	if err := os.WriteFile(path, []byte(dataLoader), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"fork", "spawn", "forkserver"} {
		t.Run(method, func(t *testing.T) {
			bare := b.startCommand(b.py, path, method)
			ours := b.startCommand(binary, "run", "--", b.py, path, method)
			want, got := bare.answer(), ours.answer()
			if want["total"] != got["total"] || want["reserved"] != got["reserved"] || len(got["workers"].([]any)) != 2 {
				t.Errorf("bare %v, with us %v", want, got)
			}
			if row := b.rows(ours)[0]; row["instrumented"] != true || row["reserved_bytes"] != got["reserved"] {
				t.Errorf("the program itself: instrumented %v, reserved %v", row["instrumented"], row["reserved_bytes"])
			}
			var document struct{ Processes []map[string]any }
			if err := json.Unmarshal([]byte(b.monitor("--json").stdout), &document); err != nil {
				t.Fatal(err)
			}
			for _, row := range document.Processes {
				if slices.Contains(got["workers"].([]any), row["pid"]) {
					t.Errorf("a worker is taken for a process of its own: instrumented %v", row["instrumented"])
				}
			}
			bareCode, bareWords := bare.quit(0)
			code, words := ours.quit(0)
			if code != 0 || bareCode != 0 || words != bareWords {
				t.Errorf("bare %d %q, with us %d %q", bareCode, bareWords, code, words)
			}
		})
	}
}
