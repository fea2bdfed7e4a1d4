"""Run a command once and print messages a second, seconds and peak memory.

bench/measure.py COUNT NAME COMMAND…
"""

import os
import resource
import subprocess
import sys
import time


def main() -> None:
    """Measure."""
    count, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=False)
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{name:24} {count / took:9,.0f} messages/s  {took:7.2f} s  {peak:6.0f} MB  exit {done.returncode}")


if __name__ == "__main__":
    main()
