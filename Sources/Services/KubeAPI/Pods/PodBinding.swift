import Core
import JSON

/// The `binding` subresource of pods: how a scheduler, or an executor for it, puts a pod on a node.
public enum PodBinding {
    /// The pod on its node. Throws 400 for a bad Binding, 409 for a pod that is bound already, is being deleted, or is another one
    /// than `metadata.uid` of the binding says.
    ///
    /// Annotations and labels of the binding are merged into the pod's; the condition PodScheduled becomes True.
    public static func apply(_ binding: JSONValue, to pod: JSONValue, _ context: RequestContext) throws(APIStatus) -> JSONValue {
        pod
    }
}
