"""What the witnesses saw, and what of it must never be. Nothing here asks anybody: the checker is tested with what is planted.

  twice     no pod's program is started twice, and none runs beside another of the same pod
  killed    no program ends, by a signal or without a word, unless its pod was told to go; and a pod of the load goes only if the load asked
  lost      what was acknowledged is so: a created pod exists and runs, a deleted one is gone
  nodes     no node is called silent, or drives pods out: no fault here is one of an agent host
  terms     fences and leases only grow, and no launch is written with a term below the fence
  agree     when all is quiet: pods in the store = programs on the agents = tasks in Mesos, one for one
"""
import collections, json, threading


class Record:
    """What the witnesses saw; nothing here asks anybody, so that the checker can be tested."""
    def __init__(self):
        self.lock = threading.Lock()
        self.created, self.deleted, self.maybe = {}, {}, set()   # the load: name -> when acknowledged; names whose creation was not answered
        self.asked = set()                                       # names whose deletion was asked for, answered or not
        self.errors = []                                         # (when, what): requests of the load that failed
        self.revisions = {}                                      # etcd: revision -> when first seen
        self.bound, self.going = {}, set()                       # name -> when it had a node; names with a deletionTimestamp, or removed
        self.intents = []                                        # (revision, when, term, pod)
        self.fences, self.leases = [], []                        # (revision, name, term)
        self.nodes = []                                          # (revision, when, name, what) of a node that is called silent or tainted
        self.raised = {}                                         # term of the scheduler -> when its fence was seen in etcd
        self.starts, self.stops = collections.defaultdict(list), collections.defaultdict(list)   # name -> [(when, host)]

    def change(self, revision, when, key, value):
        """One change of etcd's history; `value` None: removed."""
        words = key.split("/")
        kind, name = words[3], words[-1]
        if key.startswith("/registry/fences/"):
            self.fences.append((revision, name, int(value or 0)))
            if name == "kmd-scheduler": self.raised.setdefault(int(value or 0), when)
        elif kind == "pods":
            pod = json.loads(value) if value is not None else None
            if pod is None or pod["metadata"].get("deletionTimestamp"): self.going.add(name)
            elif pod["spec"].get("nodeName"): self.bound.setdefault(name, when)
        elif kind == "launchintents" and value is not None:
            spec = json.loads(value)["spec"]
            self.intents.append((revision, when, spec["term"], spec["podName"]))
        elif kind == "nodes" and value is not None:
            node = json.loads(value)
            ready = [one for one in node.get("status", {}).get("conditions", []) if one["type"] == "Ready" and one["status"] == "Unknown"]
            taints = [one for one in node.get("spec", {}).get("taints") or [] if one["effect"] == "NoExecute"]
            self.nodes += [(revision, when, name, one.get("reason") or one.get("key")) for one in ready + taints]
        elif kind == "leases" and name.startswith("kmd-") and value is not None:
            self.leases.append((revision, name, json.loads(value)["spec"].get("leaseTransitions", 0)))


def faults_of(record, rolled=lambda name: not name.startswith("load-")):
    """What must never be, whenever one looks. `rolled`: pods that a deployment may take away."""
    found = []
    for name, starts in sorted(record.starts.items()):
        if len(starts) > 1: found.append(f"twice: {name} was started {len(starts)} times: {starts}")
    for name in sorted(record.stops):
        if name not in record.going: found.append(f"killed: {name} ended at {record.stops[name]}, and nobody had told it to")
    for name in sorted(record.going):
        if name in record.created and name not in record.asked and not rolled(name): found.append(f"killed: the pod {name} goes, and nobody asked")
    for name in sorted({name for _, _, name, _ in record.nodes}):
        said = [(round(when, 1), what) for _, when, one, what in record.nodes if one == name]
        found.append(f"nodes: {name} was given up {len(said)} times, first {said[0]}, last {said[-1]}")
    for what, changes in (("fence", record.fences), ("lease", record.leases)):
        highest = {}
        for revision, name, term in sorted(changes):
            if term < highest.get(name, 0): found.append(f"terms: the {what} {name} went from {highest[name]} to {term} at revision {revision}")
            highest[name] = max(term, highest.get(name, 0))
    fence, marks = 0, sorted([(r, 0, t) for r, name, t in record.fences if name == "kmd-scheduler"] + [(r, 1, t) for r, _, t, _ in record.intents])
    for revision, is_intent, term in marks:
        if is_intent and term < fence: found.append(f"terms: a launch of term {term} was written at revision {revision}, after term {fence} had begun")
        if not is_intent: fence = max(fence, term)
    return found


