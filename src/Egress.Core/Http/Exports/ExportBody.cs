using System.Text.Json;
using Egress.Callbacks;
using Egress.Exports;
using Egress.Http.Api;
using Egress.Http.Links;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Links;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Exports;

/// <summary>Reads and checks the body of a request for an export.</summary>
internal static class ExportBody
{
    /// <summary>The largest size of a body, in bytes.</summary>
    private const int MaxBytes = 64 << 10;

    /// <summary>The largest number of characters of the key of the destination, which every storage allows.</summary>
    private const int MaxKey = 1024;

    private static readonly string[] Fields = ["id", "bucket", "key", "part_size", "overwrite", "callback"];

    /// <summary>Reads a body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="options">The options of exports.</param>
    /// <param name="callbacks">The options of callbacks.</param>
    /// <param name="by">Name of the API key.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The requested export, or the problem with the request.</returns>
    public static Task<(ExportJob? Job, Problem? Problem)> ReadAsync(
        HttpContext context, ExportOptions options, CallbackOptions callbacks, string by, DateTimeOffset now, CancellationToken cancellationToken) =>
        ApiBody.ReadAsync(context, MaxBytes, body => Check(body, options, callbacks, by, now), cancellationToken);

    private static (ExportJob? Job, Problem? Problem) Check(
        JsonElement body, ExportOptions options, CallbackOptions callbacks, string by, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        foreach (var member in body.EnumerateObject().Where(static member => !Fields.Contains(member.Name)))
        {
            errors.Add(new FieldError(PrintableText.Shorten(member.Name), $"is not a field of an export; allowed: {string.Join(", ", Fields)}"));
        }

        var job = new ExportJob
        {
            RecordId = Text(body, "id", isRequired: true, errors) ?? "",
            Bucket = Text(body, "bucket", isRequired: options.Buckets.Count > 1, errors) ?? options.Buckets[0],
            Key = Text(body, "key", isRequired: true, errors) ?? "",
            PartSize = PartSize(body, errors),
            Overwrites = Flag(body, "overwrite", errors),
            Callback = Text(body, "callback", isRequired: false, errors),
            CreatedBy = by,
            CreatedAt = now,
        };
        if (!options.Buckets.Contains(job.Bucket))
        {
            errors.Add(new FieldError("bucket", $"is not a bucket for exports; allowed: {string.Join(", ", options.Buckets)} (EXPORT_BUCKETS)"));
        }

        if (job.Key.Length > MaxKey || job.Key.Any(char.IsControl) || job.Key.EndsWith('/'))
        {
            errors.Add(new FieldError("key", $"must have 1 to {MaxKey} characters, none of which is a control character, and no slash at the end"));
        }

        if (LinkBodyChecks.RefuseCallback(job.Callback, callbacks) is { } refusal)
        {
            errors.Add(new FieldError("callback", refusal));
        }

        return errors.Count > 0 ? (null, ProblemTable.InvalidRequest(errors)) : (job, null);
    }

    private static string? Text(JsonElement body, string field, bool isRequired, List<FieldError> errors)
    {
        if (!body.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (isRequired)
            {
                errors.Add(new FieldError(field, "is required"));
            }

            return null;
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text)
        {
            return text;
        }

        errors.Add(new FieldError(field, "must be a text that is not empty"));
        return null;
    }

    private static bool Flag(JsonElement body, string field, List<FieldError> errors)
    {
        if (!body.TryGetProperty(field, out var value) || value.ValueKind is JsonValueKind.Null or JsonValueKind.False or JsonValueKind.True)
        {
            return value.ValueKind == JsonValueKind.True;
        }

        errors.Add(new FieldError(field, "must be true or false"));
        return false;
    }

    private static long PartSize(JsonElement body, List<FieldError> errors)
    {
        if (!body.TryGetProperty("part_size", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return 0;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var size) && size is >= ExportOptions.LeastPartSize and <= ExportOptions.MostPartSize)
        {
            return size;
        }

        errors.Add(new FieldError("part_size", $"must be a whole number of bytes from {ExportOptions.LeastPartSize} to {ExportOptions.MostPartSize}"));
        return 0;
    }
}
