import JSON
import KubeAPI
import Store

/// What is given out and what services say they have, compared at the start and now and then; what differs is reported and mended.
extension APIService {
    /// A service as it was when its numbers were read.
    private struct Holder {
        let owner: GrantOwner
        let revision: Revision
    }

    /// Drift comes from stores that were restored or written by hand, and from versions of this server that kept no account. Services may
    /// change meanwhile, here or through another server: what is mended depends on the service being as it was read.
    func repairAllocations() async throws {
        guard let services = registry.kind(group: "", version: "v1", plural: "services") else { return }
        var holders: [Grant: Holder] = [:]
        for object in try cache(of: services).list(ObjectFilter()).objects {
            let service = try tree(object.clientBytes)
            let owner = GrantOwner(service)
            for grant in ServiceHoldings.grants(of: service) {
                if let other = holders[grant]?.owner {
                    report("\(words(grant)) is held by two services, \(words(other)) and \(words(owner)); please recreate one of them")
                } else if !isInRange(grant) {
                    report("\(words(grant)) of the service \(words(owner)) is not in the range of this server; please recreate the service")
                } else {
                    holders[grant] = Holder(owner: owner, revision: object.modRevision)
                }
            }
        }
        var granted: [Grant: KeyValue] = [:]
        for prefix in [Grant.addressPrefix, Grant.portPrefix] {
            for item in try await store.read(KeyRange(prefix: prefix), at: nil, limit: 0).items {
                if let grant = Grant(key: item.key) { granted[grant] = item } else { report("the key \(item.key) is none of ours; it is left alone") }
            }
        }
        for (grant, holder) in holders.sorted(by: { $0.key.key < $1.key.key }) {
            try await mend(grant, holder, granted[grant], services)
        }
        for (grant, item) in granted.sorted(by: { $0.key.key < $1.key.key }) where holders[grant] == nil {
            try await release(grant, item, services)
        }
        try await allocator.refresh()
    }

    /// A number that a service has, and that is not written down as its own.
    private func mend(_ grant: Grant, _ holder: Holder, _ item: KeyValue?, _ services: ResourceKind) async throws {
        let owner = holder.owner
        if let item, GrantOwner(stored: item.value)?.uid == owner.uid { return }
        let state: Compare = item.map { .unchanged(grant.key, since: $0.modRevision) } ?? .absent(grant.key)
        let asRead = Compare.unchanged(services.storeKey(namespace: owner.namespace, name: owner.name), since: holder.revision)
        let result = try await store.commit(
            Transaction(if: [state, asRead], then: [.put(key: grant.key, value: owner.encoded)]))
        if result.succeeded { report("\(words(grant)) of the service \(words(owner)) was not allocated; it is now") }
    }

    /// A number that is given out to a service which does not have it (any more).
    private func release(_ grant: Grant, _ item: KeyValue, _ services: ResourceKind) async throws {
        var conditions: [Compare] = [.unchanged(grant.key, since: item.modRevision)]
        let owner = GrantOwner(stored: item.value)
        if let owner {
            // Another server may be making the service at this moment: what was seen of it must still be so.
            let key = services.storeKey(namespace: owner.namespace, name: owner.name)
            let now = try await stored(key)
            if let now, let service = try? JSONValue(parsing: now.value), ServiceHoldings.grants(of: service).contains(grant) { return }
            conditions.append(now.map { .unchanged(key, since: $0.modRevision) } ?? .absent(key))
        }
        let result = try await store.commit(Transaction(if: conditions, then: [.delete(KeyRange(key: grant.key))]))
        if result.succeeded { report("\(words(grant)) was allocated to \(owner.map(words) ?? "nobody") and not used; it is free again") }
    }

    private func isInRange(_ grant: Grant) -> Bool {
        switch grant.sort {
        case .address: allocator.range.contains(grant.number)
        case .port: allocator.portRange.ports.contains(grant.number)
        }
    }

    private func words(_ grant: Grant) -> String {
        grant.sort == .address ? "the cluster IP \(IPText.text(ipv4: grant.number))" : "the node port \(grant.number)"
    }

    private func words(_ owner: GrantOwner) -> String { owner.namespace + "/" + owner.name }

    private func report(_ text: String) { logger.warning("allocation repair: \(text)") }
}
