using System.Collections.Concurrent;
using Egress.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Egress.Integration.Tests.Storage;

/// <summary>A server with scripted responses, for responses that the test servers never send.</summary>
internal sealed class StubStore : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<string> _requests = [];

    private StubStore(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // Each server has a new port, because the SDK of S3 keeps a clock-skew correction for each endpoint as long as the process runs.
        builder.WebHost.UseUrls($"http://127.0.0.1:{FreePort.Next()}");
        _application = builder.Build();
        _application.Run(context =>
        {
            _requests.Enqueue($"{context.Request.Method} {context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget}");
            return answer(context);
        });
    }

    public Uri Endpoint => new(_application.Urls.Single());

    /// <summary>Method and target of each request so far.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public static async Task<StubStore> StartAsync(Func<HttpContext, Task> answer)
    {
        var store = new StubStore(answer);
        await store._application.StartAsync();
        return store;
    }

    /// <summary>Starts a server that responds to every request with a status and a body.</summary>
    public static Task<StubStore> StartAsync(int status, string body = "", params (string Name, string Value)[] headers) => StartAsync(context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        return HttpMethods.IsHead(context.Request.Method) || body.Length == 0 ? Task.CompletedTask : context.Response.WriteAsync(body);
    });

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
