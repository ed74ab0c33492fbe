# All ranks of a distributed program. In front of torchrun: it starts the ranks with its own environment, so that each
# loads the library; torchrun itself never uses CUDA, and nothing happens in it.
gpufragtop run{{if .WatchOnly}} --watch-only{{end}} -- torchrun --nproc-per-node=8 train.py

# On several nodes the same line stands on each. Watch the ranks of a node there: gpufragtop
{{template "doors.txt" .}}
