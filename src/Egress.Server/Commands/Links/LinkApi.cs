using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Egress.Http.Api;
using Egress.Links.Keys;
using Egress.Server.Hosting;
using Egress.Telemetry;

namespace Egress.Server.Commands.Links;

/// <summary>
/// Gives commands access to the API of links: the API of a running server (<c>--server</c>), or the same API in this process, with the configured
/// database. Both run the same code, so a command accepts and refuses the same input.
/// </summary>
internal sealed class LinkApi : IAsyncDisposable
{
    /// <summary>The environment variable with the API key, which is read if the command line has no key.</summary>
    private const string KeyVariable = "EGRESS_API_KEY";

    private static readonly Option<Uri?> Server = new("--server")
    {
        Description = "URL of a running server to use instead of the database.",
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

    /// <summary>The base URL for relative links.</summary>
    public Uri Links { get; }

    /// <summary>The services of this process; null with <c>--server</c>.</summary>
    public IServiceProvider? Services { get; }

    /// <summary>The settings of this process; null with <c>--server</c>.</summary>
    public EgressSettings? Settings { get; }

    /// <summary>Adds the options that select the API: the server and its keys.</summary>
    /// <param name="command">The command.</param>
    /// <param name="local">Options and arguments that cannot be combined with <c>--server</c>.</param>
    public static void AddOptions(Command command, params Symbol[] local)
    {
        command.Add(Server);
        command.Add(Key);
        command.Add(FunctionKey);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Server) is not null && Array.Find(local, symbol => result.Children.Any(child => IsOf(child, symbol))) is { } given)
            {
                result.AddError($"{given.Name} only works on this machine, and cannot be used with --server.");
            }

            if (result.GetValue(Server) is null && (result.GetValue(Key) is not null || result.GetValue(FunctionKey) is not null))
            {
                result.AddError("--api-key and --function-key require --server. Without it the command uses the database.");
            }
        });
    }

    private static bool IsOf(SymbolResult child, Symbol symbol) => child switch
    {
        ArgumentResult argument => argument.Argument == symbol && argument.Tokens.Count > 0,
        OptionResult option => option.Option == symbol && !option.Implicit,
        _ => false,
    };

    /// <summary>Opens the API that the options select.</summary>
    /// <param name="result">The options.</param>
    /// <param name="configFile">The file with settings.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    /// <param name="prepares">Whether to create the data folder and its contents, as a server does at its first start.</param>
    public static async Task<LinkApi> OpenAsync(ParseResult result, string? configFile, CancellationToken cancellationToken, bool prepares = false)
    {
        if (OpenServer(result) is { } server)
        {
            return server;
        }

        // The API key exists only in this process.
        var secret = Guid.NewGuid().ToString("n");
        var settings = await (prepares
            ? ServerSettingsLoader.LoadAsync(configFile, cancellationToken)
            : ServerSettingsLoader.LoadForCommandAsync(configFile, cancellationToken));
        var services = new ServiceCollection().AddLogging().AddEgress(settings with
        {
            Links = new Egress.Links.LinkOptions { Keys = [new ApiKey(ApiKeyFormat.CommandLineName, secret, [])] },
            Telemetry = new TelemetryOptions { HasPage = false }, // no page, because a running server may use the port
        }).BuildServiceProvider();
        var links = ServerAddress.Of(settings, settings.Server.Port);
        return new LinkApi(Client(new InProcessHandler(services), links, secret), links, services, settings);
    }

    /// <summary>Opens the API of the server that the option <c>--server</c> names.</summary>
    /// <param name="result">The options.</param>
    /// <returns>The API; null without <c>--server</c>.</returns>
    public static LinkApi? OpenServer(ParseResult result) => result.GetValue(Server) is { } url
        ? OfServer(url, result.GetValue(Key) ?? Environment.GetEnvironmentVariable(KeyVariable), result.GetValue(FunctionKey))
        : null;

    /// <summary>Sends a request.</summary>
    /// <returns>The response body; null if it is empty.</returns>
    /// <exception cref="LinkApiException">The API refused the request, or cannot be reached.</exception>
    public async Task<JsonObject?> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Sends a request body that the user wrote.</summary>
    /// <exception cref="LinkApiException">The API refused the request, or cannot be reached.</exception>
    public async Task<JsonObject?> PostAsync(string path, Stream body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StreamContent(body) { Headers = { ContentType = new("application/json") } } };
        return await SendAsync(request, cancellationToken);
    }

    /// <summary>Lists links, newest first. Requests them page by page.</summary>
    /// <param name="filter">Further query parameters, each with a leading ampersand.</param>
    /// <param name="pageSize">Links per page.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <exception cref="LinkApiException">The API refused the request, or cannot be reached.</exception>
    public async IAsyncEnumerable<JsonObject> ListAsync(string filter, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (string? after = null; ;)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"links?limit={pageSize}{filter}{(after is null ? "" : $"&after={after}")}");
            var page = (await SendAsync(HttpMethod.Get, path, null, cancellationToken))!;
            foreach (var link in page["links"]!.AsArray())
            {
                yield return link!.AsObject();
            }

            after = page["next"]?.GetValue<string>();
            if (after is null)
            {
                yield break;
            }
        }
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
            throw new LinkApiException($"{_client.BaseAddress} did not answer like the API of Egress: {failure.Message}", null);
        }
    }

    private static Uri? Fail(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError("--server must be an http:// or https:// URL.");
        return null;
    }
}
