"""Starts the kernel that the recipe has made, as Jupyter does, runs a line in it and interrupts another."""
import sys
import time

import jupyter_client

manager, client = jupyter_client.manager.start_new_kernel(kernel_name="gpufragtop", startup_timeout=120)
try:
    said = []

    def output(message):
        if message["header"]["msg_type"] == "stream":
            said.append(message["content"]["text"])

    reply = client.execute_interactive("import os; print(os.environ['LD_PRELOAD']); print(open('/proc/self/maps').read().count('libgpufragtop') > 0)",
                                       output_hook=output, timeout=120)
    assert reply["content"]["status"] == "ok", reply
    sys.stdout.write("".join(said))
    request = client.execute("import time\nfor _ in range(1200): time.sleep(0.1)")
    time.sleep(1)
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=120)
    print(reply["content"]["ename"])
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
