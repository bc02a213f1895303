"""What rounds amount to: a table for docs/ha.md, and a chart."""
import collections, statistics


def part(values, share): return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def summary(result):
    by_fault = collections.defaultdict(list)
    for one in result["rounds"]: by_fault[one["fault"]].append(one)
    # The quick ones first.
    def launches(ones): return [one["launch"] for one in ones if one["launch"] is not None]
    for fault, ones in sorted(by_fault.items(), key=lambda item: statistics.median(launches(item[1]) or [1e9])):
        if launches(ones): yield fault, ones, launches(ones)


def table(result):
    loads = [one["load"] for one in result["rounds"]] or [0]
    broken = sum(len(one["broken"]) for one in result["rounds"])
    counts = ", ".join(f"{number} {what}" for what, number in result["counts"].items() if what != "rolls")
    words = [f"{len(result['rounds'])} rounds on {result['when']}, {result['cpus']} CPUs, load {min(loads)} to {max(loads)}"
             + (f" (in the last campaign: {counts})" if counts else "") + f"; broken: {broken or 'nothing'}.", "",
             "| fault | rounds | next leader's term: median | worst | next launch: median | p99 | worst | its program runs: median | worst |",
             "|---|---|---|---|---|---|---|---|---|"]
    def pair(values): return f"{statistics.median(values):.1f} s | {max(values):.1f} s" if values else "same leader | "
    for fault, ones, launches in summary(result):
        led, running = ([one[key] for one in ones if one[key] is not None] for key in ("led", "running"))
        words.append(f"| {fault} | {len(ones)} | {pair(led)} | {statistics.median(launches):.1f} s | {part(launches, 0.99):.1f} s | {max(launches):.1f} s"
                     f" | {pair(running)} |")
    return "\n".join(words)


def chart(result):
    rows = list(summary(result))
    scale, y = 500 / max(max(launches) for _, _, launches in rows), 52
    out = []
    for fault, _, launches in rows:
        out.append(f'<text x="216" y="{y + 13}" class="n">{fault.replace("&", "&amp;")}</text>')
        out.append(f'<rect x="224" y="{y + 2}" width="{statistics.median(launches) * scale:.1f}" height="14" class="b"/>')
        out += [f'<circle cx="{224 + launch * scale:.1f}" cy="{y + 9}" r="3" class="d"/>' for launch in launches]
        y += 24
    step = max(1, round(500 / scale / 8))
    for second in range(0, int(500 / scale) + 1, step):
        x = 224 + second * scale
        out.append(f'<line x1="{x:.1f}" y1="48" x2="{x:.1f}" y2="{y}" class="g"/><text x="{x:.1f}" y="{y + 16}" class="v">{second} s</text>')
    title = f'From the fault to the next launch: each round a dot, the median a bar ({len(result["rounds"])} rounds)'
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="780" height="{y + 30}" viewBox="0 0 780 {y + 30}" font-family="sans-serif">',
        "<style>.t{font-size:14px;font-weight:bold}.n{font-size:12px;text-anchor:end}.v{font-size:11px;text-anchor:middle}.b{fill:#5f9ed1}.d{fill:#1d3f63}"
        ".g{stroke:#ccc;stroke-dasharray:2 3}</style>",
        f'<rect width="780" height="{y + 30}" fill="white"/><text x="10" y="24" class="t">{title}</text>', *out, "</svg>", ""])
