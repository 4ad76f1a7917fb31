using Egress.Backends;
using Egress.Downloads;
using Egress.Links;
using Egress.Settings.Formats;

namespace Egress.Http.Responses;

/// <summary>Defines the HTTP problem for each refusal. There is no other place that does so.</summary>
internal static class ProblemTable
{
    /// <summary>The answer to a request for which Egress itself failed.</summary>
    public static Problem Internal { get; } =
        new(500, "internal-error", "Internal error", "Egress failed to answer. The operator can find the cause by the request id.");

    /// <summary>The answer to a request for an address without a route.</summary>
    public static Problem NoRoute { get; } = new(404, "not-found", "Not found", "There is nothing at this address.");

    /// <summary>Returns the answer to a request with a method that the route does not allow.</summary>
    /// <param name="allowed">The methods that the route allows.</param>
    public static Problem MethodNotAllowed(IReadOnlyList<string> allowed) =>
        new(405, "method-not-allowed", "Method not allowed", $"This address answers {string.Join(" and ", allowed)}.") { Allow = string.Join(", ", allowed) };

    /// <summary>The answer to a request for the metrics without valid credentials.</summary>
    public static Problem CredentialsRequired { get; } =
        new(401, "credentials-required", "Credentials required", "This address needs a user name and a password.") { Challenge = "Basic realm=\"metrics\"" };

    /// <summary>The answer to a request to the API without a valid key.</summary>
    public static Problem ApiKeyRequired { get; } =
        new(401, "api-key-required", "API key required", "Send a valid key as X-Api-Key or as Authorization: Bearer.") { Challenge = "Bearer realm=\"links\"" };

    /// <summary>Returns the answer to a request that creates a link to objects which the key may not use.</summary>
    public static Problem OutOfScope(FieldError error) =>
        new(403, "key-out-of-scope", "Key out of scope", "This key may not make links to some of these objects.") { Errors = [error] };

    /// <summary>The answer to a request for the state of a link that does not exist or that the key may not see.</summary>
    public static Problem NoLink { get; } = new(404, "link-not-found", "Link not found", "There is no such link, or it is not one of this key.");

    /// <summary>The answer to a request that creates a link with an id which already exists.</summary>
    public static Problem IdExists { get; } = new(409, "id-exists", "Id exists", "There is a record or link with this id already. Nothing was changed.");

    /// <summary>The answer to a request with the idempotency key of another request but a different body.</summary>
    public static Problem RepetitionDiffers { get; } =
        new(422, "idempotency-key-reused", "Idempotency key reused", "Another request with this Idempotency-Key had another body. Nothing was stored.");

    /// <summary>The answer to a request for exports by a key that is bound to buckets or prefixes. Only unbound keys may export.</summary>
    public static Problem KeyMayNotExport { get; } =
        new(403, "key-may-not-export", "Key may not export", "This key is bound to buckets or prefixes. Exports need a key that is not.");

    /// <summary>
    /// The answer to a request for callbacks by a key that is bound to buckets or prefixes. The queue has the callbacks of all links.
    /// </summary>
    public static Problem KeyMayNotManageCallbacks { get; } = new(
        403, "key-may-not-manage-callbacks", "Key may not manage callbacks", "This key is bound to buckets or prefixes. Callbacks need a key that is not.");

    /// <summary>The answer to a request for callbacks if their queue fails.</summary>
    public static Problem QueueUnavailable { get; } = new(502, "queue-unavailable", "Unavailable", "The queue of callbacks cannot be reached.");

    /// <summary>The answer to a request for the state of an export that does not exist.</summary>
    public static Problem NoExport { get; } = new(404, "export-not-found", "Export not found", "There is no such export. Exports can be asked for until a week after their end.");

    /// <summary>The answer to a request for an export to a destination at which an object exists.</summary>
    public static Problem DestinationExists { get; } =
        new(409, "destination-exists", "Destination exists", "There is an object with this key. Choose another key, or send \"overwrite\": true.");

    /// <summary>The answer to a request for an export to a destination that another running export writes.</summary>
    public static Problem ExportRunning { get; } = new(409, "export-running", "Export running", "Another export writes to this key. Wait for its end, or choose another key.");

    /// <summary>The answer to the cancellation of an export that has ended.</summary>
    public static Problem ExportIsOver { get; } = new(409, "export-over", "Export over", "This export has ended, or the storage is making its archive. It cannot be cancelled.");

    /// <summary>The answer to a request for an export while the allowed number of exports is already running.</summary>
    public static Problem TooManyExports { get; } =
        new(429, "too-many-exports", "Too many exports", "As many exports run as this server allows. Try again when one has ended.");

