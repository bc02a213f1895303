"""The faults, each with what heals it."""
import collections, time

from .cluster import ENSEMBLE, MASTERS, answers, clock_host, etcdctl, ha, has_disks, kmd, raise_alarm, say, zookeeper_mode

# prepare: finds the victim, and gives a Harm. hold: seconds from harm to healing. moves: whether another one must lead; None: that depends.
Fault = collections.namedtuple("Fault", "prepare hold moves", defaults=[True])
Harm = collections.namedtuple("Harm", "harm heal what", defaults=[""])


def first(hosts, test): return next((host for host in hosts if test(host)), hosts[0])
def leader(): return ha("leader")
def follower(chance): return chance.choice([host for host in MASTERS if host != leader()])
def zookeeper_leader(): return first(MASTERS, lambda host: zookeeper_mode(host) == "Mode: leader")
def etcd_leader(): return first(MASTERS, lambda host: etcdctl([host], "endpoint", "status").stdout.split(",")[4:5] == [" true"])
def mesos_leader(): return first(MASTERS, lambda host: answers(host, 5050, "GET", "/state"))


def on(find, harm, heal=lambda host: None):
    """Harm to the host that `find` finds when the fault begins."""
    def prepare():
        host = find()
        return Harm(lambda: harm(host), lambda: heal(host), host)
    return prepare


def killed(part): return lambda host: ha("kill", host, part)
def signalled(number): return lambda host: ha("signal", host, "kmd", number)
def cut(what, find=leader): return on(find, lambda host: ha("cut", host, what), lambda host: ha("join", host, what))
def full(find): return on(find, lambda host: ha("fill", host), lambda host: ha("empty", host))


def without_guardian(host):
    ha("exec", host, "pkill", "-KILL", "-f", "kmd session-guardian", check=False)
    ha("kill", host, "kmd")


def two_of_three(chance):
    def prepare():
        host = leader()
        both = [host, chance.choice([other for other in MASTERS if other != host])]
        return Harm(lambda: [ha("stop", one, "kmd", "KILL") for one in both], lambda: [ha("start", one, "kmd") for one in both], " ".join(both))
    return prepare


def clock(seconds):
    """The replica whose clock can be stepped leads, scheduler and controllers; then its clock is wrong by an hour."""
    def prepare():
        host = clock_host()
        for component in ("scheduler", "controller-manager"):
            # Who resigns goes to the end of the line.
            for _ in range(len(MASTERS)):
                if leads(component, host): break
                kmd("leader", "resign", component, "--zk=" + ENSEMBLE)
        return Harm(lambda: ha("clock", host, str(seconds)), lambda: ha("clock", host, "0"), host)
    return prepare


def leads(component, host):
    lines = kmd("leader", "show", "--zk=" + ENSEMBLE).splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith(component + ":")), len(lines))
    return any(line.startswith(f"  leads  {host}-") for line in lines[start + 1:start + 2])


def several(chance, table):
    """Two or three of the others, drawn by chance, one beginning while the last one lasts."""
    def prepare():
        drawn = chance.sample(sorted(table), chance.choice([2, 2, 3]))
        pauses = [chance.uniform(0, 3) for _ in drawn]
        done = []
        def harm():
            for name, pause in zip(drawn, pauses):
                # The victim is whoever it is by then: the next leader too. What is dead already cannot be harmed.
                try:
                    one = table[name].prepare()
                    one.harm()
                    done.append(one)
                except SystemExit as error: say(f"    {name}: not done: {str(error).splitlines()[0][:120]}")
                time.sleep(pause)
        def heal():
            # Hosts get power first: what else was done to them is undone on what runs.
            for one in sorted(done, key=lambda one: not one.what.startswith("power")):
                try: one.heal()
                except SystemExit as error: say(f"    not undone, it went by itself: {str(error).splitlines()[0][:120]}")
        return Harm(harm, heal, " + ".join(drawn))
    return prepare


def unplugged(find):
    def prepare():
        host = find()
        return Harm(lambda: ha("plug", host), lambda: ha("boot", host), "power of " + host)
    return prepare


def table(chance):
    faults = {
        "handover": Fault(on(leader, lambda host: kmd("leader", "resign", "scheduler", "--zk=" + ENSEMBLE)), 4),
        "SIGTERM of the leader": Fault(on(leader, signalled("TERM")), 6),
        "kill -9 of the leader": Fault(on(leader, killed("kmd")), 6),
        "the same, with its guardian": Fault(on(leader, without_guardian), 10),
        "two of three killed": Fault(two_of_three(chance), 8),
        "leader frozen past expiry": Fault(on(leader, signalled("STOP"), signalled("CONT")), 10),
        "leader cut from ZooKeeper": Fault(cut("zookeeper"), 10),
        # Long enough to see what is done about it.
        "leader cut from Mesos": Fault(cut("mesos-master"), 25),
        "leader cut from etcd": Fault(cut("etcd"), 25, None),
        "leader's host cut from all": Fault(cut("all"), 12),
        "leader's host without power": Fault(unplugged(leader), 12),
        "ZooKeeper's leader killed": Fault(on(zookeeper_leader, killed("zookeeper")), 6, False),
        "etcd's leader killed": Fault(on(etcd_leader, killed("etcd")), 6, False),
        "Mesos' leading master killed": Fault(on(mesos_leader, killed("mesos-master")), 10, False),
        "etcd's quota used up": Fault(lambda: Harm(lambda: raise_alarm("NOSPACE"), lambda: etcdctl(MASTERS, "alarm", "disarm")), 8, None),
    }
    if has_disks():
        faults["disk full at the leader"] = Fault(full(leader), 20, None)
        faults["disk full at another master"] = Fault(full(lambda: follower(chance)), 20, None)
    basic = {name: fault for name, fault in faults.items() if name != "handover"}
    if clock_host():
        # A node is looked at again 41 s after its last sign of life at the latest.
        faults["leader's clock an hour ahead"] = Fault(clock(3600), 60, None)
        faults["leader's clock an hour behind"] = Fault(clock(-3600), 60, None)
    faults["several at once"] = Fault(several(chance, basic), 15, None)
    return faults
