using System.Text.Json;
using Egress.Http.Responses;
using Egress.Links;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Egress.Http.Api;

/// <summary>Reads bodies of requests as JSON.</summary>
internal static class ApiBody
{
    /// <summary>Whether the body is JSON in UTF-8, and not compressed.</summary>
    public static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase))
        && request.Headers.ContentEncoding.All(static coding => string.Equals(coding?.Trim(), "identity", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads a small body, which must be a JSON object.</summary>
    /// <param name="context">The request.</param>
    /// <param name="maxBytes">The largest size of the body, in bytes.</param>
    /// <param name="read">Reads the JSON object. Returns the value, or the problem with the object.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The result, or the problem with the body.</returns>
    public static async Task<(T? Value, Problem? Problem)> ReadAsync<T>(
        HttpContext context, int maxBytes, Func<JsonElement, (T?, Problem?)> read, CancellationToken cancellationToken)
        where T : class
    {
        if (!IsJson(context.Request))
        {
            return (null, ProblemTable.UnsupportedMediaType);
        }

        var bytes = new byte[maxBytes + 1];
        var count = await context.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        if (count > maxBytes)
        {
            return (null, ProblemTable.BodyTooLarge(maxBytes));
        }

        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, count), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? read(document.RootElement)
                : (null, ProblemTable.InvalidRequest([new FieldError("", "must be an object")]));
        }
        catch (JsonException exception)
        {
            return (null, ProblemTable.InvalidRequest([new FieldError("", $"is not valid JSON: {exception.Message.TrimEnd('.')}")]));
        }
        catch (InvalidOperationException)
        {
            // The JSON parser only detects invalid Unicode when the string is read.
            return (null, ProblemTable.InvalidRequest([new FieldError("", "has a text that is not valid Unicode")]));
        }
    }
}
