import JSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The parts of a pod's spec about names, addresses and users.
extension PodValidation {
    /// More name servers or search paths than a resolver reads are refused.
    private static let nameserverLimit = 3
    private static let searchLimit = 32

    mutating func validateDNSConfig(_ config: JSONValue?) {
        guard let config, case .object = config else { return }
        let field = base + ".dnsConfig"
        let nameservers = (config["nameservers"]?.array ?? []).compactMap(\.string)
        if nameservers.count > PodValidation.nameserverLimit {
            errors.append(
                .invalid(
                    field + ".nameservers", printed: printed(nameservers),
                    "must not have more than \(PodValidation.nameserverLimit) nameservers"))
        }
        for (position, address) in nameservers.enumerated() where !Addresses.isAddress(address) {
            errors.append(.invalid("\(field).nameservers[\(position)]", address, "must be valid IP address"))
        }
        let searches = (config["searches"]?.array ?? []).compactMap(\.string)
        if searches.count > PodValidation.searchLimit {
            errors.append(
                .invalid(
                    field + ".searches", printed: printed(searches),
                    "must not have more than \(PodValidation.searchLimit) search paths"))
        }
        for (position, search) in searches.enumerated() {
            let name = search.hasSuffix(".") ? String(search.dropLast()) : search
            for fault in Names.subdomainFaults(name) { errors.append(.invalid("\(field).searches[\(position)]", search, fault)) }
        }
        for (position, option) in (config["options"]?.array ?? []).enumerated() where (option["name"]?.string ?? "").isEmpty {
            errors.append(.required("\(field).options[\(position)]", "must not be empty"))
        }
    }

    mutating func validateHostAliases(_ aliases: JSONValue?) {
        for (position, alias) in (aliases?.array ?? []).enumerated() {
            let address = alias["ip"]?.string ?? ""
            if !Addresses.isAddress(address) {
                errors.append(
                    .invalid("\(base).hostAliases[\(position)].ip", address, "must be a valid IP address, (e.g. 10.9.8.7)"))
            }
            for name in (alias["hostnames"]?.array ?? []).compactMap(\.string) {
                for fault in Names.subdomainFaults(name) {
                    errors.append(.invalid("\(base).hostAliases[\(position)].hostnames", name, fault))
                }
            }
        }
    }

    /// Users and groups, of the pod or of a container.
    mutating func validateUsers(_ context: JSONValue?, _ field: String) {
        guard let context, case .object = context else { return }
        for key in ["runAsUser", "runAsGroup", "fsGroup"] {
            if let number = context[key]?.integer, !(0...Int64(Int32.max)).contains(number) {
                errors.append(.invalid("\(field).\(key)", number, "must be between 0 and 2147483647, inclusive"))
            }
        }
        if context["privileged"]?.bool == true, context["allowPrivilegeEscalation"]?.bool == false {
            errors.append(
                .invalid(
                    field, printed: context.text, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
        }
    }

    private func printed(_ texts: [String]) -> String { "[]string{\(texts.map { goQuoted($0) }.joined(separator: ", "))}" }
}

/// IP addresses as text.
enum Addresses {
    /// IPv4 or IPv6, without a zone.
    static func isAddress(_ text: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }
}
