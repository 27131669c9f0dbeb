"""Runs commands and says what each cost: one JSON request a line on stdin, one JSON answer a line on stdout.

    {"argv": [...], "cwd": "...", "env": {...}, "limit": seconds}  ->  {"code", "wall", "cpu", "rss", "log"}

`wall` and `cpu` (user and system, with all child processes that it waited for) are in seconds, `rss` is the peak
in MiB. Node cannot ask for another process's use of resources; `wait4` is what answers that.
"""

import json
import os
import signal
import sys
import tempfile
import threading
import time

for line in sys.stdin:
    request = json.loads(line)
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        child = os.fork()
        if child == 0:
            os.chdir(request["cwd"])
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            os.execvpe(request["argv"][0], request["argv"], request["env"])
        killer = threading.Timer(request["limit"], os.kill, [child, signal.SIGKILL])
        killer.start()
        _, status, usage = os.wait4(child, 0)
        killer.cancel()
        wall = time.perf_counter() - began
        log.seek(max(0, log.seek(0, os.SEEK_END) - 4000))
        text = log.read().decode(errors="replace")
    answer = {
        "code": os.waitstatus_to_exitcode(status),
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "rss": usage.ru_maxrss / 1024,
        "log": text,
    }
    print(json.dumps(answer), flush=True)
