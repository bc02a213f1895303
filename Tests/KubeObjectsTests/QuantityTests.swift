import KubeObjects
import Testing

@Suite struct QuantityTests {
    @Test(arguments: [
        ("0", "0"), ("1", "1"), ("0.5", "500m"), ("1.5", "1500m"), ("100m", "100m"), ("1000m", "1"), ("1000", "1k"), ("1024", "1024"),
        ("1Ki", "1Ki"), ("1024Ki", "1Mi"), ("1.5Gi", "1536Mi"), ("0.5Ki", "512"), ("1.5", "1500m"), ("12e6", "12e6"), ("1e3", "1e3"),
        ("100e-3", "100e-3"), ("1E", "1E"), ("5n", "5n"), ("5u", "5u"), ("0.1n", "1n"), ("-1", "-1"), ("+2", "2"), (".5", "500m"),
        ("5.", "5"), ("007", "7"), ("1Ei", "1Ei"), ("1023Ki", "1023Ki"), ("64M", "64M"), ("1.2Ki", "1228800m"), ("1000Ki", "1000Ki"),
    ])
    func aQuantityIsPrintedInItsCanonicalForm(text: String, canonical: String) throws {
        #expect(try Quantity(parsing: text).description == canonical)
    }

    @Test(arguments: ["", "abc", "1GB", "1 Gi", "1.2.3", "--1", "1e", "Gi", "1Kib", "0x10", "1e1e1", " 1"])
    func whatIsNotAQuantityIsRefused(text: String) {
        #expect(throws: QuantityError.self) { try Quantity(parsing: text) }
    }

    @Test func theErrorIsWordedAsKubernetesWordsIt() {
        #expect(throws: QuantityError.format) { try Quantity(parsing: "lots") }
        #expect(throws: QuantityError.suffix) { try Quantity(parsing: "1KK") }
        #expect(
            QuantityError.format.description
                == "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMG]*[-+]?[0-9]*)$'")
    }

    @Test func amountsAreExactAndRoundedUp() throws {
        #expect(try Quantity(parsing: "100m").milliValue == 100)
        #expect(try Quantity(parsing: "100m").value == 1)
        #expect(try Quantity(parsing: "1u").milliValue == 1)
        #expect(try Quantity(parsing: "64Mi").value == 67_108_864)
        #expect(try Quantity(parsing: "9223372036854775807").value == .max)
    }

    @Test func whatIsTooLargeIsCut() throws {
        #expect(try Quantity(parsing: "1e1000").value == .max)
        #expect(try Quantity(parsing: "8Ei").value == .max)
        #expect(try Quantity(parsing: "-100E").value <= -.max)
        #expect(try Quantity(parsing: String(repeating: "9", count: 100)).value == .max)
    }

    @Test func spellingsOfOneAmountAreEqual() throws {
        #expect(try Quantity(parsing: "1") == Quantity(parsing: "1000m"))
        #expect(try Quantity(parsing: "1Ki") == Quantity(parsing: "1024"))
        #expect(try Quantity(parsing: "1Ki") > Quantity(parsing: "1k"))
        #expect(try Quantity(parsing: "0.1") + Quantity(parsing: "0.2") == Quantity(parsing: "300m"))
        #expect(try Quantity(parsing: "1") - Quantity(parsing: "1.5") == Quantity(parsing: "-500m"))
    }
}
