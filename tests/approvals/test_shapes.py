"""Shapes are read alike whoever comes first, and however many at once."""

import subprocess
import sys

ROUNDS = 40
# In a process of its own, for what is prevented here kills one.
AT_ONCE = f"""
import sys, threading
from typing import Annotated
import msgspec
from approvals import shapes

sys.setswitchinterval(1e-6)
read = []
for n in range({ROUNDS}):
    kinds = [list[dict[str, int]], Annotated[str, msgspec.Meta(min_length=1)]]
    names = {{f"f{{i}}": kinds[i % 2] for i in range(40)}}
    shape = type(msgspec.Struct)(f"Shape{{n}}", (msgspec.Struct,), {{"__annotations__": names}})
    tree = {{f"f{{i}}": "x" if i % 2 else [{{"a": 1}}] for i in range(40)}}
    gate = threading.Barrier(8)

    def first():
        gate.wait()
        read.append(shapes.check(tree, shape).f1)

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(read))
"""


def test_the_first_requests_of_a_worker_may_come_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, f"{ROUNDS * 8}\n"), done.stderr
