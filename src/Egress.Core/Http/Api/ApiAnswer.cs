using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Egress.Http.Requests;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Api;

/// <summary>Writes the successful responses of the API.</summary>
internal static class ApiAnswer
{
    /// <summary>Writes a response with JSON, and forbids caches to store it, because it may contain a signed link.</summary>
    public static async Task WriteAsync<T>(HttpContext context, int status, T body, JsonTypeInfo<T> type)
    {
        var response = context.Response;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        response.StatusCode = status;
        response.ContentType = "application/json";
        response.ContentLength = bytes.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (!RequestMethod.IsHead(context.Request))
        {
            await response.BodyWriter.WriteAsync(bytes, context.RequestAborted);
        }
    }
}
