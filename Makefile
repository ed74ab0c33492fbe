# Everyday commands; .ci/run is the whole of what is checked.
.PHONY: build test shim check bench fuzz clean

build:
	go build -o gpufragtop .

test:
	go test ./...

shim: # rebuild the committed .so after a change of its sources
	$(MAKE) -C cudashim

check:
	.ci/run

bench:
	go test -run '^$$' -bench . -benchmem ./cudashim/page ./fragcalc/... ./tui/...

clean:
	rm -rf gpufragtop build
