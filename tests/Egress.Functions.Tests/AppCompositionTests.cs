using System.Text.Json;
using Egress.Hosting;
using Egress.Http;
using Egress.Settings;
using Egress.TestKit.Downloads;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Egress.Functions.Tests;

/// <summary>Tests of the services that <c>Program</c> registers, without a host.</summary>
public sealed class AppCompositionTests : IAsyncDisposable
{
    private readonly LocalBackends _backends = new();

    public ValueTask DisposeAsync() => _backends.DisposeAsync();

    [Fact]
    public void Slow_clients_and_large_bodies_are_left_to_limits_of_our_own()
    {
        using var app = Build();
        var limits = app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;
        Assert.Null(limits.MinResponseDataRate);
        Assert.Null(limits.MaxRequestBodySize);
    }

    [Fact]
    public async Task A_stopping_worker_accepts_no_new_downloads()
    {
        using var app = Build();
        using var lifetime = ActivatorUtilities.CreateInstance<FunctionsLifetime>(app.Services);
        await lifetime.StartAsync(CancellationToken.None);

        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        var request = new DefaultHttpContext { RequestServices = app.Services };
        request.Request.Method = HttpMethods.Get;
        request.Request.RouteValues["id"] = "any";
        await app.Services.GetRequiredService<EgressEndpoints>().AnswerAsync(EgressRoutes.Download, request, CancellationToken.None);
        Assert.Equal(StatusCodes.Status503ServiceUnavailable, request.Response.StatusCode);
        Assert.Equal(1, request.Response.Headers.RetryAfter.Count);
    }

    [Theory]
    [InlineData(null, "AzureWebJobsStorage")]
    [InlineData("CALLBACK_QUEUE_CONNECTION", "CALLBACK_QUEUE_CONNECTION")]
    [InlineData("CALLBACK_QUEUE_CONNECTION__queueServiceUri", "CALLBACK_QUEUE_CONNECTION")]
    public void The_triggers_listen_where_callbacks_are_put(string? setting, string connection)
    {
        var value = setting?.EndsWith("Uri", StringComparison.Ordinal) is true ? "https://account.queue.core.windows.net" : "UseDevelopmentStorage=true";
        using var app = Build(setting is null ? [] : [(setting, value)]);
        var function = new DefaultFunctionMetadata
        {
            RawBindings = ["""{"name":"message","type":"queueTrigger","queueName":"q"}""", """{"name":"other","type":"httpTrigger"}"""],
        };

        foreach (var transformer in app.Services.GetServices<IFunctionMetadataTransformer>())
        {
            transformer.Transform([function]);
        }

        var (queue, http) = (JsonElement.Parse(function.RawBindings[0]), JsonElement.Parse(function.RawBindings[1]));
        Assert.Equal(connection, queue.GetProperty("connection").GetString());
        Assert.False(http.TryGetProperty("connection", out _));
    }

    private IHost Build(params (string Name, string Value)[] settings) =>
        Program.CreateBuilder([], SettingSource.FromEnvironment(WorkerApp.Settings(_backends, settings))).Build();
}
