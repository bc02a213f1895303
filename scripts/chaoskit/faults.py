"""The faults, each with what heals it."""
import collections

from .cluster import ENSEMBLE, MASTERS, answers, etcdctl, ha, kmd, zookeeper_mode

# prepare: finds the victim, and gives two functions, harm and heal. hold: seconds from the one to the other. moves: whether another one must lead.
Fault = collections.namedtuple("Fault", "prepare hold moves", defaults=[True])


def first(hosts, test): return next((host for host in hosts if test(host)), hosts[0])
def leader(): return ha("leader")
def zookeeper_leader(): return first(MASTERS, lambda host: zookeeper_mode(host) == "Mode: leader")
def etcd_leader(): return first(MASTERS, lambda host: etcdctl([host], "endpoint", "status").stdout.split(",")[4:5] == [" true"])
def mesos_leader(): return first(MASTERS, lambda host: answers(host, 5050, "GET", "/state"))


def on(find, harm, heal=lambda host: None):
    """Harm to the host that `find` finds when the fault begins."""
    def prepare():
        host = find()
        return (lambda: harm(host)), (lambda: heal(host))
    return prepare


def killed(part): return lambda host: ha("kill", host, part)
def signalled(number): return lambda host: ha("signal", host, "kmd", number)
def cut(what): return on(leader, lambda host: ha("cut", host, what), lambda host: ha("join", host))


def without_guardian(host):
    ha("exec", host, "pkill", "-KILL", "-f", "kmd session-guardian", check=False)
    ha("kill", host, "kmd")


def two_of_three(chance):
    def prepare():
        host = leader()
        both = [host, chance.choice([other for other in MASTERS if other != host])]
        return (lambda: [ha("stop", one, "kmd", "KILL") for one in both]), (lambda: [ha("start", one, "kmd") for one in both])
    return prepare


def table(chance):
    return {
        "handover": Fault(on(leader, lambda host: kmd("leader", "resign", "scheduler", "--zk=" + ENSEMBLE)), 4),
        "SIGTERM of the leader": Fault(on(leader, signalled("TERM")), 6),
        "kill -9 of the leader": Fault(on(leader, killed("kmd")), 6),
        "the same, with its guardian": Fault(on(leader, without_guardian), 10),
        "two of three killed": Fault(two_of_three(chance), 8),
        "leader frozen past expiry": Fault(on(leader, signalled("STOP"), signalled("CONT")), 10),
        "leader cut from ZooKeeper": Fault(cut("zookeeper"), 10),
        "leader cut from Mesos": Fault(cut("mesos-master"), 10, False),
        "leader cut from etcd": Fault(cut("etcd"), 10, False),
        "leader's host cut from all": Fault(cut("all"), 12),
        "leader's host without power": Fault(on(leader, lambda host: ha("plug", host), lambda host: ha("boot", host)), 12),
        "ZooKeeper's leader killed": Fault(on(zookeeper_leader, killed("zookeeper")), 6, False),
        "etcd's leader killed": Fault(on(etcd_leader, killed("etcd")), 6, False),
        "Mesos' leading master killed": Fault(on(mesos_leader, killed("mesos-master")), 10, False),
    }
