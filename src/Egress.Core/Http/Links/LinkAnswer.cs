using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Links;
using Egress.Records.Links;

namespace Egress.Http.Links;

/// <summary>The answer to a creation.</summary>
internal sealed record CreatedLinkBody(
    string Id, string Url, string PageUrl, string? ExpiresAt, int? Files, long? Length, bool Resumable,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? NotResumableBecause, int Missing)
{
    public static CreatedLinkBody Of(LinkEntry link, LinkSummary summary, string url, string pageUrl) => new(
        link.Id, url, pageUrl, ApiTime.Write(link.ExpiresAt), summary.Files, summary.Length, summary.Resumable, summary.NotResumableBecause, summary.Missing);
}

/// <summary>The state of a link.</summary>
internal sealed record LinkStateBody(
    string Id, string CreatedAt, string? CreatedBy, string? ExpiresAt, bool Revoked,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RevokedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RevokedBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? MaxDownloads,
    long DownloadsUsed, long BytesDelivered,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LastDownloadBody? LastDownload,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] CallbackStateBody? Callback)
{
    public static LinkStateBody Of(LinkEntry link) => new(
        link.Id, ApiTime.Write(link.CreatedAt)!, link.CreatedBy, ApiTime.Write(link.ExpiresAt), link.RevokedAt is not null, ApiTime.Write(link.RevokedAt),
        link.RevokedBy, link.MaxDownloads, link.DownloadsUsed, link.BytesDelivered,
        link.LastTransfer is { } last ? new LastDownloadBody(ApiTime.Write(last.At)!, last.Status, last.Reason, last.Bytes) : null,
        link.Callback is { } callback ? new CallbackStateBody(callback.State, callback.Attempts, callback.LastAnswer) : null);
}

/// <summary>The transfer that ended last.</summary>
internal sealed record LastDownloadBody(
    string At, string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason, long Bytes);

/// <summary>The callback that was attempted last.</summary>
internal sealed record CallbackStateBody(
    string State, int Attempts, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LastAnswer);

/// <summary>A page of links.</summary>
internal sealed record LinkListBody(
    IReadOnlyList<LinkStateBody> Links, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Next);

/// <summary>Formats a time for the API: RFC 3339, UTC.</summary>
internal static class ApiTime
{
    public static string? Write(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
}

[JsonSerializable(typeof(CreatedLinkBody))]
[JsonSerializable(typeof(LinkStateBody))]
[JsonSerializable(typeof(LinkListBody))]
internal sealed partial class LinkJson : JsonSerializerContext
{
    /// <summary>Links are not escaped, so that people can copy them from the JSON. It is never part of an HTML page.</summary>
    public static LinkJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
