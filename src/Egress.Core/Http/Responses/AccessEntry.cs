using System.Text.Json;
using Egress.Downloads;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Responses;

/// <summary>The part of a line of the access log that describes how a request was answered.</summary>
internal sealed class AccessEntry
{
    /// <summary>How the request ended, in snake case: <c>completed</c>, <c>partial</c>, <c>failed</c>, <c>range</c>, <c>refused</c> or <c>headers</c>.</summary>
    public string Outcome { get; private set; } = "headers";

    /// <summary>The reason of a failure or refusal, in snake case; empty for none.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>The number of bytes of the archive that were sent.</summary>
    public long Bytes { get; private set; }

    /// <summary>Returns the entry of a request, which is created at the first call.</summary>
    public static AccessEntry Of(HttpContext context)
    {
        if (context.Features.Get<AccessEntry>() is { } entry)
        {
            return entry;
        }

        entry = new AccessEntry();
        context.Features.Set(entry);
        return entry;
    }

    /// <summary>Sets the result of a download whose response started.</summary>
    public void Ended(DownloadOutcome outcome)
    {
        Bytes = outcome.ArchiveBytes;
        Outcome = outcome is { Status: not DownloadStatus.Failed, ReachesEnd: false } ? "range" : SnakeCase(outcome.Status);
        Reason = outcome.Reason == FailureReason.None ? "" : SnakeCase(outcome.Reason);
    }

    /// <summary>Sets the result of a request that was refused.</summary>
    public void Refused(Rejection rejection) =>
        (Outcome, Reason) = ("refused", rejection.Fault is { } fault ? SnakeCase(fault.Fault) : SnakeCase(rejection.Reason));

    /// <summary>Sets the result of a request whose client disconnected before the first byte.</summary>
    public void ClientDisconnected() => (Outcome, Reason) = ("failed", SnakeCase(FailureReason.ClientDisconnected));

    /// <summary>Sets the result by the HTTP status, if none was set because the method is not allowed or Egress failed.</summary>
    public void Complete(int status)
    {
        if (Outcome != "headers" || status < StatusCodes.Status400BadRequest)
        {
            return;
        }

        if (status == StatusCodes.Status499ClientClosedRequest)
        {
            ClientDisconnected();
            return;
        }

        (Outcome, Reason) = ("refused", status == StatusCodes.Status405MethodNotAllowed ? "method_not_allowed" : "internal_error");
    }

    private static string SnakeCase<T>(T value) where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
