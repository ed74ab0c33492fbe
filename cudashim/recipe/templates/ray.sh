# All workers of a node. Before "ray start": the node's daemon starts the workers with its own environment, and a driver
# script that is started through gpufragtop instruments itself only.
gpufragtop run{{if .WatchOnly}} --watch-only{{end}} -- ray start --head

# On each further node:
#   gpufragtop run{{if .WatchOnly}} --watch-only{{end}} -- ray start --address=HEAD:6379

# Where the cluster runs already, for the tasks and actors of one job only. The library must lie at this path on all
# nodes (sudo gpufragtop shim install {{.Dir}}):
#   ray job submit --runtime-env-json '{"env_vars": {"LD_PRELOAD": "{{.Dir}}/libgpufragtop.so"}}' -- python train.py
# Either way the workers themselves must have LD_PRELOAD: a worker inherits it from the daemon of its node, or gets it
# from the runtime environment; one that runs in a container (image_uri) needs the library at the same path inside.
# What a worker was given:  tr '\0' '\n' < /proc/PID/environ | grep LD_PRELOAD   (or: gpufragtop doctor PID)
{{template "doors.txt" .}}
