# A kernel for notebooks that gpufragtop can see into; it stands beside the usual one in the menu. A notebook that is
# running already stays as it is: choose the new kernel, which starts anew.
if tool=$(command -v gpufragtop) && python=$(command -v python3); then
kernel="${JUPYTER_DATA_DIR:-$HOME/.local/share/jupyter}/kernels/gpufragtop"
mkdir -p "$kernel"
# Absolute paths: the server may have another PATH than this shell. "run" becomes the kernel itself, so that interrupts
# and restarts reach it as ever.
cat > "$kernel/kernel.json" <<END
{
  "argv": ["$tool", "run",{{if .WatchOnly}} "--watch-only",{{end}} "--", "$python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
  "display_name": "Python 3 (gpufragtop)",
  "language": "python",
  "interrupt_mode": "signal",
  "metadata": {"debugger": true}
}
END
else
echo "gpufragtop or python3 is not on PATH: no kernel was written" >&2; false
fi
# Watch all notebooks from a terminal of the server: gpufragtop
{{template "doors.txt" .}}
