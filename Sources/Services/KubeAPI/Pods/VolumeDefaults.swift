import JSON

/// Defaults of a volume's source.
enum VolumeDefaults {
    /// 0644, the mode of files made from secrets, config maps and the like.
    static let fileMode: JSONValue = 420

    static func apply(_ volume: inout JSONObject) {
        if volume.count <= 1 {
            if volume["name"] != nil || volume.isEmpty { volume["emptyDir"] = .object(JSONObject()) }
            return
        }
        for key in ["secret", "configMap", "downwardAPI", "projected"] where volume[key]?.object != nil {
            volume.update(key, default: .null) { source in
                source.updateObject { source in
                    PodDefaults.setIfMissing(&source, "defaultMode", fileMode)
                    if key == "downwardAPI" { setItemDefaults(&source) }
                    if key == "projected", source["sources"] != nil {
                        source.update("sources", default: .null) { PodDefaults.updateElements(&$0, setProjectionDefaults) }
                    }
                }
            }
        }
        if volume["hostPath"]?.object != nil, volume["hostPath"]?["type"] == nil {
            volume.update("hostPath", default: .null) { $0["type"] = "" }
        }
    }

    private static func setProjectionDefaults(_ projection: inout JSONObject) {
        if projection["serviceAccountToken"]?.object != nil {
            projection.update("serviceAccountToken", default: .null) { token in
                token.updateObject { PodDefaults.setIfMissing(&$0, "expirationSeconds", 3600) }
            }
        }
        if projection["downwardAPI"]?.object != nil {
            projection.update("downwardAPI", default: .null) { $0.updateObject(setItemDefaults) }
        }
    }

    private static func setItemDefaults(_ source: inout JSONObject) {
        guard source["items"] != nil else { return }
        source.update("items", default: .null) { items in
            PodDefaults.updateElements(&items) { item in
                guard item["fieldRef"]?.object != nil else { return }
                item.update("fieldRef", default: .null) { reference in
                    reference.updateObject { PodDefaults.setIfMissing(&$0, "apiVersion", "v1") }
                }
            }
        }
    }
}
