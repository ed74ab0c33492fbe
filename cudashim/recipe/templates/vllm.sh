# An inference server. {{if .WatchOnly}}Watch-only: a release makes the next requests slower, and what vLLM holds most is its key-value
# cache, which it would not give back anyway. --watch-only=false leaves that out.{{else}}Its cache can be released from outside.{{end}}
# The engine's worker processes are started with the server's environment, so that each loads the library.
gpufragtop run{{if .WatchOnly}} --watch-only{{end}} -- vllm serve MODEL

# The key-value cache is one large block, shown as an arena: what is inside it only vLLM's own figures tell. What is
# fragmented is the rest, activations above all.
{{template "doors.txt" .}}
