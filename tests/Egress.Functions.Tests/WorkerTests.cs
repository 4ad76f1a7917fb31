using System.Net;
using AzureFunctions.TestFramework.Core;
using Egress.Records;
using Egress.TestKit.Downloads;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>What is special about the worker.</summary>
public sealed class WorkerTests : IAsyncDisposable
{
    private readonly DownloadSite _site = new();
    private IFunctionsTestHost? _host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        await _site.DisposeAsync();
    }

    [Fact]
    public async Task Metrics_are_not_there_without_credentials()
    {
        var client = await StartAsync();
        using var response = await client.GetAsync("/metrics", Token);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Slow_clients_and_large_bodies_are_left_to_limits_of_our_own()
    {
        await StartAsync();
        var limits = _host!.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Null(limits.MinResponseDataRate);
        Assert.Null(limits.MaxRequestBodySize);
    }

    [Fact]
    public async Task A_worker_that_is_told_to_stop_breaks_downloads_off_and_takes_no_new_ones()
    {
        var client = await StartAsync();
        await _site.PutSparseAsync("endless.mp4", 64L << 30);
        var link = _site.Link(await _site.AddAsync(null, null, new ObjectItem("endless.mp4")));
        using var running = await client.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(HttpStatusCode.OK, running.StatusCode);

        _host!.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await using var body = await running.Content.ReadAsStreamAsync(Token);
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null, Token));
        using var refused = await client.GetAsync(link, Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task The_client_is_who_the_host_names_and_nobody_whom_the_client_names()
    {
        var client = await StartAsync(("RATE_LIMIT_PER_IP", "0.01"), ("RATE_LIMIT_BURST", "1"));
        var link = _site.Link("none");
        HttpStatusCode[] answers =
        [
            await AskAsync(client, link, "192.0.2.1:50123"),
            await AskAsync(client, link, "192.0.2.1:50124"),
            await AskAsync(client, link, "6.6.6.6, 192.0.2.1:50125"),
            await AskAsync(client, link, "192.0.2.2:50126"),
        ];
        Assert.Equal([false, true, true, false], answers.Select(answer => answer == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task A_new_instance_warms_up_and_comes_to_no_harm_where_there_is_no_database()
    {
        await StartAsync(("DB_URL", "sqlite:///nowhere/egress.db"));
        var result = await _host!.Invoker.InvokeAsync(
            "Warmup",
            new FunctionInvocationContext { TriggerType = "warmupTrigger" },
            static (_, function) => new TriggerBindingData { InputData = [FunctionBindingData.WithJson(function.ParameterName, "{}")] },
            Token);
        Assert.True(result.Success, result.Error);
    }

    private static async Task<HttpStatusCode> AskAsync(HttpClient client, string link, string forwardedFor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { { "X-Forwarded-For", forwardedFor } } };
        using var response = await client.SendAsync(request, Token);
        return response.StatusCode;
    }

    private async Task<HttpClient> StartAsync(params (string Name, string Value)[] settings)
    {
        (_host, var client) = await WorkerInMemory.StartAsync(_site, settings);
        return client;
    }
}
