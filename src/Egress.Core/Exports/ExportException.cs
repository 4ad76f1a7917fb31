using Egress.Backends;

namespace Egress.Exports;

/// <summary>The exception for an export that cannot be built.</summary>
/// <param name="reason">The reason, as a word of <see cref="ExportReason"/>.</param>
/// <param name="message">The fault and the allowed values.</param>
internal sealed class ExportException(string reason, string message) : Exception(message)
{
    /// <summary>The reason, as a word of <c>ExportReason</c>.</summary>
    public string Reason { get; } = reason;
}

/// <summary>The words for the reasons of failed exports, as in the API and in callbacks.</summary>
internal static class ExportReason
{
    public const string DestinationRefused = "destination_refused";
    public const string DestinationExists = "destination_exists";
    public const string PartSizeRefused = "part_size_refused";
    public const string TooLarge = "too_large";
    public const string ObjectChanged = "object_changed";
    public const string StorageError = "storage_error";
    public const string DatabaseError = "database_error";
    public const string Stalled = "stalled";
    public const string InternalError = "internal_error";
}

/// <summary>Why an export failed.</summary>
/// <param name="Reason">A word of <see cref="ExportReason"/>.</param>
/// <param name="Message">A message for the operator.</param>
internal readonly record struct ExportFailure(string Reason, string Message)
{
    /// <summary>Returns the failure of an export for an exception.</summary>
    public static ExportFailure Of(Exception failure) => failure switch
    {
        ExportException refusal => new(refusal.Reason, refusal.Message),
        BackendException { Fault: BackendFault.Changed } changed => new(ExportReason.ObjectChanged, changed.Message),
        BackendException { Backend: Backend.Storage } fault => new(ExportReason.StorageError, fault.Message),
        BackendException fault => new(ExportReason.DatabaseError, fault.Message),
        _ => new(ExportReason.InternalError, "Egress failed. The log has the cause."),
    };

    /// <summary>Whether a backend failed with a transient fault, so that a retry can succeed.</summary>
    public static bool MayPass(Exception failure) => failure is BackendException fault && (fault.IsTransient || fault.Fault == BackendFault.CircuitOpen);
}
