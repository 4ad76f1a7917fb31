using Egress.Backends;
using Egress.Downloads;

namespace Egress.Http.Responses;

/// <summary>The cause of each problem and its remedy, for the people who create links and run Egress, as listed in <c>docs/links.md</c>.</summary>
/// <remarks>The public text is <see cref="Problem.Detail"/>. A new reason without a text here does not compile.</remarks>
internal static class ProblemCauses
{
    /// <summary>Returns the cause of a refusal and its remedy.</summary>
    /// <param name="reason">Any reason except <see cref="RejectionReason.BackendFailed"/>, which has a cause for each fault.</param>
    public static string Of(RejectionReason reason) => reason switch
    {
        RejectionReason.ParameterRepeated => "`expiry`, `signature` or `list` is in the query twice. Append the query once.",
        RejectionReason.SignatureRequired => "The link has no signature, and `ENFORCE_SIGNING` is on. Sign it.",
        RejectionReason.SignatureInvalid => "The signature was computed with another secret, or over the encoded id, the whole path or another expiry; or the id "
            + "contains `|`. Compare with [What is signed](#what-is-signed).",
        RejectionReason.ExpiryRequired => "The link has no expiry, and `REQUIRE_EXPIRY` is on. Sign it with one.",
        RejectionReason.ExpiryMalformed => "The expiry is not a whole number of seconds, or it is in milliseconds. Divide by 1000 before signing.",
        RejectionReason.ExpiryTooFar => "The expiry is later than `MAX_LINK_LIFETIME` allows. Sign an earlier one, or raise the setting.",
        RejectionReason.LinkExpired => "The expiry has passed. Make a new link. `RESUME_GRACE` lets interrupted downloads finish.",
        RejectionReason.LinkRevoked => "The link was revoked: [DELETE /links/{id}](api.md#revoke). A revocation cannot be taken back. Make a new link.",
        RejectionReason.LinkUsedUp => "Downloads have used up [`max_downloads`](api.md#counting-downloads) of the link. Make a new link.",
        RejectionReason.LinkReserved => "Running downloads have reserved the rest of [`max_downloads`](api.md#counting-downloads). Clients retry after "
            + "`Retry-After`.",
        RejectionReason.RecordNotFound => "The database has no record with exactly this id. Compare case, blanks and encoding; see [Ids](records.md#ids).",
        RejectionReason.RecordEmpty => "`objects` of the record is an empty array. Store the record with its objects.",
        RejectionReason.PasswordNotAllowed => "The record has a password, and `ALLOW_PASSWORD_PROTECTED` is off. Turn it on, or remove the password.",
        RejectionReason.TooManyFiles => "The record names more objects than `MAX_FILES_PER_REQUEST`. Split it, or raise the setting.",
        RejectionReason.EveryFileFiltered => "`ALLOWED_EXTENSIONS` and `BLOCKED_EXTENSIONS` leave no object of the record.",
        RejectionReason.ObjectMissing => "An object of the record does not exist; the log names it. Restore it, correct the record, or turn `IGNORE_MISSING` on.",
        RejectionReason.ObjectUnavailable => "An object exists but cannot be read now: it is archived, or encrypted with a key that Egress does not have. The log "
            + "names it. Restore it.",
        RejectionReason.SelectionEmpty => "The parameter `files` is empty. Leave it out for the whole archive.",
        RejectionReason.SelectionMalformed => "`files` is not a list of numbers from 1 and ranges, has a range that ends before it starts, or is longer than 16,384 "
            + "characters. See [Selections](#selections).",
        RejectionReason.SelectionOutOfRange => "`files` has a number after the last entry of the archive.",
        RejectionReason.FileNotFound => "The number in `/download/{id}/files/{n}` is not that of a file of the archive.",
        RejectionReason.FileEncrypted => "The record has a password, and a file alone would be sent without encryption. Use a [selection](#selections).",
        RejectionReason.ListChanged => "The names or the order of the entries changed since the page with the link was loaded, so that its numbers may mean other files.",
        RejectionReason.ObjectTooLarge => "An object is larger than `MAX_FILE_SIZE`. Raise the setting, or leave the object out.",
        RejectionReason.PreconditionFailed => "The archive changed since the client saw its `ETag`. Start the download again.",
        RejectionReason.RangeNotSatisfiable => "The client requested bytes after the end of the archive, often for a file that is already complete.",
        RejectionReason.RateLimited => "One address sends more requests than `RATE_LIMIT_PER_IP`. Behind a proxy, check `TRUSTED_PROXIES`.",
        RejectionReason.AddressAtCapacity => "One address runs `MAX_ACTIVE_DOWNLOADS_PER_IP` downloads. Behind a proxy, check `TRUSTED_PROXIES`.",
        RejectionReason.LinkAtCapacity => "`MAX_ACTIVE_DOWNLOADS_PER_LINK` downloads of one link are running. Make a link for each recipient.",
        RejectionReason.AtCapacity => "`MAX_ACTIVE_DOWNLOADS` are running. Clients retry after `Retry-After`; add instances if it lasts.",
        RejectionReason.Draining => "This instance is shutting down. A retry reaches another one.",
        RejectionReason.PlanningTimedOut => "The first byte took longer than `REQUEST_TIMEOUT`. Declare sizes in the record, or look at the storage's latency.",
        RejectionReason.LinksNotSetUp => "The database user may not create the table of links, or may not use it. [Create it and grant the rights](#the-table-of-links).",
        RejectionReason.BackendFailed => throw new ArgumentOutOfRangeException(nameof(reason), reason, "The cause depends on the fault."),
    };

    /// <summary>Returns the cause of a backend's failure and its remedy.</summary>
    public static string Of(Backend backend, BackendFault fault) => fault switch
    {
        BackendFault.Denied => "Wrong credentials, or missing rights. The log has the answer of the backend.",
        BackendFault.Throttled => "The backend limits requests or connections. Clients retry; raise its limits, or lower the load.",
        BackendFault.Unavailable => "The backend cannot be reached, or failed. The log has the cause.",
        BackendFault.Malformed => backend switch
        {
            Backend.Database => "A record cannot be read, or a table or column is missing. The log names it.",
            Backend.Storage => "The storage answered, but with something unusable: an object without a size, no ranges, or on a disk a path that is not a file. The log names it.",
        },
        BackendFault.Changed => "An object differs from what the record declares, or changed during the download. Correct `size` or `crc32`, or try again.",
        BackendFault.CircuitOpen => "The backend failed repeatedly, and requests to it are suspended for `CIRCUIT_BREAKER_TIMEOUT`. Find the first fault in the log.",
        BackendFault.TimedOut => backend switch
        {
            Backend.Database => "The database did not answer within `DATABASE_QUERY_TIMEOUT`.",
            Backend.Storage => "The storage did not answer within `STORAGE_FETCH_TIMEOUT`.",
        },
    };
}
