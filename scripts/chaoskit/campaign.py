"""Counted rounds. They are kept in docs/chaos.json as they end, so that a campaign can be ended at any moment and goes on where it was; docs/ha.md and
docs/chaos.svg show the last one, and of faults that it does not have, the one before."""
import json, os, subprocess, time

from . import figures
from .cluster import ROOT

FILE, PAGE, CHART = ROOT + "/docs/chaos.json", ROOT + "/docs/ha.md", ROOT + "/docs/chaos.svg"
BEGIN, END = "<!-- scripts/chaos --redraw writes from here -->\n", "<!-- to here -->\n"


def read(): return json.load(open(FILE))["campaigns"] if os.path.exists(FILE) else []


def write(campaigns):
    """A line a round, so that what was added can be seen."""
    words = []
    for one in campaigns:
        head = json.dumps({key: value for key, value in one.items() if key != "rounds"})
        words.append(head[:-1] + ', "rounds": [\n' + ",\n".join(json.dumps(kept) for kept in one["rounds"]) + "]}")
    # Whole or not at all: it may be ended at any moment.
    with open(FILE + ".new", "w") as file: file.write('{"campaigns": [\n' + ",\n".join(words) + "]}\n")
    os.replace(FILE + ".new", FILE)


class Campaign:
    """The rounds of one name; without a name they are kept only for the table at the end."""
    def __init__(self, name):
        self.name = name
        self.content = next((one for one in read() if one["name"] == name), None) if name else None
        if self.content is None:
            self.content = {"name": name, "when": time.strftime("%Y-%m-%d"), "cpus": os.cpu_count(), "session_seconds": 4, "commit": commit(),
                            "counts": {}, "rounds": []}

    @property
    def rounds(self): return self.content["rounds"]

    def add(self, one):
        self.rounds.append(one)
        self.save()

    def count(self, counts):
        """What a run amounts to is added to what the runs before it did."""
        before = self.content["counts"]
        self.content["counts"] = {what: before.get(what, 0) + number for what, number in counts.items()}
        self.save()

    def save(self):
        if self.name: write([one for one in read() if one["name"] != self.name] + [self.content])


def commit(): return subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()


def redraw():
    campaigns = [one for one in read() if one["rounds"]]
    if not campaigns: raise SystemExit(f"{FILE} holds no rounds")
    last = {**campaigns[-1], "rounds": list(campaigns[-1]["rounds"])}
    had = {one["fault"] for one in last["rounds"]}
    for earlier in reversed(campaigns[:-1]):
        last["rounds"] += [one for one in earlier["rounds"] if one["fault"] not in had]
        had |= {one["fault"] for one in earlier["rounds"]}
    open(CHART, "w").write(figures.chart(last))
    page = open(PAGE).read()
    if BEGIN not in page or END not in page: raise SystemExit(f"{PAGE} lacks the lines between which the table stands: {BEGIN}{END}")
    before, rest = page.split(BEGIN, 1)
    open(PAGE, "w").write(before + BEGIN + figures.table(last) + "\n" + END + rest.split(END, 1)[1])
    print(f"{len(last['rounds'])} rounds, {len(campaigns[-1]['rounds'])} of them of {last['name']}: docs/chaos.svg and the table of docs/ha.md")
    return 0