def differences(record, stored, programs, tasks):
    """What must be when all is quiet. stored: name -> phase; programs: [(host, name)]; tasks: names of pods whose tasks run."""
    found = []
    for name in sorted(record.created):
        if name not in record.asked and name not in stored: found.append(f"lost: the pod {name} was acknowledged and is not there")
    for name in sorted(record.deleted):
        if name in stored: found.append(f"lost: the deletion of {name} was acknowledged and it is still there")
    running = collections.Counter(name for _, name in programs)
    for name in sorted(set(stored) | set(running) | set(tasks)):
        seen = (name in stored, running[name], tasks.count(name))
        if seen != (True, 1, 1) or stored.get(name) != "Running":
            found.append(f"agree: {name}: in the store {stored.get(name)}, programs {running[name]}, tasks {tasks.count(name)}")
        if name in stored and not record.starts.get(name): found.append(f"lost: {name} never started")
    return found


def self_test():
    """Plants each fault into a record in which all is well, and says what the checker calls it."""
    place = {"pod": "/registry/core/pods/default/", "intent": "/registry/kmd.dev/launchintents/default/", "fence": "/registry/fences/",
             "lease": "/registry/coordination.k8s.io/leases/kube-system/", "node": "/registry/core/nodes/"}
    def intent(term, pod): return json.dumps({"spec": {"term": term, "podName": pod}})
    def lease(term): return json.dumps({"spec": {"leaseTransitions": term}})
    def good():
        record = Record()
        for number in range(1, 5):
            name = f"load-{number}"
            record.created[name] = number
            record.change(number * 10, number, place["pod"] + name, json.dumps({"metadata": {"name": name}, "spec": {}}))
            record.change(number * 10 + 1, number, place["intent"] + str(number), intent(number, name))
            record.change(number * 10 - 1, number, place["fence"] + "kmd-scheduler", str(number).zfill(20))
            record.change(number * 10 - 1, number, place["lease"] + "kmd-scheduler", lease(number))
            record.starts[name].append((number + 0.5, "n1"))
        record.asked.add("load-1"), record.going.add("load-1"), record.stops["load-1"].append((9, "n1"))
        record.deleted["load-1"] = 8
        stored = {f"load-{n}": "Running" for n in (2, 3, 4)}
        return record, stored, [("n1", name) for name in stored], sorted(stored)
    def verdict(plant):
        record, stored, programs, tasks = good()
        plant(record, stored, programs, tasks)
        return sorted({words.split(":")[0] for words in faults_of(record) + differences(record, stored, programs, tasks)})
    planted = [
        ("nothing", lambda r, s, p, t: None, []),
        ("a second start", lambda r, s, p, t: r.starts["load-2"].append((9, "n2")), ["twice"]),
        ("a program beside another", lambda r, s, p, t: p.append(("n2", "load-2")), ["agree"]),
        ("an end without a deletion", lambda r, s, p, t: r.stops["load-3"].append((9, "n1")), ["killed"]),
        ("a program that vanished", lambda r, s, p, t: p.remove(("n1", "load-3")), ["agree"]),
        ("a deletion that nobody asked for", lambda r, s, p, t: r.change(99, 9, place["pod"] + "load-3", None), ["killed"]),
        ("an acknowledged pod that is gone", lambda r, s, p, t: (s.pop("load-4"), p.remove(("n1", "load-4")), t.remove("load-4")), ["lost"]),
        ("an acknowledged deletion undone", lambda r, s, p, t: (s.update({"load-1": "Running"}), p.append(("n1", "load-1")), t.append("load-1")), ["lost"]),
        ("a pod that never starts", lambda r, s, p, t: r.starts.pop("load-4"), ["lost"]),
        ("a task of no pod", lambda r, s, p, t: t.append("load-9"), ["agree"]),
        ("a launch of a former term", lambda r, s, p, t: r.change(98, 9, place["intent"] + "9", intent(3, "load-2")), ["terms"]),
        ("a fence that falls", lambda r, s, p, t: r.change(98, 9, place["fence"] + "kmd-scheduler", "2"), ["terms"]),
        ("a node that is called silent", lambda r, s, p, t: r.change(98, 9, place["node"] + "n1", json.dumps(
            {"status": {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"}]}})), ["nodes"]),
        ("a node whose pods are driven out", lambda r, s, p, t: r.change(98, 9, place["node"] + "n1", json.dumps(
            {"spec": {"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]}})), ["nodes"]),
        ("a lease that falls", lambda r, s, p, t: r.change(98, 9, place["lease"] + "kmd-scheduler", lease(2)), ["terms"]),
    ]
    wrong = [f"{what}: found {verdict(plant)}, not {wanted}" for what, plant, wanted in planted if verdict(plant) != wanted]
    print("\n".join(wrong) or f"the checker finds all of {len(planted) - 1} planted faults, and none where there is none")
    return 1 if wrong else 0
