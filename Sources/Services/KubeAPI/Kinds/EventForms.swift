import Core
import JSON

extension ResourceKind {
    /// `events.k8s.io/v1`: the same events under newer names. The selectable fields stand in the order of the older form's.
    public static let eventsV1 = ResourceKind(
        group: "events.k8s.io", plural: "events", singular: "event", kind: "Event", shortNames: ["ev"], isNamespaced: true,
        columns: EventTable.columns,
        cells: { EventTable.cells(TableObject(json: EventForms.core($0.json), now: $0.now)) },
        selectableFields: [
            SelectableField("regarding.kind"), SelectableField("regarding.namespace"), SelectableField("regarding.name"),
            SelectableField("regarding.uid"), SelectableField("regarding.apiVersion"), SelectableField("regarding.resourceVersion"),
            SelectableField("regarding.fieldPath"), SelectableField("reason"), SelectableField("reportingController"),
            SelectableField("type"),
        ],
        rules: EventV1Rules(),
        storedAs: StoredForm(kind: .events, toStored: EventForms.core, fromStored: EventForms.new))
}

/// The two forms of an event, and the way from one to the other.
enum EventForms {
    /// Older name, newer name.
    private static let names: [(core: String, new: String)] = [
        ("eventTime", "eventTime"), ("series", "series"), ("reportingComponent", "reportingController"),
        ("reportingInstance", "reportingInstance"), ("action", "action"), ("reason", "reason"), ("involvedObject", "regarding"),
        ("related", "related"), ("message", "note"), ("type", "type"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ]

    /// As `v1` has it, which is how events are stored.
    @Sendable static func core(_ event: JSONValue) -> JSONValue {
        var object = JSONObject()
        object["kind"] = "Event"
        object["apiVersion"] = "v1"
        object["metadata"] = event["metadata"]
        for (core, new) in names { object[core] = event[new] }
        for key in ["reportingComponent", "reportingInstance"] where object[key] == nil { object[key] = "" }
        for key in ["firstTimestamp", "lastTimestamp", "eventTime"] where object[key] == nil { object[key] = .null }
        if object["involvedObject"] == nil { object["involvedObject"] = .object(JSONObject()) }
        if object["source"] == nil { object["source"] = .object(JSONObject()) }
        return .object(object)
    }

    /// As `events.k8s.io/v1` has it.
    @Sendable static func new(_ event: JSONValue) -> JSONValue {
        var object = JSONObject()
        object["kind"] = "Event"
        object["apiVersion"] = "events.k8s.io/v1"
        object["metadata"] = event["metadata"]
        for (core, new) in names where event[core] != "" { object[new] = event[core] }
        return .object(object)
    }
}

/// Events in their newer form, which asks for more than the older one.
struct EventV1Rules: ResourceRules {
    var allowsCreateOnUpdate: Bool { true }
    var canOwn: Bool { false }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            for key in ["deprecatedFirstTimestamp", "deprecatedLastTimestamp", "eventTime"] where object[key] == nil { object[key] = .null }
            if object["deprecatedSource"] == nil { object["deprecatedSource"] = .object(JSONObject()) }
        }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        let core = EventForms.core(object)
        var errors = EventRules().validateCreate(core)
        if object["eventTime"]?.string == nil {
            errors += EventRules.newStyleErrors(core) + [.required("eventTime")]
        }
        let type = object["type"]?.string ?? ""
        if type != "Normal", type != "Warning" { errors.append(.invalid("type", "", "has invalid value: \(type)")) }
        for (new, old) in [("deprecatedFirstTimestamp", "firstTimestamp"), ("deprecatedLastTimestamp", "lastTimestamp")]
        where object[new]?.string != nil { errors.append(.invalid(old, "", "needs to be unset")) }
        if let count = object["deprecatedCount"]?.integer, count != 0 { errors.append(.invalid("count", "", "needs to be unset")) }
        if object["deprecatedSource"]?.object?.isEmpty == false { errors.append(.invalid("source", "", "needs to be unset")) }
        return errors
    }

    /// What an older client has written may be changed; only the series is the newer client's to count.
    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { EventRules().validateCreate(EventForms.core(object)) }
}
