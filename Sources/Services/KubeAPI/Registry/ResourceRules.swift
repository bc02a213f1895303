import Core
import JSON

/// How names of a kind must look.
public enum NameFormat: Sendable, Hashable {
    /// Letters, digits, `-` and `.`, at most 253 characters: most kinds.
    case subdomain
    /// As a host name without dots, at most 63 characters: namespaces.
    case label
    /// As `label`, and it begins with a letter: services.
    case label1035
    /// Anything that can be a path segment: RBAC.
    case pathSegment
}

/// What is particular about one kind. Pure: everything that varies comes in as an argument.
///
/// The order of a create: `setDefaults`, `prepareForCreate`, `validateCreate`. Of an update: `setDefaults`, `prepareForUpdate`,
/// `validateUpdate`. The generic part (metadata, names, resource versions) is not theirs to do.
public protocol ResourceRules: Sendable {
    var nameFormat: NameFormat { get }
    /// `metadata.generation` counts the changes that `changesGeneration` names.
    var hasGeneration: Bool { get }
    /// `status` is written through the status subresource only.
    var hasStatus: Bool { get }
    /// A create may bring its status along (nodes, which register themselves whole).
    var keepsStatusOnCreate: Bool { get }
    /// A PUT to a name that is not there creates it (leases, events, …).
    var allowsCreateOnUpdate: Bool { get }
    /// A PUT without a resource version overwrites whatever is there.
    var allowsUnconditionalUpdate: Bool { get }
    /// DELETE answers with the object that went rather than with a `Status`.
    var returnsDeletedObject: Bool { get }

    /// Fills in what the client left out, as the API's version defaults it.
    func setDefaults(_ object: inout JSONValue)
    /// Sets what only the server decides for a new object.
    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext)
    func validateCreate(_ object: JSONValue) -> [FieldError]
    /// Sets what only the server decides for a change of the main resource.
    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext)
    /// Checks the change as well as the new object.
    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError]
    /// Whether a change counts as a new generation: of most kinds, when `spec` differs.
    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool
    func prepareForStatusUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext)
    func validateStatusUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError]
    /// Seconds between the request to delete this object and its end; `nil` for kinds that go at once.
    func gracePeriod(of object: JSONValue, asked: Int64?) -> Int64?
    /// Whether a delete that says nothing of dependents leaves them behind; else they go after it.
    var orphansByDefault: Bool { get }
    /// Whether objects of this kind can have dependents at all.
    var canOwn: Bool { get }
    /// Why this very object may not be deleted; `nil` where it may.
    func deletionRefusal(of object: JSONValue) -> String?
    /// The selector of a scaled object's pods in one line, for its `Scale`; `nil` for kinds without that subresource.
    func scaleSelector(of object: JSONValue) -> String?
    /// A kind's own way to be deleted (namespaces, which are emptied first); `nil` for the usual one.
    func decideDelete(_ object: JSONValue, _ options: DeleteOptions, now: Timestamp) -> DeleteDecision?
    /// Whether an object that is being deleted can go for good: nobody holds it any more.
    func isFinished(_ object: JSONValue) -> Bool
    /// The object that a write through a subresource other than `status` makes; `nil` where the row has no such subresource.
    func applySubresource(_ name: String, body: JSONValue, to object: JSONValue, _ context: RequestContext) throws(APIStatus)
        -> JSONValue?
}

extension ResourceRules {
    public var nameFormat: NameFormat { .subdomain }
    public var hasGeneration: Bool { false }
    public var hasStatus: Bool { false }
    public var keepsStatusOnCreate: Bool { false }
    public var allowsCreateOnUpdate: Bool { false }
    public var allowsUnconditionalUpdate: Bool { true }
    public var returnsDeletedObject: Bool { false }
    public func setDefaults(_ object: inout JSONValue) {}
    public func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) {}
    public func validateCreate(_ object: JSONValue) -> [FieldError] { [] }
    public func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {}
    public func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { validateCreate(object) }
    public func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool { object["spec"] != old["spec"] }
    public func prepareForStatusUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {}
    public func validateStatusUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { [] }
    public func gracePeriod(of object: JSONValue, asked: Int64?) -> Int64? { nil }
    public var orphansByDefault: Bool { false }
    public var canOwn: Bool { true }
    public func deletionRefusal(of object: JSONValue) -> String? { nil }
    public func scaleSelector(of object: JSONValue) -> String? { nil }
    public func decideDelete(_ object: JSONValue, _ options: DeleteOptions, now: Timestamp) -> DeleteDecision? { nil }
    public func isFinished(_ object: JSONValue) -> Bool {
        (object.at("metadata", "finalizers")?.array ?? []).isEmpty
            && (object.at("metadata", "deletionGracePeriodSeconds")?.integer ?? 0) == 0
    }
    public func applySubresource(
        _ name: String, body: JSONValue, to object: JSONValue, _ context: RequestContext
    ) throws(APIStatus) -> JSONValue? { nil }
}
