namespace Egress.Backends;

/// <summary>The two kinds of service that a download depends on. Each has its own circuit breaker and metric labels.</summary>
public enum Backend
{
    /// <summary>The database of download records.</summary>
    Database,

    /// <summary>The storage of objects.</summary>
    Storage,
}

/// <summary>Why a call to a backend failed. A missing record or object is not a fault: ports return null for it.</summary>
public enum BackendFault
{
    /// <summary>The backend refused access (credentials, permissions). Never retried, never counted by a breaker.</summary>
    Denied,

    /// <summary>The backend throttled the request.</summary>
    Throttled,

    /// <summary>No answer, or no progress, within the time limit.</summary>
    TimedOut,

    /// <summary>No connection, a broken connection, or a server-side error.</summary>
    Unavailable,

    /// <summary>The answer cannot be parsed, or contradicts the record.</summary>
    Malformed,

    /// <summary>The object has changed since it was planned: its validator or size differs.</summary>
    Changed,

    /// <summary>The circuit breaker is open: no request was sent to the backend.</summary>
    CircuitOpen,
}

/// <summary>The one exception that leaves a backend. SDK exceptions are translated into it once, in that backend's <c>…Faults.cs</c>.</summary>
/// <param name="backend">The service that failed.</param>
/// <param name="fault">The kind of failure.</param>
/// <param name="message">For the log: may name tables, buckets and keys, never secrets.</param>
/// <param name="innerException">The SDK's own exception.</param>
public sealed class BackendException(Backend backend, BackendFault fault, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The service that failed.</summary>
    public Backend Backend { get; } = backend;

    /// <summary>The kind of failure.</summary>
    public BackendFault Fault { get; } = fault;

    /// <summary>The time to wait before the next attempt, if the backend or the breaker returned one.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether an object exists, but its content cannot be read at present: it is archived, or encrypted with a key that only the client has.
    /// Then <see cref="Fault"/> is <see cref="BackendFault.Denied"/>.
    /// </summary>
    public bool IsObjectUnavailable { get; init; }

    /// <summary>
    /// Whether an object that was planned does not exist: the record declares it, or it was deleted since. Then <see cref="Fault"/> is
    /// <see cref="BackendFault.Changed"/>.
    /// </summary>
    public bool IsObjectMissing { get; init; }

    /// <summary>The place in a record that cannot be read (<c>objects[3].size</c>) and the problem there, as the rest of a sentence.</summary>
    public (string Place, string Problem)? Unreadable { get; init; }

    /// <summary>Why the table of records cannot store an id, as the rest of a sentence; null for other problems.</summary>
    public string? IdRefusal { get; init; }

    /// <summary>
    /// Whether the database cannot store links (<c>docs/links.md</c>), because this user may not create the missing table, or may not use it.
    /// Then <see cref="Fault"/> is <see cref="BackendFault.Denied"/>.
    /// </summary>
    public bool IsLinkTableUnusable { get; init; }

    /// <summary>Whether the same call may succeed a moment later.</summary>
    public bool IsTransient => Fault is BackendFault.Throttled or BackendFault.TimedOut or BackendFault.Unavailable;
}
