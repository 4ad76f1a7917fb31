using Egress.Backends;
using Egress.Storage;

namespace Egress.Downloads;

/// <summary>Why a download was refused before the first byte. What the public reads of each is in <c>Http/Responses/ProblemTable</c>.</summary>
internal enum RejectionReason
{
    /// <summary><c>expiry</c>, <c>signature</c> or <c>list</c> was given more than once.</summary>
    ParameterRepeated,

    /// <summary>No signature, though one is required.</summary>
    SignatureRequired,

    /// <summary>The signature is wrong, or there is no secret to check it against.</summary>
    SignatureInvalid,

    /// <summary>No expiry, though one is required.</summary>
    ExpiryRequired,

    /// <summary>The expiry is not a whole number within 64 bits.</summary>
    ExpiryMalformed,

    /// <summary>The expiry is further away than links may live.</summary>
    ExpiryTooFar,

    /// <summary>The link has expired.</summary>
    LinkExpired,

    /// <summary>The link was revoked.</summary>
    LinkRevoked,

    /// <summary>Downloads that ended took all that the link allows.</summary>
    LinkUsedUp,

    /// <summary>Running downloads reserved all that the link still allows.</summary>
    LinkReserved,

    /// <summary>No record has this id.</summary>
    RecordNotFound,

    /// <summary>The record names no objects.</summary>
    RecordEmpty,

    /// <summary>The record has a password and encrypted archives are not allowed.</summary>
    PasswordNotAllowed,

    /// <summary>More objects than one archive may have.</summary>
    TooManyFiles,

    /// <summary>The extension lists leave nothing.</summary>
    EveryFileFiltered,

    /// <summary>An object does not exist (or none does).</summary>
    ObjectMissing,

    /// <summary>An object exists, but its content cannot be read at present: it is archived or encrypted with a key that Egress does not have.</summary>
    ObjectUnavailable,

    /// <summary><c>files</c> selects nothing.</summary>
    SelectionEmpty,

    /// <summary><c>files</c> is not a list of numbers and ranges.</summary>
    SelectionMalformed,

    /// <summary><c>files</c> has a number after the last entry; <see cref="Rejection.EntryCount"/> says which that is.</summary>
    SelectionOutOfRange,

    /// <summary>No file of the archive has the number of the file that is requested alone.</summary>
    FileNotFound,

    /// <summary>A file of a record with a password is requested alone, which would not be encrypted.</summary>
    FileEncrypted,

    /// <summary>The entries are not those that the numbers of the request refer to.</summary>
    ListChanged,

    /// <summary>An object is larger than allowed.</summary>
    ObjectTooLarge,

    /// <summary>Too many requests from one address.</summary>
    RateLimited,

    /// <summary>Too many downloads at once from one address.</summary>
    AddressAtCapacity,

    /// <summary>Too many downloads at once of one record.</summary>
    LinkAtCapacity,

    /// <summary>Too many active downloads in this process.</summary>
    AtCapacity,

    /// <summary>The process is shutting down and accepts no new downloads.</summary>
    Draining,

    /// <summary>The archive is not the one that <c>If-Match</c> requests.</summary>
    PreconditionFailed,

    /// <summary>The archive has no byte of the range; <see cref="Rejection.ArchiveLength"/> says how long it is.</summary>
    RangeNotSatisfiable,

    /// <summary>The database cannot keep links: a table, or rights on it, are missing.</summary>
    LinksNotSetUp,

    /// <summary>Storage or database failed; <see cref="Rejection.Fault"/> says how.</summary>
    BackendFailed,

    /// <summary>The whole planning took longer than a request may wait for its first byte.</summary>
    PlanningTimedOut,
}

/// <summary>A refusal before the first byte.</summary>
/// <param name="Reason">Why.</param>
internal sealed record Rejection(RejectionReason Reason)
{
    /// <summary>For the log only: may name keys, buckets and limits, never secrets.</summary>
    public string? Detail { get; init; }

    /// <summary>The backend's fault of <see cref="RejectionReason.BackendFailed"/>.</summary>
    public BackendException? Fault { get; init; }

    /// <summary>The first of the objects that a refusal is about; empty where it is about none. Not for the public.</summary>
    public IReadOnlyList<ObjectLocation> Objects { get; init; } = [];

    /// <summary>Length of the archive in bytes, where a range goes beyond it.</summary>
    public long? ArchiveLength { get; init; }

    /// <summary>How many entries the archive has, where a number goes beyond them.</summary>
    public int? EntryCount { get; init; }

    /// <summary>When a retry is worthwhile.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The refusal that a fault of a backend leads to.</summary>
    public static Rejection From(BackendException fault) => fault switch
    {
        { IsObjectMissing: true } => new(RejectionReason.ObjectMissing) { Detail = fault.Message },
        { IsLinkTableUnusable: true } => new(RejectionReason.LinksNotSetUp) { Detail = fault.Message },
        { IsObjectUnavailable: true } => new(RejectionReason.ObjectUnavailable) { Detail = fault.Message },
        _ => new(RejectionReason.BackendFailed) { Fault = fault, Detail = fault.Message, RetryAfter = fault.RetryAfter },
    };
}
