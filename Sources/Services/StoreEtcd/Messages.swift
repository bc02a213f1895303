import EtcdProto
import struct Foundation.Data
import Store

/// Our keys and values as etcd's messages, and back.
extension KeySpace {
    func bytes(_ key: String) throws(StoreError) -> Data {
        guard key.hasPrefix(root) else { throw .invalid("the key \(key) is not below \(root)") }
        return Data((prefix + key.dropFirst(root.count)).utf8)
    }

    /// `end` may lie behind all keys below the root.
    private func end(_ key: String) -> Data {
        if key.hasPrefix(root) { return Data((prefix + key.dropFirst(root.count)).utf8) }
        return Data(KeyRange(prefix: prefix).end.map { Array($0.utf8) } ?? [])
    }

    func key(_ bytes: Data) -> String { root + String(decoding: bytes.dropFirst(prefix.utf8.count), as: UTF8.self) }

    /// Everything of this store.
    var all: KeyRange { KeyRange(prefix: prefix) }

    func range(_ range: KeyRange) throws(StoreError) -> Etcdserverpb_RangeRequest {
        var request = Etcdserverpb_RangeRequest()
        request.key = try bytes(range.start)
        // An end that lies before the start may lie outside of the root.
        if let last = range.end { request.rangeEnd = range.isEmpty ? request.key : end(last) }
        return request
    }

    func item(_ item: Etcdserverpb_KeyValue) -> KeyValue {
        KeyValue(
            key: key(item.key), value: Array(item.value), createRevision: item.createRevision, modRevision: item.modRevision,
            version: item.version)
    }

    func event(_ event: Etcdserverpb_Event) -> StoreEvent {
        StoreEvent(
            kind: event.type == .delete ? .delete : .put, current: item(event.kv), previous: event.hasPrevKv ? item(event.prevKv) : nil)
    }

    func transaction(_ transaction: Transaction) throws(StoreError) -> Etcdserverpb_TxnRequest {
        var request = Etcdserverpb_TxnRequest()
        for condition in transaction.conditions { request.compare.append(try compare(condition)) }
        for operation in transaction.success { request.success.append(try step(operation)) }
        for operation in transaction.failure { request.failure.append(try step(operation)) }
        return request
    }

    private func step(_ operation: Operation) throws(StoreError) -> Etcdserverpb_RequestOp {
        var step = Etcdserverpb_RequestOp()
        switch operation {
        case .put(let key, let value):
            step.requestPut.key = try bytes(key)
            step.requestPut.value = Data(value)
            step.requestPut.prevKv = true
        case .get(let range): step.requestRange = try self.range(range)
        case .delete(let range) where range.isEmpty:
            // etcd's check for keys that are written twice wants ranges that go forward: one that holds nothing is only looked at.
            step.requestRange = try self.range(range)
        case .delete(let range):
            let asked = try self.range(range)
            (step.requestDeleteRange.key, step.requestDeleteRange.rangeEnd) = (asked.key, asked.rangeEnd)
            step.requestDeleteRange.prevKv = true
        }
        return step
    }

    private func compare(_ compare: Compare) throws(StoreError) -> Etcdserverpb_Compare {
        var message = Etcdserverpb_Compare()
        message.key = try bytes(compare.key)
        switch compare {
        case .modRevision(_, let relation, let revision):
            (message.target, message.modRevision, message.result) = (.mod, revision, relation.etcd)
        case .createRevision(_, let relation, let revision):
            (message.target, message.createRevision, message.result) = (.create, revision, relation.etcd)
        case .version(_, let relation, let version):
            (message.target, message.version, message.result) = (.version, version, relation.etcd)
        case .value(_, let relation, let value):
            (message.target, message.value, message.result) = (.value, Data(value), relation.etcd)
        }
        return message
    }

    /// What a transaction did, and whether it changed anything.
    func result(
        _ response: Etcdserverpb_TxnResponse, of transaction: Transaction
    ) throws(StoreError) -> (result: TransactionResult, changed: Bool) {
        let operations = response.succeeded ? transaction.success : transaction.failure
        guard operations.count == response.responses.count else {
            throw .damaged("etcd answered \(response.responses.count) steps of a transaction that has \(operations.count)")
        }
        var changed = false
        let steps = zip(operations, response.responses).map { operation, answer -> TransactionResult.Step in
            switch operation {
            case .put:
                changed = true
                return .put(previous: answer.responsePut.hasPrevKv ? item(answer.responsePut.prevKv) : nil)
            case .delete:
                let gone = answer.responseDeleteRange.prevKvs.map(item)
                changed = changed || !gone.isEmpty
                return .deleted(gone)
            case .get: return .got(answer.responseRange.kvs.map(item))
            }
        }
        let result = TransactionResult(succeeded: response.succeeded, revision: response.header.revision, results: steps)
        return (result, changed)
    }
}

extension Compare.Relation {
    fileprivate var etcd: Etcdserverpb_Compare.CompareResult {
        switch self {
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .greater: .greater
        }
    }
}

extension KeyRange {
    /// Whether no key can be in it.
    var isEmpty: Bool { end.map { utf8Order(start, $0) >= 0 } ?? false }
}
