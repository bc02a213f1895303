"""The cluster of scripts/ha: where its hosts are, what is done to it, and whether it is whole."""
import http.client, json, os, subprocess, time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIR = os.environ.get("HA_DIR", ROOT + "/.kmd-ha")
NET = os.environ.get("HA_NET", "10.77.0")
MASTERS, AGENTS = ["m1", "m2", "m3"], ["n1", "n2"]
ADDRESS = {host: f"{NET}.{'1' if host[0] == 'm' else '2'}{host[1]}" for host in MASTERS + AGENTS}
BALANCER = f"{NET}.10"
ENSEMBLE = "zk://" + ",".join(f"{ADDRESS[host]}:2181" for host in MASTERS) + "/kmd"
# Of this run alone: names and labels of what it creates.
RUN = f"{int(time.time()) % 1000000:06d}"


def has_disks(): return os.path.exists(f"{DIR}/m1.disk")


def clock_host():
    """The master host whose kmd has a clock that can be stepped; "": there is none."""
    return open(DIR + "/clock").read().strip() if os.path.exists(DIR + "/clock") else ""


def now():
    """The clock of /proc/uptime, in which programs write when they start."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def ha(*words, check=True):
    done = subprocess.run([ROOT + "/scripts/ha", *words], capture_output=True, text=True)
    if check and done.returncode: raise SystemExit(f"scripts/ha {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


def say(words): print(time.strftime("%H:%M:%S"), words, flush=True)


def ask(host, port, method, path, body=None, timeout=8, kind="application/json"):
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally: connection.close()


def kmd(*words): return subprocess.run([open(DIR + "/binary").read().strip(), *words], capture_output=True, text=True).stdout


def etcdctl(hosts, *words):
    endpoints = ",".join(f"http://{ADDRESS[host]}:2379" for host in hosts)
    return subprocess.run(["etcdctl", f"--endpoints={endpoints}", *words], capture_output=True, text=True)


def raise_alarm(alarm):
    """As a member does when its database has reached its quota: no member takes a write any more until somebody disarms it."""
    for host in MASTERS:
        try:
            if ask(ADDRESS[host], 2379, "POST", "/v3/maintenance/alarm", {"action": "ACTIVATE", "memberID": 0, "alarm": alarm}, timeout=3)[0] == 200: return
        except (OSError, http.client.HTTPException): pass
    raise SystemExit(f"no etcd takes the alarm {alarm}")


def answers(host, port, method, path):
    """Whether a server there says 200."""
    try: return ask(ADDRESS[host], port, method, path, timeout=3)[0] == 200
    except (OSError, http.client.HTTPException): return False


def zookeeper_mode(host):
    words = f"exec 3<>/dev/tcp/{ADDRESS[host]}/2181; echo srvr >&3; cat <&3"
    return next((line for line in ha("exec", host, "bash", "-c", words, check=False).splitlines() if line.startswith("Mode: ")), "")


def whole(limit=90):
    """Waits until nothing is missing: three candidates of each kind, three etcds, three ZooKeepers, three API servers."""
    end = now() + limit
    while now() < end:
        shown = kmd("leader", "show", "--zk=" + ENSEMBLE)
        if (shown.count("http:") == 6 and shown.count("  leads") == 2 and etcdctl(MASTERS, "endpoint", "health").returncode == 0
                and all(zookeeper_mode(host) for host in MASTERS) and all(answers(host, 8888, "HEAD", "/") for host in MASTERS)): return
        time.sleep(0.5)
    raise SystemExit(f"the cluster is not whole after {limit} s:\n{shown}\nlook at the logs in {DIR}")
