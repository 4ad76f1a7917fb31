using Egress.Backends;
using Egress.Downloads;

namespace Egress.Http.Responses;

/// <summary>The one table from refusals to HTTP (contract §1).</summary>
internal static class ProblemTable
{
    /// <summary>What the public is told of a fault of Egress itself.</summary>
    public static Problem Internal { get; } =
        new(500, "internal-error", "Internal error", "Something went wrong on our side. The request id helps to find out what.");

    /// <summary>What stands at no route.</summary>
    public static Problem NoRoute { get; } = new(404, "not-found", "Not found", "There is nothing at this address.");

    /// <summary>What a wrong method is answered with.</summary>
    public static Problem MethodNotAllowed { get; } =
        new(405, "method-not-allowed", "Method not allowed", "This address answers GET and HEAD.") { Allow = "GET, HEAD" };

    /// <summary>What a request without the right credentials is answered with.</summary>
    public static Problem CredentialsRequired { get; } =
        new(401, "credentials-required", "Credentials required", "This address asks for a user name and a password.") { Challenge = "Basic realm=\"metrics\"" };

    /// <summary>The problem that a refusal is answered with.</summary>
    public static Problem For(Rejection rejection) =>
        Describe(rejection) with { RetryAfter = rejection.RetryAfter, CompleteLength = rejection.ArchiveLength };

    private static Problem Describe(Rejection rejection) => rejection.Reason switch
    {
        RejectionReason.ParameterRepeated => new(400, "parameter-repeated", "Parameter repeated", "A link holds expiry and signature once each."),
        RejectionReason.SignatureRequired => new(401, "signature-required", "Signature required", "This link must be signed."),
        RejectionReason.SignatureInvalid => new(401, "signature-invalid", "Signature invalid", "The signature does not belong to this link. Has the link been changed?"),
        RejectionReason.ExpiryRequired => new(401, "expiry-required", "Expiry required", "This link must carry an expiry."),
        RejectionReason.ExpiryMalformed => new(400, "expiry-malformed", "Expiry malformed", "The expiry must be a time in whole seconds since 1970."),
        RejectionReason.ExpiryTooFar => new(401, "expiry-too-far", "Expiry too far away", "The expiry is further in the future than links may live here."),
        RejectionReason.LinkExpired => new(410, "link-expired", "Link expired", "The time of this link is over. Ask for a new one."),
        RejectionReason.RecordNotFound => new(404, "record-not-found", "Download not found", "There is no download with this id."),
        RejectionReason.RecordEmpty => new(400, "record-empty", "Download empty", "This download names no files."),
        RejectionReason.PasswordNotAllowed => new(403, "password-not-allowed", "Password not allowed", "This download is protected by a password, which is not allowed here."),
        RejectionReason.TooManyFiles => new(400, "too-many-files", "Too many files", "This download has more files than one archive may hold here."),
        RejectionReason.EveryFileFiltered => new(400, "no-allowed-files", "No allowed files", "None of the files has an extension that is allowed here."),
        RejectionReason.ObjectMissing => new(404, "file-missing", "File missing", "A file of this download does not exist any more."),
        RejectionReason.ObjectUnavailable => new(409, "object-unavailable", "File unavailable", "A file of this download is archived, or encrypted with a key that this service does not have. Ask the sender to make it readable."),
        RejectionReason.ObjectTooLarge => new(413, "file-too-large", "File too large", "A file of this download is larger than allowed here."),
        RejectionReason.PreconditionFailed => new(412, "precondition-failed", "Archive changed", "The archive is not the one that was asked for any more."),
        RejectionReason.RangeNotSatisfiable => new(416, "range-not-satisfiable", "Range not satisfiable", "The archive ends before the range that was asked for."),
        RejectionReason.RateLimited => new(429, "rate-limited", "Too many requests", "Too many requests came from your address."),
        RejectionReason.AtCapacity => new(503, "at-capacity", "At capacity", "Too many downloads run at the moment."),
        RejectionReason.Draining => new(503, "draining", "Going down", "This server is going down. Try again."),
        RejectionReason.PlanningTimedOut => new(504, "timed-out", "Timed out", "The download could not be prepared in time."),
        RejectionReason.BackendFailed => Describe(rejection.Fault ?? throw new InvalidOperationException("A failed backend without its fault.")),
        _ => throw new InvalidOperationException($"The refusal {rejection.Reason} is not known here."),
    };

    private static Problem Describe(BackendException fault)
    {
        var (code, name) = fault.Backend == Backend.Database ? ("database", "database") : ("storage", "file storage");
        return fault.Fault switch
        {
            BackendFault.Denied => new(502, $"{code}-denied", "Access refused", $"The {name} refused access."),
            BackendFault.Throttled => new(502, $"{code}-throttled", "Overloaded", $"The {name} is overloaded."),
            BackendFault.Unavailable => new(502, $"{code}-unavailable", "Unavailable", $"The {name} cannot be reached."),
            BackendFault.Malformed => new(502, $"{code}-malformed", "Unreadable answer", $"The {name} holds something that cannot be used for this download."),
            BackendFault.Changed => new(502, "file-changed", "File changed", "A file of this download is not what it was said to be."),
            BackendFault.CircuitOpen => new(503, $"{code}-paused", "Paused", $"The {name} failed repeatedly and is given a pause."),
            BackendFault.TimedOut => new(504, $"{code}-timed-out", "Timed out", $"The {name} did not answer in time."),
            _ => throw new InvalidOperationException($"The fault {fault.Fault} is not known here."),
        };
    }
}
