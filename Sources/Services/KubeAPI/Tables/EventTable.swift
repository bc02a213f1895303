import Core
import JSON

/// The cells of an event's row.
enum EventTable {
    static let columns: [TableColumn] = [
        TableColumn("Last Seen", "When it last happened."),
        TableColumn("Type", "Normal or Warning."),
        TableColumn("Reason", "One word for machines."),
        TableColumn("Object", "What it is about."),
        TableColumn("Subobject", priority: 1, "Which part of the object."),
        TableColumn("Source", priority: 1, "Who reports it."),
        TableColumn("Message", "What happened, for people."),
        TableColumn("First Seen", priority: 1, "When it first happened."),
        TableColumn("Count", priority: 1, "How often it has happened."),
        TableColumn("Name", format: "name", priority: 1, "The name of the event itself."),
    ]

    static func cells(_ object: TableObject) -> [JSONValue] {
        let event = object.json
        let first = HumanDuration.since(event["firstTimestamp"]?.string ?? event["eventTime"]?.string, now: object.now)
        var last = event["lastTimestamp"]?.string.map { HumanDuration.since($0, now: object.now) } ?? first
        var count = event["count"]?.integer ?? 0
        if let series = event["series"], case .object = series {
            last = HumanDuration.since(series["lastObservedTime"]?.string, now: object.now)
            count = series["count"]?.integer ?? 0
        } else if count == 0 {
            count = 1
        }
        let name = object.text("involvedObject", "name")
        let kind = object.text("involvedObject", "kind").lowercased()
        return [
            .string(last), .string(object.text("type")), .string(object.text("reason")),
            .string(name.isEmpty ? kind : kind + "/" + name),
            .string(object.text("involvedObject", "fieldPath")), .string(source(object)),
            .string(trimmed(object.text("message"))),
            .string(first), .integer(count), object.name,
        ]
    }

    private static func source(_ object: TableObject) -> String {
        let component = object.text("source", "component")
        let host = object.text("source", "host")
        let who = component.isEmpty ? object.text("reportingComponent") : component
        let instance = host.isEmpty ? object.text("reportingInstance") : host
        return instance.isEmpty ? who : who + ", " + instance
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace = { (character: Character) in character.isWhitespace }
        guard let start = text.firstIndex(where: { !isSpace($0) }), let end = text.lastIndex(where: { !isSpace($0) }) else {
            return ""
        }
        return String(text[start...end])
    }
}
