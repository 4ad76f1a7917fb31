namespace Egress.Backends;

/// <summary>The two kinds of service that a download depends on. Each has its own circuit breaker and metric labels.</summary>
public enum Backend
{
    /// <summary>The database of download records.</summary>
    Database,

    /// <summary>The storage of objects.</summary>
    Storage,
}

/// <summary>Why a call to a backend failed. A missing record or object is not a fault: record stores and object storages return null for it.</summary>
public enum BackendFault
{
    /// <summary>
    /// The backend refused access (credentials, permissions). Such a call is never retried, and the circuit breaker does not count it as a failure.
    /// </summary>
    Denied,

    /// <summary>The backend throttled the request.</summary>
    Throttled,

    /// <summary>The backend did not answer, or sent no further bytes, within the time limit.</summary>
    TimedOut,

    /// <summary>The backend could not be reached, the connection was lost, or the server reported an internal error.</summary>
    Unavailable,

    /// <summary>The backend's answer cannot be parsed, or contradicts the record.</summary>
    Malformed,

    /// <summary>The object has changed since it was planned: its ETag or size differs.</summary>
    Changed,

    /// <summary>The circuit breaker is open: no request was sent to the backend.</summary>
    CircuitOpen,
}

/// <summary>The only exception that backends throw. Each backend translates the exceptions of its SDK into it, in its <c>…Faults.cs</c>.</summary>
/// <param name="backend">The service that failed.</param>
/// <param name="fault">The kind of failure.</param>
/// <param name="message">The message for the log. It may name tables, buckets and keys, but never secrets.</param>
/// <param name="innerException">The SDK's own exception.</param>
public sealed class BackendException(Backend backend, BackendFault fault, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The service that failed.</summary>
    public Backend Backend { get; } = backend;

    /// <summary>The kind of failure.</summary>
    public BackendFault Fault { get; } = fault;

    /// <summary>The time to wait before the next attempt; null if neither the backend nor the circuit breaker returned one.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether an object exists, but its content cannot be read at present: it is archived, or encrypted with a key that only the client has.
    /// Then <see cref="Fault"/> is <see cref="BackendFault.Denied"/>.
    /// </summary>
    public bool IsObjectUnavailable { get; init; }

    /// <summary>
    /// Whether a planned object does not exist, because it was deleted after planning, or because the record states its size and it was never looked
    /// up. Then <see cref="Fault"/> is <see cref="BackendFault.Changed"/>.
    /// </summary>
    public bool IsObjectMissing { get; init; }

    /// <summary>
    /// The field of a record that cannot be read (<c>objects[3].size</c>), and the problem as the rest of a sentence; null for other faults.
    /// </summary>
    public (string Place, string Problem)? Unreadable { get; init; }

    /// <summary>Why the record store cannot store an id, as the rest of a sentence; null for other faults.</summary>
    public string? IdRefusal { get; init; }

    /// <summary>
    /// Whether the database cannot store links (<c>docs/links.md</c>), because the database user may not create the missing table, or may not use it.
    /// Then <see cref="Fault"/> is <see cref="BackendFault.Denied"/>.
    /// </summary>
    public bool IsLinkTableUnusable { get; init; }

    /// <summary>Whether the same call may succeed if it is retried soon.</summary>
    public bool IsTransient => Fault is BackendFault.Throttled or BackendFault.TimedOut or BackendFault.Unavailable;
}
