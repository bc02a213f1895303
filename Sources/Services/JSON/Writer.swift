extension JSONValue {
    /// Compact JSON: members in their order, text as UTF-8 with only what must be escaped escaped (Go's server writes `<`, `>` and `&`
    /// as `\u003c` and so on, which clients read as the same), whole doubles without a fraction, as Go writes them.
    public func encoded() -> [UInt8] {
        var writer = Writer(capacity: 1024)
        defer { writer.free() }
        writer.write(self)
        return Array(writer.written)
    }

    /// Appends the encoded bytes.
    public func encode(into bytes: inout [UInt8]) {
        var writer = Writer(capacity: 1024)
        defer { writer.free() }
        writer.write(self)
        bytes.append(contentsOf: writer.written)
    }

    public var text: String {
        var writer = Writer(capacity: 1024)
        defer { writer.free() }
        writer.write(self)
        return String(decoding: writer.written, as: UTF8.self)
    }

    /// Appends `text` as a JSON string literal, quotes included.
    public static func encode(string text: String, into bytes: inout [UInt8]) {
        var writer = Writer(capacity: text.utf8.count &+ 16)
        defer { writer.free() }
        writer.write(text)
        bytes.append(contentsOf: writer.written)
    }
}

/// A growing piece of raw memory; `free` ends its life.
struct Writer {
    private var base: UnsafeMutablePointer<UInt8>
    private var count = 0
    private var capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    func free() { base.deallocate() }

    var written: Bytes { Bytes(start: base, count: count) }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity &- count < more { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        base[count] = byte
        count &+= 1
    }

    @inline(__always)
    private mutating func put(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count &+= text.utf8CodeUnitCount
    }

    mutating func write(_ value: JSONValue) {
        switch value {
        case .null: put("null")
        case .bool(let truth): truth ? put("true") : put("false")
        case .integer(let number): write(number)
        case .double(let number): write(number)
        case .string(let text): write(text)
        case .array(let elements): write(elements)
        case .object(let object): write(object)
        }
    }

    private mutating func write(_ elements: [JSONValue]) {
        reserve(1)
        put(ascii("["))
        var first = true
        for element in elements {
            if !first {
                reserve(1)
                put(ascii(","))
            }
            first = false
            write(element)
        }
        reserve(1)
        put(ascii("]"))
    }

    private mutating func write(_ object: JSONObject) {
        reserve(1)
        put(ascii("{"))
        var first = true
        object.forEachMember { key, value in
            if !first {
                reserve(1)
                put(ascii(","))
            }
            first = false
            write(key)
            reserve(1)
            put(ascii(":"))
            write(value)
        }
        reserve(1)
        put(ascii("}"))
    }

    private mutating func write(_ number: Int64) {
        reserve(20)
        var magnitude = number.magnitude
        if number < 0 { put(ascii("-")) }
        // At most 19 digits: an Int64's magnitude is below 10^19.
        var length = 1
        var bound: UInt64 = 10
        while length < 19, magnitude >= bound {
            length &+= 1
            bound &*= 10
        }
        var position = count &+ length
        count = position
        repeat {
            position &-= 1
            base[position] = ascii("0") &+ UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        } while magnitude > 0
    }

    private mutating func write(_ number: Double) {
        guard number.isFinite else { return put("null") }
        if let whole = Int64(exactly: number), whole.magnitude < 1 << 53 { return write(whole) }
        let text = number.description
        reserve(text.utf8.count)
        for byte in text.utf8 { put(byte) }
    }

    mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            reserve(bytes.count &+ 2)
            put(ascii("\""))
            if let start = bytes.baseAddress {
                // Two bytes stay free for the closing quote whatever is escaped.
                escaping(start, bytes.count)
            }
            reserve(1)
            put(ascii("\""))
        }
    }

    @inline(__always)
    private mutating func escaping(_ start: UnsafePointer<UInt8>, _ length: Int) {
        var position = 0
        while position < length {
            let run = plainRun(start, position, length)
            reserve(length &- position &+ 8)
            (base + count).update(from: start + position, count: run)
            count &+= run
            position &+= run
            guard position < length else { return }
            escape(start[position])
            position &+= 1
        }
    }

    /// Eight bytes are reserved.
    private mutating func escape(_ byte: UInt8) {
        if byte >= 0x80 { return put(byte) }
        put(ascii("\\"))
        switch byte {
        case ascii("\""), ascii("\\"): put(byte)
        case 0x08: put(ascii("b"))
        case 0x0C: put(ascii("f"))
        case 0x0A: put(ascii("n"))
        case 0x0D: put(ascii("r"))
        case 0x09: put(ascii("t"))
        default:
            put(ascii("u"))
            put(ascii("0"))
            put(ascii("0"))
            put(ascii("0") &+ (byte >> 4))
            put(byte & 15 < 10 ? ascii("0") &+ (byte & 15) : ascii("a") &+ (byte & 15) &- 10)
        }
    }
}
