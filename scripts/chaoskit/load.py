"""Pods that come and go through haproxy while servers die."""
import collections, http.client, queue, random, threading, time

from .cluster import BALANCER, DIR, RUN, ask, now


def template(name_label):
    script = ('read up rest </proc/uptime; echo "start $NAME $up" >>/journal/pods; '
              'trap \'read up rest </proc/uptime; echo "stop $NAME $up" >>/journal/pods; exit 0\' TERM; while :; do sleep 1000 & wait $!; done')
    return {"metadata": {"labels": {"chaos": RUN, "app": name_label}}, "spec": {
        "terminationGracePeriodSeconds": 5,
        "containers": [{"name": "main", "image": "busybox", "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script, "chaos-$(NAME)"],
            "env": [{"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "volumeMounts": [{"name": "journal", "mountPath": "/journal"}]}],
        "volumes": [{"name": "journal", "hostPath": {"path": DIR + "/host/journal"}}]}}


class Load:
    """Pods come and go, about `rate` a second each; a deployment is rolled. Each request is made once: what was not answered may have happened."""
    def __init__(self, record, rate, most, seed):
        self.record, self.rate, self.most, self.random = record, rate, most, random.Random(seed)
        self.resting, self.stopping, self.number, self.rolls = threading.Event(), False, 0, 0
        self.busy, self.tries = 0, collections.Counter()
        self.work = queue.Queue(maxsize=50)
        for _ in range(4): threading.Thread(target=self.worker, daemon=True).start()
        threading.Thread(target=self.pace, daemon=True).start()

    def request(self, method, path, body=None, kind="application/json"):
        try: status, answer = ask(BALANCER, 8888, method, path, body, kind=kind)
        except (OSError, http.client.HTTPException) as error: status, answer = 0, repr(error).encode()
        if status not in (200, 201, 202, 404, 409):
            with self.record.lock: self.record.errors.append((now(), f"{method} {path}: {status} {answer[:120]!r}"))
        return status

    def worker(self):
        while True:
            job = self.work.get()
            try: job()
            finally:
                with self.record.lock: self.busy -= 1

    def submit(self, job):
        with self.record.lock: self.busy += 1
        self.work.put(job)

    def create(self, name):
        pod = {"apiVersion": "v1", "kind": "Pod", **template("load")}
        pod["metadata"]["name"] = name
        status = self.request("POST", "/api/v1/namespaces/default/pods", pod)
        with self.record.lock:
            if status == 201: self.record.created[name] = now()
            else: self.record.maybe.add(name)

    def delete(self, name):
        with self.record.lock: self.record.asked.add(name)
        status = self.request("DELETE", f"/api/v1/namespaces/default/pods/{name}")
        with self.record.lock:
            # A pod that is not there, although nobody said that it was created, may come yet: it is tried again, three times.
            self.tries[name] += 1
            if status == 200 or status == 404 and name in self.record.created: self.record.deleted[name] = now()

    def roll(self):
        self.rolls += 1
        body = {"spec": {"template": {"metadata": {"annotations": {"roll": str(self.rolls)}}}}}
        self.request("PATCH", f"/apis/apps/v1/namespaces/default/deployments/rolled-{RUN}", body, "application/strategic-merge-patch+json")

    def deploy(self):
        spec = {"replicas": 3, "selector": {"matchLabels": {"app": "rolled"}}, "template": template("rolled")}
        status = self.request("POST", "/apis/apps/v1/namespaces/default/deployments",
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"rolled-{RUN}"}, "spec": spec})
        if status not in (201, 409): raise SystemExit(f"the deployment was not created: {status}")

    def clear(self):
        self.request("DELETE", f"/apis/apps/v1/namespaces/default/deployments/rolled-{RUN}")
        self.request("DELETE", f"/api/v1/namespaces/default/pods?labelSelector=chaos%3D{RUN}")

    def one_more(self):
        with self.record.lock: self.number += 1; name = f"load-{RUN}-{self.number}"
        self.submit(lambda: self.create(name))

    def pace(self):
        while not self.stopping:
            time.sleep(self.random.uniform(0.5, 1.5) / self.rate)
            if self.resting.is_set() or self.busy > 20: continue
            self.one_more()
            with self.record.lock:
                # Those whose creation was not answered too: they must not pile up.
                alive = [name for name in set(self.record.created) | self.record.maybe if name not in self.record.deleted and self.tries[name] < 3]
            alive.sort(key=lambda name: int(name.split("-")[-1]))
            for victim in self.random.sample(alive[:self.most // 2 + 1], min(2, max(0, len(alive) - self.most))):
                self.submit(lambda victim=victim: self.delete(victim))
