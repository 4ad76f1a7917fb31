using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Egress.Links;
using Egress.Records.Links;

namespace Egress.Http.Links;

/// <summary>The body of the response to a request that created a link.</summary>
internal sealed record CreatedLinkBody(
    string Id, string Url, string PageUrl, string? ExpiresAt, int? Files, long? Length, bool Resumable,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? NotResumableBecause, int Missing)
{
    public static CreatedLinkBody Of(LinkEntry link, LinkSummary summary, string url, string pageUrl) => new(
        link.Id, url, pageUrl, ApiTime.Write(link.ExpiresAt), summary.Files, summary.Length, summary.Resumable, summary.NotResumableBecause, summary.Missing);
}

/// <summary>The body of a response with the state of a link.</summary>
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

/// <summary>The transfer of the link that ended last.</summary>
internal sealed record LastDownloadBody(
    string At, string Status, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason, long Bytes);

/// <summary>The callback of the link that was attempted last.</summary>
internal sealed record CallbackStateBody(
    string State, int Attempts, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LastAnswer);

/// <summary>The body of a response with one page of the list of links.</summary>
internal sealed record LinkListBody(
    IReadOnlyList<LinkStateBody> Links, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Next);

/// <summary>Formats times for the API, as RFC 3339 in UTC.</summary>
internal static class ApiTime
{
    public static string? Write(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
}

[JsonSerializable(typeof(CreatedLinkBody))]
[JsonSerializable(typeof(LinkStateBody))]
[JsonSerializable(typeof(LinkListBody))]
internal sealed partial class LinkJson : JsonSerializerContext
{
    /// <summary>
    /// Writes the JSON without escaping characters that are special in HTML, so that people can copy links from it. The JSON is never part of an HTML
    /// page.
    /// </summary>
    public static LinkJson Legible { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
