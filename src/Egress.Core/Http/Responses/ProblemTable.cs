using Egress.Backends;
using Egress.Downloads;

namespace Egress.Http.Responses;

/// <summary>The one table from refusals to HTTP.</summary>
internal static class ProblemTable
{
    /// <summary>The answer to a fault of Egress itself.</summary>
    public static Problem Internal { get; } =
        new(500, "internal-error", "Internal error", "Egress failed to answer. The operator can find the cause by the request id.");

    /// <summary>The answer at an address without a route.</summary>
    public static Problem NoRoute { get; } = new(404, "not-found", "Not found", "There is nothing at this address.");

    /// <summary>The answer to a method that a route does not have.</summary>
    /// <param name="allowed">The methods that it has.</param>
    public static Problem MethodNotAllowed(IReadOnlyList<string> allowed) =>
        new(405, "method-not-allowed", "Method not allowed", $"This address answers {string.Join(" and ", allowed)}.") { Allow = string.Join(", ", allowed) };

    /// <summary>The answer to a request without the right credentials.</summary>
    public static Problem CredentialsRequired { get; } =
        new(401, "credentials-required", "Credentials required", "This address needs a user name and a password.") { Challenge = "Basic realm=\"metrics\"" };

    /// <summary>The answer to a refusal.</summary>
    public static Problem For(Rejection rejection) =>
        Describe(rejection) with { RetryAfter = rejection.RetryAfter, CompleteLength = rejection.ArchiveLength };

    private static Problem Describe(Rejection rejection) => rejection.Reason switch
    {
        RejectionReason.ParameterRepeated => new(400, "parameter-repeated", "Parameter repeated", "A link must have expiry and signature once each."),
        RejectionReason.SignatureRequired => new(401, "signature-required", "Signature required", "This link has no signature. Use the link exactly as you received it, or request a new one."),
        RejectionReason.SignatureInvalid => new(401, "signature-invalid", "Signature invalid", "The signature does not match this link. Use the link exactly as you received it, or request a new one."),
        RejectionReason.ExpiryRequired => new(401, "expiry-required", "Expiry required", "This link has no expiry. Use the link exactly as you received it, or request a new one."),
        RejectionReason.ExpiryMalformed => new(400, "expiry-malformed", "Expiry malformed", "The expiry must be a Unix time in whole seconds, not in milliseconds."),
        RejectionReason.ExpiryTooFar => new(401, "expiry-too-far", "Expiry too far away", "The expiry is later than this server allows. Request a new link."),
        RejectionReason.LinkExpired => new(410, "link-expired", "Link expired", "This link has expired. Request a new one."),
        RejectionReason.RecordNotFound => new(404, "record-not-found", "Download not found", "There is no download with this id."),
        RejectionReason.RecordEmpty => new(400, "record-empty", "Download empty", "This download names no files."),
        RejectionReason.PasswordNotAllowed => new(403, "password-not-allowed", "Password not allowed", "This download is protected by a password, which this server does not allow."),
        RejectionReason.TooManyFiles => new(400, "too-many-files", "Too many files", "This download has more files than this server allows in one archive."),
        RejectionReason.EveryFileFiltered => new(400, "no-allowed-files", "No allowed files", "None of the files has an extension that this server allows."),
        RejectionReason.ObjectMissing => new(404, "file-missing", "File missing", "A file of this download no longer exists."),
        RejectionReason.ObjectUnavailable => new(409, "object-unavailable", "File unavailable", "A file of this download is archived, or encrypted with a key that this service does not have. Ask the sender to make it readable."),
        RejectionReason.ObjectTooLarge => new(413, "file-too-large", "File too large", "A file of this download is larger than this server allows."),
        RejectionReason.PreconditionFailed => new(412, "precondition-failed", "Archive changed", "The archive has changed since the request was prepared. Start the download again."),
        RejectionReason.RangeNotSatisfiable => new(416, "range-not-satisfiable", "Range not satisfiable", "The archive ends before the requested range."),
        RejectionReason.RateLimited => new(429, "rate-limited", "Too many requests", "Too many requests came from your address. Try again later."),
        RejectionReason.AddressAtCapacity => new(429, "too-many-downloads", "Too many downloads", "Too many downloads are running from your address. Try again when one has ended."),
        RejectionReason.LinkAtCapacity => new(429, "link-at-capacity", "Link in use", "Too many downloads of this link are running. Try again when one has ended."),
        RejectionReason.AtCapacity => new(503, "at-capacity", "At capacity", "Too many downloads are running. Try again later."),
        RejectionReason.Draining => new(503, "draining", "Shutting down", "This server is shutting down. Try again."),
        RejectionReason.PlanningTimedOut => new(504, "timed-out", "Timed out", "The download could not be prepared in time. Try again later."),
        RejectionReason.BackendFailed => Describe(rejection.Fault ?? throw new InvalidOperationException("The rejection has no fault.")),
    };

    private static Problem Describe(BackendException fault)
    {
        var (code, name) = fault.Backend == Backend.Database ? ("database", "database") : ("storage", "file storage");
        return fault.Fault switch
        {
            BackendFault.Denied => new(502, $"{code}-denied", "Access refused", $"The {name} refused access."),
            BackendFault.Throttled => new(502, $"{code}-throttled", "Overloaded", $"The {name} is overloaded."),
            BackendFault.Unavailable => new(502, $"{code}-unavailable", "Unavailable", $"The {name} cannot be reached."),
            BackendFault.Malformed => new(502, $"{code}-malformed", "Unreadable answer", $"The {name} returned something that cannot be used for this download."),
            BackendFault.Changed => new(502, "file-changed", "File changed", "A file of this download differs from what was declared or looked up."),
            BackendFault.CircuitOpen => new(503, $"{code}-paused", "Paused", $"The {name} keeps failing; requests to it are suspended briefly. Try again later."),
            BackendFault.TimedOut => new(504, $"{code}-timed-out", "Timed out", $"The {name} did not answer in time."),
        };
    }
}
