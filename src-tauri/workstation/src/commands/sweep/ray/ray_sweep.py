"""Hands the shards of a sweep to a Ray cluster and brings their files back.

Started by `omc sweep --on ray://…` with the path of a job (JSON). Says what happens on standard output, a JSON object a line.
Standard input is the leash: when it closes, what runs is cancelled. A shard is a plain `omc sweep --shard i/n` on candles
that travel along; a shard whose worker is lost is run again by Ray, a bounded number of times.
"""
import json
import os
import shutil
import sys
import threading
import time

# Whatever a library prints goes to standard error: standard output is for the lines that omc reads.
LINES = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)
CANCELLED = threading.Event()


def say(**what):
    try:
        LINES.write(json.dumps(what) + "\n")
    except OSError:
        CANCELLED.set()


def give_up(code, words):
    say(error=code, message=str(words)[-2000:])
    os._exit(1)


def hold_leash(folder):
    try:
        while sys.stdin.buffer.read(4096):
            pass
    finally:
        CANCELLED.set()
        # Nobody is left to wait: a cluster that doesn't answer must not keep this process.
        time.sleep(30)
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(4)


def run_shard(job, part, of):
    """On a worker: a workspace of its own with the candles, the shard, and its file's bytes."""
    import ctypes
    import subprocess
    import tempfile

    import ray as worker

    def dies_with_worker():
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, 9)

    here, folder = os.getcwd(), tempfile.mkdtemp(prefix="omc-shard-")
    try:
        omc = job["omc"]
        if not omc:
            omc = os.path.join(folder, "omc")
            shutil.copyfile(os.path.join(here, "omc"), omc)
            os.chmod(omc, 0o700)

        def run(*words):
            words = [omc, "--home", os.path.join(folder, "home"), "--json", *words]
            child = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=dies_with_worker
            )
            try:
                _, said = child.communicate(timeout=job["shard_s"])
            except BaseException:
                child.kill()
                child.wait()
                raise
            if child.returncode != 0:
                raise RuntimeError(f"omc ended with {child.returncode}: {said.decode(errors='replace')[-1500:]}")

        for lane in job["lanes"]:
            for file in lane["files"]:
                words = ["--coin", lane["coin"], "--interval", lane["interval"]]
                run("candles", "import", os.path.join(here, file), *words)
        out = os.path.join(folder, "shard.jsonl")
        strategy = os.path.join(here, job["script"]) if job["script"] else job["strategy"]
        run(*job["words"], "--strategy", strategy, "--shard", f"{part}/{of}", "--out", out)
        with open(out, "rb") as file:
            return worker.get_runtime_context().get_node_id(), file.read()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def connect(ray, job):
    """The cluster asked for; the one that was started here, if one was."""
    settings = {"log_to_driver": False, "logging_level": "ERROR", "runtime_env": {"working_dir": job["data"]}}
    timer = threading.Timer(job["connect_s"], give_up, ["ray_unreachable", f"no cluster answered at {job['on']}"])
    timer.daemon = True
    timer.start()
    cluster = None
    if job["on"] == "ray://local":
        from ray.cluster_utils import Cluster

        cpus = max(1, (os.cpu_count() or 1) // job["nodes"])
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": cpus, "include_dashboard": False})
        for _ in range(job["nodes"] - 1):
            cluster.add_node(num_cpus=cpus)
        ray.init(address=cluster.address, **settings)
    elif job["on"] == "ray://auto":
        ray.init(address="auto", **settings)
    else:
        ray.init(address=job["on"], **settings)
    timer.cancel()
    return cluster


def wait_for_nodes(ray, job):
    until = time.monotonic() + job["connect_s"]
    while True:
        nodes = sum(1 for node in ray.nodes() if node["Alive"])
        if nodes >= job["nodes"]:
            return nodes
        if time.monotonic() > until:
            give_up("ray_nodes", f"the cluster has {nodes} nodes and {job['nodes']} were asked for")
        if CANCELLED.wait(1):
            return nodes


def gather(ray, job, pending, of):
    """Writes each shard's file as it comes."""
    done = 0
    while pending and not CANCELLED.is_set():
        ready, _ = ray.wait(list(pending), num_returns=1, timeout=1)
        for ref in ready:
            part = pending.pop(ref)
            try:
                node, data = ray.get(ref)
            except ray.exceptions.RayTaskError as error:
                give_up("ray_shard_failed", f"shard {part} of {of}: {error.cause if error.cause else error}")
            except ray.exceptions.RayError as error:
                give_up("ray_worker_lost", f"shard {part} of {of}, after {job['retries']} more tries: {error}")
            path = os.path.join(job["results"], f"{part}.jsonl")
            with open(path + ".part", "wb") as file:
                file.write(data)
            os.replace(path + ".part", path)
            done += 1
            say(done=done, of=of, part=part, node=node)


def cancel(ray, pending):
    for force in (False, True):
        for ref in pending:
            try:
                ray.cancel(ref, force=force)
            except Exception:
                pass
        if pending:
            ray.wait(list(pending), num_returns=len(pending), timeout=5)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        job = json.load(file)
    threading.Thread(target=hold_leash, args=[job["folder"]], daemon=True).start()
    try:
        import ray
        import ray.exceptions
    except ImportError as error:
        give_up("ray_missing", f"this Python ({sys.executable}) has no Ray ({error}): pip install 'ray[client]'")
    cluster = None
    try:
        cluster = connect(ray, job)
        nodes = wait_for_nodes(ray, job)
        cpus = int(ray.cluster_resources().get("CPU", 1))
        of = max(1, min(job["blocks"], job["shards_max"], max(4 * nodes, 2 * cpus)))
        say(shards=of, nodes=nodes, ray=ray.__version__)
        task = ray.remote(num_cpus=1, max_retries=job["retries"], scheduling_strategy="SPREAD")(run_shard)
        told = {name: job[name] for name in ("omc", "lanes", "strategy", "script", "words", "shard_s")}
        pending = {task.remote(told, part, of): part for part in range(1, of + 1)}
        gather(ray, job, pending, of)
        if CANCELLED.is_set():
            cancel(ray, pending)
        else:
            say(finished=of)
    except Exception as error:
        give_up("ray_unreachable", f"{job['on']}: {type(error).__name__}: {error}")
    finally:
        ray.shutdown()
        if cluster:
            cluster.shutdown()
    if CANCELLED.is_set():
        shutil.rmtree(job["folder"], ignore_errors=True)
        os._exit(4)
    os._exit(0)


if __name__ == "__main__":
    main()
