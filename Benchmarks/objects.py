"""What the benchmarks of services and names share: an API server of kmd's own, filled with services, and looks at processes."""
import http.client, json, os, re, subprocess, sys, threading, time

KMD = os.environ.get("KMD") or os.environ.get("KMD_BINARY") or ".build/release/kmd"
PORT = 18888


def request(connection, method, path, body=None):
    connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    data = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {data[:300]!r}")
    return json.loads(data)


def connect():
    return http.client.HTTPConnection("127.0.0.1", PORT)


def slice_of(number, last):
    """The three endpoints of service s<number>."""
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": f"s{number}", "labels": {"kubernetes.io/service-name": f"s{number}"}},
        "ports": [{"name": "", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": [f"10.244.{i}.{last}"], "conditions": {"ready": True}} for i in (0, 1, 2)],
    }


def fill(count, workers=8):
    """Makes `count` services of three endpoints each."""
    def some(first):
        connection = connect()
        for number in range(first, count, workers):
            service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{number}"},
                       "spec": {"ports": [{"port": 80, "targetPort": 8080}]}}
            request(connection, "POST", "/api/v1/namespaces/default/services", service)
            request(connection, "POST", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", slice_of(number, number % 250 + 1))
    threads = [threading.Thread(target=some, args=(n,)) for n in range(workers)]
    [t.start() for t in threads]
    [t.join() for t in threads]


def start_api(base, flags):
    process = subprocess.Popen([KMD, "apiserver", f"--data-dir={base}/api", f"--port={PORT}"] + flags, stderr=open(f"{base}/api.log", "w"))
    for _ in range(300):
        try:
            request(connect(), "GET", "/version")
            return process
        except OSError:
            if process.poll() is not None:
                raise SystemExit(open(f"{base}/api.log").read())
            time.sleep(0.1)
    raise SystemExit("the API server does not answer:\n" + open(f"{base}/api.log").read())


def wait_for(log, pattern, after=0, limit=120):
    end = time.time() + limit
    while time.time() < end:
        found = list(re.finditer(pattern, open(log).read()[after:]))
        if found:
            return found
        time.sleep(0.01)
    raise SystemExit(f"not in the log: {pattern}\n{open(log).read()[-2000:]}")


def memory(pid):
    """Resident, in MB."""
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) / 1024


def cpu(pid):
    """User and system time, in seconds."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine():
    model = re.search(r"model name\s*:\s*(.*)", open("/proc/cpuinfo").read())
    load = " ".join(open("/proc/loadavg").read().split()[:3])
    return f"{time.strftime('%FT%TZ', time.gmtime())}, {os.cpu_count()} cores ({model.group(1) if model else '?'}), load {load}, {KMD}"


def stop(processes):
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
