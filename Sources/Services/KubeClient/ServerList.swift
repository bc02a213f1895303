import Synchronization

/// The API servers of one cluster, any of which will do, and the one that is asked at present.
///
/// All copies of a client share it: the first call that finds its server gone moves all later ones to the next.
final class ServerList: Sendable {
    /// One of the servers, as it was chosen for a call.
    struct Choice: Sendable {
        fileprivate let index: Int
        let url: String
    }

    /// `http://host:port` each, without a slash at the end; never empty.
    let urls: [String]
    private let present = Mutex(0)

    /// - Parameter written: one server, or several with commas; a bare `host:port` is taken as plain HTTP.
    init(_ written: String) {
        let words = written.split(separator: ",").map { word -> String in
            var url = word.contains("://") ? String(word) : "http://\(word)"
            while url.hasSuffix("/") { url.removeLast() }
            return url
        }
        urls = words.isEmpty ? ["http://"] : words
    }

    var choice: Choice {
        let index = present.withLock { $0 }
        return Choice(index: index, url: urls[index])
    }

    /// The server does not serve: the next one is asked from now on. What is said of one that was left already changes nothing.
    func leave(_ choice: Choice) {
        present.withLock { present in
            if present == choice.index { present = (present + 1) % urls.count }
        }
    }
}
