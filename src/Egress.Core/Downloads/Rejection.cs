using Egress.Backends;
using Egress.Storage;

namespace Egress.Downloads;

/// <summary>Why a download was refused before the first byte. <c>Http/Responses/ProblemTable</c> has the public text of each reason.</summary>
internal enum RejectionReason
{
    /// <summary><c>expiry</c>, <c>signature</c> or <c>list</c> was given more than once.</summary>
    ParameterRepeated,

    /// <summary>The link has no signature, but one is required.</summary>
    SignatureRequired,

    /// <summary>The signature is wrong, or no secret is set to check it.</summary>
    SignatureInvalid,

    /// <summary>The link has no expiry, but one is required.</summary>
    ExpiryRequired,

    /// <summary>The expiry is not a whole number within 64 bits.</summary>
    ExpiryMalformed,

    /// <summary>The expiry is later than the longest allowed lifetime of links.</summary>
    ExpiryTooFar,

    /// <summary>The link has expired.</summary>
    LinkExpired,

    /// <summary>The link was revoked.</summary>
    LinkRevoked,

    /// <summary>Completed downloads have used up the limit of the link.</summary>
    LinkUsedUp,

    /// <summary>Running downloads have reserved the rest of the limit of the link.</summary>
    LinkReserved,

    /// <summary>No record has this id.</summary>
    RecordNotFound,

    /// <summary>The record names no objects.</summary>
    RecordEmpty,

    /// <summary>The record has a password and encrypted archives are not allowed.</summary>
    PasswordNotAllowed,

    /// <summary>The archive would have more objects than allowed.</summary>
    TooManyFiles,

    /// <summary>The extension lists exclude all objects.</summary>
    EveryFileFiltered,

    /// <summary>An object does not exist, or all objects are missing.</summary>
    ObjectMissing,

    /// <summary>An object exists, but its content cannot be read at present: it is archived or encrypted with a key that Egress does not have.</summary>
    ObjectUnavailable,

    /// <summary><c>files</c> selects nothing.</summary>
    SelectionEmpty,

    /// <summary><c>files</c> is not a list of numbers and ranges.</summary>
    SelectionMalformed,

    /// <summary><c>files</c> has a number after the last entry, which is <see cref="Rejection.EntryCount"/>.</summary>
    SelectionOutOfRange,

    /// <summary>A single file was requested, and no file of the archive has its number.</summary>
    FileNotFound,

    /// <summary>A single file of a record with a password was requested. A single file is not encrypted.</summary>
    FileEncrypted,

    /// <summary>The list of entries has changed since the client got the numbers in its request.</summary>
    ListChanged,

    /// <summary>An object is larger than allowed.</summary>
    ObjectTooLarge,

    /// <summary>The client's address has sent too many requests.</summary>
    RateLimited,

    /// <summary>The client's address has too many parallel downloads.</summary>
    AddressAtCapacity,

    /// <summary>The record has too many parallel downloads.</summary>
    LinkAtCapacity,

    /// <summary>This process has too many active downloads.</summary>
    AtCapacity,

    /// <summary>The process is shutting down and accepts no new downloads.</summary>
    Draining,

    /// <summary>The archive is not the one that <c>If-Match</c> requests.</summary>
    PreconditionFailed,

    /// <summary>The range is outside of the archive, whose length is <see cref="Rejection.ArchiveLength"/>.</summary>
    RangeNotSatisfiable,

    /// <summary>The database cannot store links, because the table or the rights on it are missing.</summary>
    LinksNotSetUp,

    /// <summary>Storage or database failed with <see cref="Rejection.Fault"/>.</summary>
    BackendFailed,

    /// <summary>The planning took longer than the time limit for the first byte.</summary>
    PlanningTimedOut,
}

/// <summary>A refusal before the first byte.</summary>
/// <param name="Reason">The reason, which determines the response.</param>
internal sealed record Rejection(RejectionReason Reason)
{
    /// <summary>Details for the log, never for the client. They may name keys, buckets and limits, but no secrets.</summary>
    public string? Detail { get; init; }

    /// <summary>The fault of the backend, for <see cref="RejectionReason.BackendFailed"/>; otherwise null.</summary>
    public BackendException? Fault { get; init; }

    /// <summary>The first objects that caused the refusal; empty if no object did. Not public.</summary>
    public IReadOnlyList<ObjectLocation> Objects { get; init; } = [];

    /// <summary>Length of the archive in bytes, for <see cref="RejectionReason.RangeNotSatisfiable"/>; otherwise null.</summary>
    public long? ArchiveLength { get; init; }

    /// <summary>Number of entries of the archive, for <see cref="RejectionReason.SelectionOutOfRange"/>; otherwise null.</summary>
    public int? EntryCount { get; init; }

    /// <summary>The time after which a retry is useful; null if it is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Creates the refusal for a fault of a backend.</summary>
    public static Rejection From(BackendException fault) => fault switch
    {
        { IsObjectMissing: true } => new(RejectionReason.ObjectMissing) { Detail = fault.Message },
        { IsLinkTableUnusable: true } => new(RejectionReason.LinksNotSetUp) { Detail = fault.Message },
        { IsObjectUnavailable: true } => new(RejectionReason.ObjectUnavailable) { Detail = fault.Message },
        _ => new(RejectionReason.BackendFailed) { Fault = fault, Detail = fault.Message, RetryAfter = fault.RetryAfter },
    };
}
