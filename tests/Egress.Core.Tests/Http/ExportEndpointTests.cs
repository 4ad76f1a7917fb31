using System.Net;
using System.Text.Json;
using Egress.Backends;
using Egress.Core.Tests.Downloads;
using Egress.Core.Tests.Exports;
using Egress.Core.Tests.Settings;
using Egress.Exports;
using Egress.Http.Exports;
using Egress.Records.Exports;
using Egress.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Egress.Core.Tests.Http;

public sealed class ExportEndpointTests
{
    private const string Key = "admin-secret-0123456789";

    private readonly MemoryUploads _uploads = new(new ScriptedStorage(), static () => { });

    [Fact]
    public async Task The_state_of_a_completed_export_is_told_although_its_link_cannot_be_signed()
    {
        _uploads.BeforeLink = static () => throw new BackendException(Backend.Storage, BackendFault.Denied, "may not sign 'a.zip'");

        var state = await ShowAsync();
        Assert.Equal("completed", state.GetProperty("state").GetString());
        Assert.False(state.TryGetProperty("url", out _));
        var error = state.GetProperty("url_error").GetString()!;
        Assert.NotEqual("", error);
        Assert.DoesNotContain("a.zip", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_said_of_a_link_where_there_is_none() => Assert.False((await ShowAsync()).TryGetProperty("url_error", out _));

    /// <summary>Asks for the state of an export that is complete.</summary>
    private async Task<JsonElement> ShowAsync()
    {
        var settings = TestSettings.Read(TestSettings.Database, ("STORAGE_PATH", "/srv/files"), ("EXPORT_BUCKETS", "exports"), ("ADMIN_API_KEY", Key));
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings)
            .AddSingleton<IExportStore>(new MemoryExportStore(static () => { }))
            .AddSingleton<IObjectUploads>(_uploads)
            .BuildServiceProvider();
        var (jobs, now) = (services.GetRequiredService<ExportJobs>(), TimeProvider.System.GetUtcNow());
        var id = jobs.NewId();
        await jobs.AddAsync(
            id,
            new ExportJob { RecordId = "r", Bucket = "exports", Key = "a.zip", CreatedBy = "admin", CreatedAt = now, EndedAt = now, State = ExportState.Completed, Length = 10 },
            TestContext.Current.CancellationToken);
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback }, Request = { Method = HttpMethods.Get } };
        context.Request.Headers["X-Api-Key"] = Key;
        context.Response.Body = body;

        await ActivatorUtilities.CreateInstance<ExportEndpoint>(services).HandleAsync(context, id);
        await context.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(StatusCodes.Status200OK, context.Response.StatusCode);
        return JsonElement.Parse(body.ToArray());
    }
}
