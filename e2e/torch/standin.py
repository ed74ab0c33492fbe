"""The controls of the stand-in driver (../standin/cuda), by ctypes."""

import ctypes


class Driver:
    def __init__(self):
        self._cuda = ctypes.CDLL("libcuda.so.1")

    def complete_events(self):
        """Completes every event recorded so far."""
        self._cuda.gft_fake_events_complete()

    def hold_events(self, hold):
        """From now on events stay pending until something waits for them (True), or complete at once (False)."""
        self._cuda.gft_fake_events_hold(int(hold))

    def contexts(self, device):
        """How many contexts this process has created on a device since it started."""
        return self._cuda.gft_fake_contexts(device)


def hold_gil(milliseconds):
    """Sleeps without giving up the interpreter's lock."""
    ctypes.PyDLL(None).usleep(milliseconds * 1000)
