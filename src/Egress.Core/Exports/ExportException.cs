using Egress.Backends;

namespace Egress.Exports;

/// <summary>An export that cannot be made.</summary>
/// <param name="reason">Why, as a word of <see cref="ExportReason"/>.</param>
/// <param name="message">What is wrong and what is allowed.</param>
internal sealed class ExportException(string reason, string message) : Exception(message)
{
    /// <summary>Why, as a word.</summary>
    public string Reason { get; } = reason;
}

/// <summary>Why exports fail, as the API and callbacks say it.</summary>
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
/// <param name="Message">For the operator.</param>
internal readonly record struct ExportFailure(string Reason, string Message)
{
    /// <summary>What an exception means for an export.</summary>
    public static ExportFailure Of(Exception failure) => failure switch
    {
        ExportException refusal => new(refusal.Reason, refusal.Message),
        BackendException { Fault: BackendFault.Changed } changed => new(ExportReason.ObjectChanged, changed.Message),
        BackendException { Backend: Backend.Storage } fault => new(ExportReason.StorageError, fault.Message),
        BackendException fault => new(ExportReason.DatabaseError, fault.Message),
        _ => new(ExportReason.InternalError, "Egress failed. The log has the cause."),
    };

    /// <summary>Whether a backend failed in a way that may pass.</summary>
    public static bool MayPass(Exception failure) => failure is BackendException fault && (fault.IsTransient || fault.Fault == BackendFault.CircuitOpen);
}
