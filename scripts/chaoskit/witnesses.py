"""Who tells what happened, without knowing of each other or of kmd's opinion: etcd's history, what programs wrote, process lists, Mesos."""
import base64, http.client, json, os, re, subprocess, threading, time

from .cluster import ADDRESS, AGENTS, DIR, MASTERS, RUN, ask, etcdctl, ha, now


class Witnesses:
    def __init__(self, record):
        self.record, self.children, self.stopping = record, [], False
        for host in AGENTS: os.makedirs(f"{DIR}/{host}/journal", exist_ok=True)
        self.offsets = {host: os.path.getsize(path) if os.path.exists(path := f"{DIR}/{host}/journal/pods") else 0 for host in AGENTS}
        for host in MASTERS: threading.Thread(target=self.watch, args=(host,), daemon=True).start()
        threading.Thread(target=self.follow, daemon=True).start()

    def watch(self, host):
        """etcd's history, from one member; whichever tells first counts."""
        last = 0
        while not self.stopping:
            child = subprocess.Popen(
                ["etcdctl", f"--endpoints=http://{ADDRESS[host]}:2379", "--keepalive-time=1s", "--keepalive-timeout=2s", "watch", "--prefix", "/registry/",
                 "-w", "json", f"--rev={last + 1}"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            self.children.append(child)
            for line in child.stdout:
                when, answer = now(), json.loads(line)
                with self.record.lock:
                    fresh = set()
                    for event in answer.get("Events") or []:
                        pair = event["kv"]
                        revision = pair["mod_revision"]
                        last = max(last, revision)
                        if revision in self.record.revisions and revision not in fresh: continue
                        fresh.add(revision)
                        self.record.revisions.setdefault(revision, when)
                        value = None if event.get("type") == 1 else base64.b64decode(pair.get("value", ""))
                        self.record.change(revision, when, base64.b64decode(pair["key"]).decode(), value)
            child.wait()
            time.sleep(0.3)

    def follow(self):
        while not self.stopping:
            for host in AGENTS:
                try:
                    with open(f"{DIR}/{host}/journal/pods") as file:
                        file.seek(self.offsets[host])
                        text = file.read()
                except FileNotFoundError: continue
                whole = text[:text.rfind("\n") + 1]
                self.offsets[host] += len(whole)
                with self.record.lock:
                    for line in whole.splitlines():
                        what, name, when = line.split()
                        (self.record.starts if what == "start" else self.record.stops)[name].append((float(when), host))
            time.sleep(0.1)

    def end(self):
        self.stopping = True
        for child in self.children: child.kill()

    # What is so now, by who does not know of kmd's opinion.
    def programs(self):
        found = []
        for host in AGENTS:
            for line in ha("exec", host, "ps", "-eo", "args=").splitlines():
                match = re.match(r"sh -c .* chaos-(\S+)$", line)
                if match and f"-{RUN}-" in match[1]: found.append((host, match[1]))
        return found

    def stored(self):
        """Pods by etcd itself."""
        for host in MASTERS:
            done = etcdctl([host], "get", "--prefix", "/registry/core/pods/default/", "-w", "json")
            if done.returncode == 0:
                pods = [json.loads(base64.b64decode(pair["value"])) for pair in json.loads(done.stdout).get("kvs", [])]
                return {pod["metadata"]["name"]: "going" if pod["metadata"].get("deletionTimestamp") else pod.get("status", {}).get("phase")
                        for pod in pods if pod["metadata"].get("labels", {}).get("chaos") == RUN}
        return None

    def tasks(self):
        for host in MASTERS:
            try: status, body = ask(ADDRESS[host], 5050, "GET", "/state", timeout=3)
            except (OSError, http.client.HTTPException): continue
            if status == 200:
                frameworks = json.loads(body)["frameworks"]
                return sorted(task["name"].split(".")[0] for framework in frameworks for task in framework["tasks"]
                              if task["state"] == "TASK_RUNNING" and f"-{RUN}-" in task["name"])
        return None
