/// Where a master takes agents of other processes.
///
/// An agent POSTs to `open`; the answer's body is a RecordIO stream of `KMD_ToAgent` for as long as both live, and its header names the link.
/// What the agent says it POSTs to `tell`, one request after the other, each a `KMD_ToMasterBatch` with the link's name.
enum LinkPaths {
    static let open = "/kmd/agents/link"
    static let tell = "/kmd/agents/tell"
    static let header = "Kmd-Agent-Link"
}
