# An image whose programs gpufragtop can see into, from the host or from a container beside it.

# The first stage makes the library, and only that is taken over: it needs nothing but glibc 2.17 or newer,
# while the gpufragtop program itself may need a newer glibc than your image has.
FROM golang:1.25 AS gpufragtop
RUN go install github.com/gpufragtop/gpufragtop@{{.Version}}
RUN gpufragtop shim install {{.Dir}}

# Your image, as it is. It has to be one with glibc: on Alpine (musl) the preload would stop every program.
FROM {{.Image}}
COPY --from=gpufragtop {{.Dir}} {{.Dir}}
# By the environment, so that the image's entry point stays: every program loads the library, and it does nothing
# until one uses CUDA.
ENV LD_PRELOAD={{.Dir}}/libgpufragtop.so
{{- if .WatchOnly}}
# Nobody can release the cache of its programs from outside.
ENV GPUFRAGTOP_ALLOW_RELEASE=0
{{- end}}

# Run it as ever:              docker run --gpus all IMAGE
# Watch it from the host:      sudo gpufragtop
# Watch it from a container:   docker build --target gpufragtop -t gpufragtop . &&
#   docker run --rm -it --gpus all --pid=host --cap-add SYS_PTRACE gpufragtop gpufragtop
#   (--pid=host because the driver tells the host's process numbers, SYS_PTRACE for other users' programs)
{{template "doors.txt" .}}
