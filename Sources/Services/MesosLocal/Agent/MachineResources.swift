import Core
import Glibc
import Mesos
import MesosProto

/// What this machine has, and what the user says that it has.
public enum MachineResources {
    /// Online processors; memory less 1 GB, or half of it on a small machine; half of the free disk at `path`; ports 31000-32000.
    public static func detect(diskAt path: String) -> MesosResources {
        let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let memory = max(64, sysconf(Int32(_SC_PHYS_PAGES)) / 1024 * sysconf(Int32(_SC_PAGESIZE)) / 1024)
        let usable = memory > 2048 ? memory - 1024 : memory / 2
        var disk = 0
        var info = statvfs()
        if statvfs(path, &info) == 0 { disk = Int(clamping: UInt64(info.f_bavail) / 2 &* UInt64(info.f_frsize) / (1 << 20)) }
        return .plain(
            cpus: MesosScalar(Double(processors)), memory: MesosScalar(Double(usable)), disk: MesosScalar(Double(disk)), ports: [31000...32000])
    }

    /// What the user named, and of what was not named (cpus, mem, disk, ports) what the machine has: as a Mesos agent does it.
    static func completed(_ named: MesosResources?, by detected: MesosResources) -> MesosResources {
        guard var resources = named else { return detected }
        let names = Set(resources.items.map(\.name))
        for item in detected.items where !names.contains(item.name) { resources.add(item) }
        return resources
    }

    /// The machine's hostname as a Kubernetes node name: lower case, letters, digits, `-` and `.`, at most 253 characters.
    public static func hostname() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return nodeName(String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }

    static func nodeName(_ text: String) -> String {
        let mapped = text.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber || character == "." || character == "-") ? character : "-"
        }
        let core = String(mapped.prefix(253)).drop { !$0.isLetter && !$0.isNumber }
        let name = String(core.reversed().drop { !$0.isLetter && !$0.isNumber }.reversed())
        return name.isEmpty ? "localhost" : name
    }

    /// What is wrong with an option's text.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        public let option: String
        public let part: String
        public let remedy: String
        public var description: String { "\(option): '\(part)' cannot be read; \(remedy)" }
    }

    /// Reads Mesos' text form: `cpus:4;mem:8192;disk:10240;ports:[31000-32000,33000-33100]`, with `cpus(role):1` for a static reservation.
    public static func parse(_ text: String) throws(Problem) -> MesosResources {
        var resources = MesosResources()
        for part in text.split(separator: ";") {
            func problem() -> Problem {
                Problem(option: "resources", part: String(part), remedy: "write it as cpus:4;mem:8192;disk:10240;ports:[31000-32000]")
            }
            guard let colon = part.firstIndex(of: ":") else { throw problem() }
            var name = part[..<colon].filter { $0 != " " }
            let value = part[part.index(after: colon)...].filter { $0 != " " }
            var resource = Mesos_V1_Resource()
            if name.hasSuffix(")"), let open = name.firstIndex(of: "(") {
                let role = String(name[name.index(after: open)...].dropLast())
                name = String(name[..<open])
                if role != "*" { resource.reservations = [.with { $0.type = .static; $0.role = role }] }
            }
            resource.name = name
            if value.hasPrefix("["), value.hasSuffix("]") {
                resource.type = .ranges
                resource.ranges = .init(try value.dropFirst().dropLast().split(separator: ",").map { range throws(Problem) in
                    let ends = range.split(separator: "-").compactMap { UInt64($0) }
                    guard ends.count == 2, ends[0] <= ends[1] else { throw problem() }
                    return ends[0]...ends[1]
                })
            } else {
                guard let amount = Double(value), amount >= 0, amount < 1e12, !name.isEmpty else { throw problem() }
                resource.type = .scalar
                resource.scalar.value = amount
            }
            resources.add(resource)
        }
        return resources
    }

    /// Reads `rack:r1;zone:z1`; a number becomes a scalar.
    public static func parseAttributes(_ text: String) throws(Problem) -> [Mesos_V1_Attribute] {
        try text.split(separator: ";").map { part throws(Problem) in
            guard let colon = part.firstIndex(of: ":"), colon != part.startIndex else {
                throw Problem(option: "attributes", part: String(part), remedy: "write it as rack:r1;zone:z1")
            }
            let value = String(part[part.index(after: colon)...])
            return .with {
                $0.name = String(part[..<colon])
                if let number = Double(value) {
                    $0.type = .scalar
                    $0.scalar.value = number
                } else {
                    $0.type = .text
                    $0.text.value = value
                }
            }
        }
    }
}

extension Duration {
    /// Reads a duration as Mesos writes it: `15secs`, `1mins`, `2hrs`, `500ms`, `1weeks`; `nil` for anything else, and for what is negative.
    public init?(mesosText text: String) {
        let units: [String: Double] = [
            "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "secs": 1, "mins": 60, "hrs": 3600, "days": 86_400, "weeks": 604_800,
        ]
        let number = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard let value = Double(number), let unit = units[String(text.dropFirst(number.count))], value * unit < 3e9 else { return nil }
        self = .nanoseconds(Int64(value * unit * 1e9))
    }
}
