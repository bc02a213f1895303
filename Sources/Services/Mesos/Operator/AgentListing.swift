import Core
import MesosProto
import NIOCore
import SwiftProtobuf

/// What changed among the master's agents since the last list.
public struct AgentChanges: Sendable, Hashable {
    /// New, or not as they were; in the order of their ids.
    public var changed: [MesosAgent] = []
    /// No longer listed; in order.
    public var removed: [AgentID] = []
    public var isEmpty: Bool { changed.isEmpty && removed.isEmpty }
}

/// The agents of a master, kept up to date from its whole lists. Pure.
///
/// A list of 5,000 agents is several megabytes, asked for every few seconds, of which nearly nothing is new. So each agent's record is compared as
/// bytes, without what is offered and in use (which changes all the time and concerns nobody here), and only a record that differs is decoded.
public struct AgentListing: Sendable {
    private var records: [AgentID: [UInt8]] = [:]
    /// By id.
    public private(set) var agents: [AgentID: MesosAgent] = [:]

    public init() {}

    /// Takes a GET_AGENTS response (the bytes of `mesos.v1.master.Response`).
    ///
    /// - Throws: when they are none; nothing has changed then.
    public mutating func absorb(_ response: some Sequence<UInt8>) throws(MesosCallError) -> AgentChanges {
        let bytes = Array(response)
        var fresh: [(id: AgentID, record: [UInt8], agent: MesosAgent?)] = []
        do {
            for record in try AgentListing.records(in: bytes) {
                let kept = try AgentListing.withoutUse(bytes[record])
                let id = try AgentListing.id(in: kept)
                let known = records[id] == kept
                fresh.append((id, kept, known ? nil : MesosAgent(try .init(serializedBytes: kept))))
            }
        } catch {
            throw .unreachable("a list of agents that cannot be read: \(error)")
        }
        return take(fresh)
    }

    private mutating func take(_ fresh: [(id: AgentID, record: [UInt8], agent: MesosAgent?)]) -> AgentChanges {
        var changes = AgentChanges()
        let listed = Set(fresh.map(\.id))
        changes.removed = agents.keys.filter { !listed.contains($0) }.sorted()
        for id in changes.removed { (records[id], agents[id]) = (nil, nil) }
        for (id, record, agent) in fresh {
            guard let agent else { continue }
            records[id] = record
            // What differs in the bytes may mean the same to us.
            guard agents[id] != agent else { continue }
            agents[id] = agent
            changes.changed.append(agent)
        }
        changes.changed.sort { $0.id < $1.id }
        return changes
    }

    // Field numbers: Response.get_agents 10, GetAgents.agents 1, Agent.agent_info 1, allocated_resources 8, offered_resources 9,
    // AgentInfo.id 6, AgentID.value 1.
    private static func records(in response: [UInt8]) throws(WireFormatError) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var reader = FieldReader(response[...])
        while let field = try reader.next() {
            guard field.number == 10, let list = field.content else { continue }
            var agents = FieldReader(response[list])
            while let agent = try agents.next() { if agent.number == 1, let record = agent.content { result.append(record) } }
        }
        return result
    }

    private static func withoutUse(_ record: ArraySlice<UInt8>) throws(WireFormatError) -> [UInt8] {
        var kept: [UInt8] = []
        var reader = FieldReader(record)
        while let field = try reader.next() { if field.number != 8, field.number != 9 { kept += record[field.whole] } }
        return kept
    }

    private static func id(in record: [UInt8]) throws(WireFormatError) -> AgentID {
        func content(of number: Int, in range: Range<Int>) throws(WireFormatError) -> Range<Int>? {
            var reader = FieldReader(record[range])
            while let field = try reader.next() { if field.number == number { return field.content } }
            return nil
        }
        guard let info = try content(of: 1, in: record.indices), let id = try content(of: 6, in: info), let value = try content(of: 1, in: id) else {
            throw WireFormatError(description: "an agent without id")
        }
        return AgentID(String(decoding: record[value], as: UTF8.self))
    }
}
