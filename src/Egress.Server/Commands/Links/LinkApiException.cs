using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Egress.Server.Commands.Links;

/// <summary>The API of links refused a request. The message is for people, with a line for each fault.</summary>
/// <param name="message">What happened.</param>
/// <param name="code">The code of the problem; null when there was none.</param>
internal sealed class LinkApiException(string message, string? code) : Exception(message)
{
    /// <summary>The code of the problem, as <c>docs/links.md</c> lists it; null when there was none.</summary>
    public string? Code { get; } = code;

    /// <summary>Creates the exception for a response.</summary>
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
