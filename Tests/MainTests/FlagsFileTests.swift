import Glibc
import Testing

@testable import kmd

@Suite struct FlagsFileTests {
    private func inDirectory(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/kmd-flags-XXXXXX".utf8CString)
        let directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            unlink(FlagsFile.path(in: directory))
            rmdir(directory)
        }
        try body(directory)
    }

    @Test func theCommandLineStaysTheSameWhileTheFlagsChange() throws {
        try inDirectory { directory in
            let before = try FlagsFile.write(["--v=0", "--node-port=10250"], in: directory)
            let after = try FlagsFile.write(["--v=4", "--cluster-domain=a b"], in: directory)
            #expect(before == after)
            #expect(try FlagsFile.expanded(["executor", after, "--last"]) == ["executor", "--v=4", "--cluster-domain=a b", "--last"])
        }
    }

    @Test func anOperatorsFileMayHaveRemarks() throws {
        try inDirectory { directory in
            let written = try FlagsFile.write(["# who may reach the API", "", "--address=10.0.0.1  ", "\t--v=2", "  # --v=4"], in: directory)
            #expect(try FlagsFile.expanded(["apiserver", written]) == ["apiserver", "--address=10.0.0.1", "--v=2"])
        }
    }

    @Test func aFileThatIsNotThereIsNamed() throws {
        #expect(throws: PlainFailure.self) { try FlagsFile.expanded(["executor", "--flags-file=/nowhere/flags"]) }
    }

    @Test func aLineEndInAFlagIsRefused() throws {
        try inDirectory { directory in
            #expect(throws: PlainFailure.self) { try FlagsFile.write(["--v=0\n--v=4"], in: directory) }
        }
    }
}