    /// <summary>Returns the answer to a request with fields that cannot be used.</summary>
    public static Problem InvalidRequest(IReadOnlyList<FieldError> errors) =>
        new(400, "invalid-request", "Invalid request", "Some fields of the request cannot be used. Nothing was stored.") { Errors = errors };

    /// <summary>Returns the answer to a body that is too large.</summary>
    /// <param name="most">The largest size in bytes.</param>
    public static Problem BodyTooLarge(long most) =>
        new(413, "body-too-large", "Body too large", $"The body may have at most {ByteSize.Write(most)} bytes.");

    /// <summary>The answer to a request to the API that takes longer than <c>REQUEST_TIMEOUT</c>, or whose body arrives too slowly.</summary>
    public static Problem RequestTimedOut { get; } = new(408, "request-timed-out", "Request timed out", "The request took too long. Send it again.");

    /// <summary>The answer to a body that is not JSON, or that is compressed or in another encoding than UTF-8.</summary>
    public static Problem UnsupportedMediaType { get; } =
        new(415, "unsupported-media-type", "Unsupported media type", "The body must be JSON in UTF-8, with Content-Type: application/json and without Content-Encoding.");

    /// <summary>Returns the answer to a refusal.</summary>
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
        RejectionReason.LinkRevoked => new(410, "link-revoked", "Link revoked", "The sender has revoked this link. Request a new one."),
        RejectionReason.LinkUsedUp => new(410, "link-used-up", "Link used up", "This link has been downloaded as often as the sender allowed. Request a new one."),
        RejectionReason.LinkReserved => new(503, "link-reserved", "Link in use", "Running downloads may use up this link. Try again when one has ended."),
        RejectionReason.RecordNotFound => new(404, "record-not-found", "Download not found", "There is no download with this id."),
        RejectionReason.RecordEmpty => new(400, "record-empty", "Download empty", "This download names no files."),
        RejectionReason.PasswordNotAllowed => new(403, "password-not-allowed", "Password not allowed", "This download is protected by a password, which this server does not allow."),
        RejectionReason.TooManyFiles => new(400, "too-many-files", "Too many files", "This download has more files than this server allows in one archive."),
        RejectionReason.EveryFileFiltered => new(400, "no-allowed-files", "No allowed files", "None of the files has an extension that this server allows."),
        RejectionReason.ObjectMissing => new(404, "file-missing", "File missing", "A file of this download no longer exists."),
        RejectionReason.ObjectUnavailable => new(409, "object-unavailable", "File unavailable", "A file of this download is archived, or encrypted with a key that this service does not have. Ask the sender to make it readable."),
        RejectionReason.SelectionEmpty => new(400, "selection-empty", "No files selected", "No file is selected. Go back and select at least one."),
        RejectionReason.SelectionMalformed => new(400, "selection-malformed", "Selection malformed", "The parameter files must have numbers from 1 and ranges, such as 1-4,9."),
        RejectionReason.SelectionOutOfRange => new(400, "selection-out-of-range", "Selection out of range", $"The selection names a file after the last one. This download has {rejection.EntryCount}."),
        RejectionReason.FileNotFound => new(404, "file-not-found", "File not found", "This download has no file with this number."),
        RejectionReason.FileEncrypted => new(403, "file-encrypted", "File encrypted", "The files of this download are protected by a password. Download them as an archive, which is encrypted."),
        RejectionReason.ListChanged => new(409, "list-changed", "List of files changed", "The files of this download have changed since their list was shown. Reload the page and select again."),
        RejectionReason.ObjectTooLarge => new(413, "file-too-large", "File too large", "A file of this download is larger than this server allows."),
        RejectionReason.PreconditionFailed => new(412, "precondition-failed", "Archive changed", "The archive has changed since the request was prepared. Start the download again."),
        RejectionReason.RangeNotSatisfiable => new(416, "range-not-satisfiable", "Range not satisfiable", "The archive ends before the requested range."),
        RejectionReason.RateLimited => new(429, "rate-limited", "Too many requests", "Too many requests came from your address. Try again later."),
        RejectionReason.AddressAtCapacity => new(429, "too-many-downloads", "Too many downloads", "Too many downloads are running from your address. Try again when one has ended."),
        RejectionReason.LinkAtCapacity => new(429, "link-at-capacity", "Link in use", "Too many downloads of this link are running. Try again when one has ended."),
        RejectionReason.AtCapacity => new(503, "at-capacity", "At capacity", "Too many downloads are running. Try again later."),
        RejectionReason.Draining => new(503, "draining", "Shutting down", "This server is shutting down. Try again."),
        RejectionReason.PlanningTimedOut => new(504, "timed-out", "Timed out", "The download could not be prepared in time. Try again later."),
        RejectionReason.LinksNotSetUp => new(503, "links-not-set-up", "Links not set up", "The database of this server is not prepared for links. Its operator finds what is missing in docs/links.md."),
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
