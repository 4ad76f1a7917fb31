using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Egress.Server.Commands.Links;

/// <summary>The API refused a request, or could not be reached. The message is for users, with a line for each fault.</summary>
/// <param name="message">What happened.</param>
/// <param name="code">The problem code in the response; null without one.</param>
internal sealed class LinkApiException(string message, string? code) : Exception(message)
{
    /// <summary>The problem code in the response, as listed in <c>docs/links.md</c>; null without one.</summary>
    public string? Code { get; } = code;

    /// <summary>Creates the exception from a refusing response.</summary>
    public static LinkApiException Of(int status, string body)
    {
        try
        {
            var problem = JsonNode.Parse(body)!.AsObject();
            var text = new StringBuilder($"{problem["detail"]} ({status} {problem["type"]}, request {problem["requestId"]})");
            foreach (var error in problem["errors"]?.AsArray() ?? [])
            {
                text.Append($"{Environment.NewLine}  {(error!["field"]!.GetValue<string>() is { Length: > 0 } field ? field : "the request")} {error["message"]}");
            }

            return new LinkApiException(text.ToString(), problem["type"]?.GetValue<string>().Split(':')[^1]);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return new LinkApiException($"The server answered {status} without a problem document. Is this the address of Egress, and the function key right?", null);
        }
    }
}
