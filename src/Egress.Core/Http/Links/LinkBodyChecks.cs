using Egress.Callbacks;
using Egress.Callbacks.Network;
using Egress.Downloads;
using Egress.Http.Responses;
using Egress.Links;
using Egress.Records;
using Egress.Records.Json;
using Egress.Settings.Formats;
using Egress.Signing;
using Egress.Storage;
using Egress.Storage.Local;

namespace Egress.Http.Links;

/// <summary>
/// Checks the fields of a request for a link, as far as that is possible without storage and database. Reports every fault. Safe for concurrent use.
/// </summary>
internal sealed class LinkBodyChecks(
    LinkSigner signer, SigningOptions signing, DownloadOptions downloads, CallbackOptions callbacks, StorageOptions storage, TimeProvider time)
{
    private const int MaxId = 200;
    private const int MaxName = 255;
    private const int MaxCallback = 2000;
    private const int MaxPassword = 255;
    private const int MaxBucket = 255;

    /// <summary>Checks a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="errors">Receives the faults.</param>
    /// <returns>The record and the expiry of the link. They are not valid if there are faults.</returns>
    public (DownloadRecord Record, DateTimeOffset? ExpiresAt) Check(LinkBody body, List<FieldError> errors)
    {
        void Fault(string field, string message)
        {
            if (!errors.Exists(error => error.Field == field))
            {
                errors.Add(new FieldError(field, message));
            }
        }

        var record = RecordOf(body);
        CheckId(record.Id, Fault);
        CheckObjects(body, errors.Exists(static error => error.Field.StartsWith("objects[", StringComparison.Ordinal)), Fault);
        CheckText("bucket", record.Bucket, MaxBucket, Fault);
        CheckText("name", record.Name, MaxName, Fault);
        CheckText("password", record.Password, MaxPassword, Fault);
        if (record.Password is not null && !downloads.AllowPasswordProtected)
        {
            Fault("password", "is not allowed on this server (ALLOW_PASSWORD_PROTECTED)");
        }

        if (RefuseCallback(record.Callback, callbacks) is { } refused)
        {
            Fault("callback", refused);
        }

        CheckHeaders(record.CustomHeaders, Fault);

        // A link contains its expiry in whole seconds.
        var expiry = CheckExpiry(body, Fault);
        return (record, expiry is null ? null : DateTimeOffset.FromUnixTimeSeconds(expiry.Value.ToUnixTimeSeconds()));
    }

    private DownloadRecord RecordOf(LinkBody body) => new()
    {
        Id = body.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString(),
        Bucket = body.Bucket ?? "",
        Objects = body.Objects ?? [],
        HasMoreObjects = body.HasMoreObjects,
        Name = body.Name,
        Callback = body.Callback,
        Password = body.Password,
        CustomHeaders = body.CustomHeaders,
        ChecksumFile = body.ChecksumFile,
    };

    private void CheckId(string id, Action<string, string> fault)
    {
        if (id.Length > MaxId || id.Any(char.IsControl))
        {
            fault("id", $"must have 1 to {MaxId} characters, none of which is a control character");
        }
        else if (signer.Refuse(id) is { } refusal)
        {
            fault("id", $"cannot be in a link: {refusal}");
        }
    }

    private void CheckObjects(LinkBody body, bool hasUnreadable, Action<string, string> fault)
    {
        if (body.HasMoreObjects)
        {
            fault("objects", $"name more files than this server allows in one archive ({downloads.MaxFilesPerRequest}, MAX_FILES_PER_REQUEST)");
        }
        else if (body.Objects is null)
        {
            fault("objects", "are required: an array of keys, or of objects with key, prefix or folder");
        }
        else if (body.Objects.Count == 0 && !hasUnreadable)
        {
            fault("objects", "must not be empty");
        }
        else if (string.IsNullOrEmpty(body.Bucket) && storage is not LocalOptions && body.Objects.Any(static item => item is not FolderItem && string.IsNullOrEmpty(item.Bucket)))
        {
            fault("bucket", "is required: objects without a bucket of their own are in it");
        }
    }

    private static void CheckText(string field, string? text, int most, Action<string, string> fault)
    {
        if (text is not null && (text.Length > most || text.Any(char.IsControl)))
        {
            fault(field, $"must have at most {most} characters, none of which is a control character");
        }
    }

    private static void CheckHeaders(IReadOnlyDictionary<string, string> headers, Action<string, string> fault)
    {
        foreach (var (name, value) in headers)
        {
            if (CustomHeaders.Refuse(name, value) is { } refusal)
            {
                fault($"custom_headers.{Requests.PrintableText.Shorten(name)}", refusal);
            }
        }

        if (CustomHeaders.SizeOf(headers) > CustomHeaders.MaxBytes)
        {
            fault("custom_headers", $"are larger than {CustomHeaders.MaxBytes} bytes together");
        }
    }

    /// <summary>Returns why the URL of a callback cannot be used, as the rest of a sentence; null if it can be used, or if it is null.</summary>
    public static string? RefuseCallback(string? callback, CallbackOptions callbacks)
    {
        if (callback is null)
        {
            return null;
        }

        if (callback.Length > MaxCallback || callback.Any(char.IsControl) || !Uri.TryCreate(callback, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.Host.Length == 0)
        {
            return $"must be an absolute http:// or https:// URL of at most {MaxCallback} characters, none of which is a control character";
        }

        return HostAllowList.Allows(callbacks.AllowedHosts, url.IdnHost) ? null : "names a host that this server does not call (CALLBACK_ALLOWED_HOSTS)";
    }

    private DateTimeOffset? CheckExpiry(LinkBody body, Action<string, string> fault)
    {
        var now = time.GetUtcNow();
        if (body is { ExpiresIn: not null, ExpiresAt: not null })
        {
            fault("expires_at", "and expires_in exclude each other");
            return null;
        }

        if (body.ExpiresIn is null && body.ExpiresAt is null)
        {
            return signer.DefaultExpiry(now);
        }

        var field = body.ExpiresIn is null ? "expires_at" : "expires_in";
        var (expiry, isNever) = (Rfc3339.Parse(body.ExpiresAt ?? ""), false);
        if (body.ExpiresIn is { } text)
        {
            var isDuration = GoDuration.TryParse(text, out var lifetime) && lifetime >= TimeSpan.Zero && lifetime < DateTimeOffset.MaxValue - now;
            (expiry, isNever) = (isDuration ? now + lifetime : null, isDuration && lifetime == TimeSpan.Zero);
        }

        if (isNever)
        {
            if (signing.RequireExpiry)
            {
                fault(field, "must be above 0: this server refuses links without an expiry (REQUIRE_EXPIRY)");
            }

            return null;
        }

        CheckTime(field, expiry, now, fault);
        return expiry;
    }

    private void CheckTime(string field, DateTimeOffset? expiry, DateTimeOffset now, Action<string, string> fault)
    {
        switch (expiry)
        {
            case null when field == "expires_in":
                fault(field, "must be a duration such as 30m, 2h or 168h; 0 is a link that never expires");
                break;
            case null:
                fault(field, "must be a time as in RFC 3339, like 2030-05-31T12:00:00Z");
                break;
            case { } time when time.ToUnixTimeSeconds() <= now.ToUnixTimeSeconds():
                fault(field, "must be in the future");
                break;
            case { } time when signing.MaxLinkLifetime > TimeSpan.Zero && time - now > signing.MaxLinkLifetime:
                fault(field, $"must be within {GoDuration.Write(signing.MaxLinkLifetime)} (MAX_LINK_LIFETIME)");
                break;
            case { } time when time.ToUnixTimeSeconds() >= LinkSigner.FirstInMilliseconds:
                fault(field, "is too far in the future");
                break;
        }
    }
}
