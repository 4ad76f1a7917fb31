using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Egress.Http.Links;
using Egress.Links.Keys;
using Egress.Server.Hosting;
using Egress.Telemetry;

namespace Egress.Server.Commands;

/// <summary>
/// The API of links for commands: of a running server (<c>--server</c>), or of this process, on the database of the settings. Both ways run the same
/// code, so a command takes and refuses the same.
/// </summary>
internal sealed class LinkApi : IAsyncDisposable
{
    /// <summary>Where a key is looked for that is not on the command line.</summary>
    private const string KeyVariable = "EGRESS_API_KEY";

    private static readonly Option<Uri?> Server = new("--server")
    {
        Description = "URL of a running server to talk to, instead of its database.",
        CustomParser = static result => Uri.TryCreate(result.Tokens.Single().Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : Fail(result),
    };

    private static readonly Option<string?> Key = new("--api-key")
    {
        Description = $"Secret of an API key of that server. Default: the variable {KeyVariable}, which other users of this machine cannot see.",
    };

    private static readonly Option<string?> FunctionKey = new("--function-key") { Description = "Function key of the host, where the server is a Functions app." };

    private readonly HttpClient _client;

    private LinkApi(HttpClient client, Uri links, IServiceProvider? services, EgressSettings? settings) =>
        (_client, Links, Services, Settings) = (client, links, services, settings);

    /// <summary>What relative links are relative to.</summary>
    public Uri Links { get; }

    /// <summary>The services of this process; null with <c>--server</c>.</summary>
    public IServiceProvider? Services { get; }

    /// <summary>The settings of this process; null with <c>--server</c>.</summary>
    public EgressSettings? Settings { get; }

    /// <summary>Adds the options by which a command finds the API.</summary>
    public static Command AddOptions(Command command)
    {
        command.Add(Server);
        command.Add(Key);
        command.Add(FunctionKey);
        command.Validators.Add(static result =>
        {
            if (result.GetValue(Server) is null && (result.GetValue(Key) is not null || result.GetValue(FunctionKey) is not null))
            {
                result.AddError("--api-key and --function-key are for --server: without it the command uses the database.");
            }
        });
        return command;
    }

    /// <summary>Opens the API that the options name.</summary>
    public static async Task<LinkApi> OpenAsync(ParseResult result, string? configFile, CancellationToken cancellationToken)
    {
        if (result.GetValue(Server) is { } url)
        {
            return OfServer(url, result.GetValue(Key) ?? Environment.GetEnvironmentVariable(KeyVariable), result.GetValue(FunctionKey));
        }

        // A key of this run only, which no one else learns.
        var secret = Guid.NewGuid().ToString("n");
        var settings = await ServerSettingsLoader.LoadForCommandAsync(configFile, cancellationToken);
        var services = new ServiceCollection().AddLogging().AddEgress(settings with
        {
            Links = new Egress.Links.LinkOptions { Keys = [new ApiKey(ApiKeyFormat.CommandLineName, secret, [])] },
            Telemetry = new TelemetryOptions { HasPage = false }, // the server beside this command has the port, and is the one that is observed
        }).BuildServiceProvider();
        var links = ServerAddress.Of(settings, settings.Server.Port);
        return new LinkApi(Client(new InProcessHandler(services), links, secret), links, services, settings);
    }

    /// <summary>Sends a request.</summary>
    /// <returns>The answer; null for an empty one.</returns>
    /// <exception cref="LinkApiException">The API refused, or cannot be reached.</exception>
    public async Task<JsonObject?> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Sends a body that was written by someone else.</summary>
    /// <exception cref="LinkApiException">The API refused, or cannot be reached.</exception>
    public async Task<JsonObject?> PostAsync(string path, Stream body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StreamContent(body) { Headers = { ContentType = new("application/json") } } };
        return await SendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await ((Services as IAsyncDisposable)?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static LinkApi OfServer(Uri url, string? key, string? functionKey)
    {
        if (string.IsNullOrEmpty(key))
        {
            throw new LinkApiException($"There is no key for {url}: set the variable {KeyVariable}, or use --api-key.", null);
        }

        var root = new Uri(url.AbsoluteUri.TrimEnd('/') + "/");
        var client = Client(new SocketsHttpHandler { AllowAutoRedirect = false }, root, key);
        if (functionKey is not null)
        {
            client.DefaultRequestHeaders.Add("x-functions-key", functionKey);
        }

        return new LinkApi(client, root, null, null);
    }

    private static HttpClient Client(HttpMessageHandler handler, Uri root, string secret)
    {
        var client = new HttpClient(handler) { BaseAddress = new Uri(root.AbsoluteUri.TrimEnd('/') + "/"), Timeout = TimeSpan.FromMinutes(10) };
        client.DefaultRequestHeaders.TryAddWithoutValidation(ApiKeyHeader.Name, secret);
        return client;
    }

    private async Task<JsonObject?> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? text.Length == 0 ? null : JsonNode.Parse(text)!.AsObject()
                : throw LinkApiException.Of((int)response.StatusCode, text);
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new LinkApiException($"{_client.BaseAddress} did not answer as the API of links does: {failure.Message}", null);
        }
    }

    private static Uri? Fail(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError("--server must be an http:// or https:// URL.");
        return null;
    }
}

/// <summary>The API of links refused a request. The message is for people, with a line for each fault.</summary>
/// <param name="message">What happened.</param>
/// <param name="code">The code of the problem; null when there was none.</param>
internal sealed class LinkApiException(string message, string? code) : Exception(message)
{
    /// <summary>The code of the problem, as <c>docs/links.md</c> lists it; null when there was none.</summary>
    public string? Code { get; } = code;

    /// <summary>The exception of an answer.</summary>
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
