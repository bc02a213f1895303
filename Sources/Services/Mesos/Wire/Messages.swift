import SwiftProtobuf

/// The wire form. Our own messages always have their required fields, so encoding cannot fail; if it did, the peer would answer 400.
func bytes(of message: some Message) -> [UInt8] { (try? message.serializedBytes(partial: true)) ?? [] }

/// The readable form for debug logs.
func json(_ message: some Message) -> String {
    var options = JSONEncodingOptions()
    options.preserveProtoFieldNames = true
    options.alwaysPrintInt64sAsNumbers = true
    return (try? message.jsonString(options: options)) ?? "\(message)"
}
