using System.Security.Cryptography;
using Egress.Backends;
using Egress.Storage;
using Egress.Storage.Resilience;
using Egress.TestKit.Network;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Egress.Integration.Tests.Storage;

/// <summary>
/// Tests of a remote storage with the decorators of Egress, through a proxy that injects faults. The clock does not advance unless a test advances
/// it.
/// </summary>
public abstract class StorageFaultContract : IAsyncLifetime
{
    private const int Break = 1 << 20;

    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(3 * Break);
    private static readonly TimeSpan Limit = new ResilienceOptions().FetchTimeout;

    private readonly FakeTimeProvider _time = new();
    private ServiceProvider? _services;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected HttpFaultProxy Proxy { get; set; } = null!;

    protected string Bucket { get; set; } = null!;

    private ObjectLocation Location => new(Bucket, "object.bin");

    /// <summary>Starts the proxy and creates the bucket.</summary>
    public abstract ValueTask InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }

        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
        }
    }

    protected abstract int ServerPort { get; }

    protected abstract StorageOptions OptionsVia(int port);

    /// <summary>The number of requests for an object that the server refuses to return.</summary>
    protected virtual int RequestsOfRefusedObject => 1;

    /// <summary>Stores an object, bypassing the proxy.</summary>
    protected abstract Task PutAsync(string key, byte[] content);

    private IObjectStorage Build(int retries = 3, int? port = null)
    {
        var resilience = new ResilienceOptions { MaxRetries = retries, RetryDelay = TimeSpan.Zero };
        _services = new ServiceCollection()
            .AddLogging()
            .AddSingleton<TimeProvider>(_time)
            .AddObjectStorage(OptionsVia(port ?? Proxy.Port), resilience, new CircuitBreakerOptions())
            .BuildServiceProvider(validateScopes: true);
        return _services.GetRequiredService<IObjectStorage>();
    }

    private async Task<IObjectStorage> BuildAndPutAsync(int retries = 3)
    {
        await PutAsync(Location.Key, Content);
        return Build(retries);
    }

    private async Task<OpenedObject> OpenAsync(IObjectStorage storage)
    {
        var opened = await storage.OpenAsync(Location, ObjectRange.All, Stop);
        Assert.NotNull(opened);
        return opened;
    }

    private async Task<byte[]> ReadAsync(IObjectStorage storage)
    {
        await using var opened = await OpenAsync(storage);
        using var content = new MemoryStream();
        await opened.Content.CopyToAsync(content, Stop);
        return content.ToArray();
    }

    private static async Task<BackendException> FaultAsync(BackendFault expected, Func<Task> call)
    {
        var thrown = await Assert.ThrowsAsync<BackendException>(call);
        Assert.True(expected == thrown.Fault, thrown.ToString());
        return thrown;
    }

    [Theory]
    [InlineData(CutKind.Reset)]
    [InlineData(CutKind.Close)]
    public async Task A_connection_that_is_cut_in_the_middle_heals(CutKind kind)
    {
        var storage = await BuildAndPutAsync();
        Proxy.Fail(Fault.Cut(Break, kind), times: 2);

        Assert.Equal(Content, await ReadAsync(storage));
        Assert.Equal(3, Proxy.Requests.Count);
        Assert.All(Proxy.Requests.Skip(1), request => Assert.True(request.Headers.ContainsKey("If-Match")));
        Assert.Equal(2, _services!.GetRequiredService<StorageRetries>().Total);
    }

    [Fact]
    public async Task A_cut_is_final_without_retries_and_the_driver_does_not_heal_it()
    {
        var storage = await BuildAndPutAsync(retries: 0);
        Proxy.Fail(Fault.Cut(Break));

        await FaultAsync(BackendFault.Unavailable, () => ReadAsync(storage));
        Assert.Single(Proxy.Requests);
    }

    [Fact]
    public async Task A_connection_that_keeps_breaking_fails_after_its_retries()
    {
        var storage = await BuildAndPutAsync();
        Proxy.Fail(Fault.Cut(Break / 4));

        await FaultAsync(BackendFault.Unavailable, () => ReadAsync(storage));
        Assert.Equal(4, Proxy.Requests.Count);
    }

    [Fact]
    public async Task An_object_that_is_replaced_during_a_read_is_not_read_further()
    {
        var storage = await BuildAndPutAsync();
        var stall = Proxy.Fail(Fault.Stall(Break), times: 1);
        await using var opened = await OpenAsync(storage);
        await opened.Content.ReadExactlyAsync(new byte[Break], Stop);
        await PutAsync(Location.Key, [.. Content.Reverse()]);

        var read = opened.Content.CopyToAsync(Stream.Null, Stop);
        _time.Advance(Limit);
        await FaultAsync(BackendFault.Changed, () => read);
        stall.Release();
    }

    [Fact]
    public async Task A_stalled_body_is_healed()
    {
        var storage = await BuildAndPutAsync();
        Proxy.Fail(Fault.Stall(Break), times: 1);
        await using var opened = await OpenAsync(storage);
        var content = new byte[Content.Length];
        await opened.Content.ReadExactlyAsync(content.AsMemory(0, Break), Stop);

        var rest = opened.Content.ReadExactlyAsync(content.AsMemory(Break), Stop);
        _time.Advance(Limit);
        await rest;
        Assert.Equal(Content, content);
        Assert.Equal(2, Proxy.Requests.Count);
    }

    [Fact]
    public async Task A_stalled_body_without_retries_is_a_timeout()
    {
        var storage = await BuildAndPutAsync(retries: 0);
        Proxy.Fail(Fault.Stall(Break));
        await using var opened = await OpenAsync(storage);
        await opened.Content.ReadExactlyAsync(new byte[Break], Stop);

        var rest = opened.Content.ReadExactlyAsync(new byte[Break], Stop).AsTask();
        _time.Advance(Limit);
        await FaultAsync(BackendFault.TimedOut, () => rest);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_a_timeout()
    {
        await using var silent = new FaultProxy(ServerPort);
        var stall = Fault.Stall(0);
        silent.FailAll(stall);
        var storage = Build(retries: 0, silent.Port);

        var call = storage.LookUpAsync(Location, Stop).AsTask();
        await stall.Applied;
        _time.Advance(Limit);
        await FaultAsync(BackendFault.TimedOut, () => call);
    }

    [Fact]
    public async Task A_garbled_answer_is_requested_again()
    {
        await PutAsync(Location.Key, Content);
        await using var garbling = new FaultProxy(ServerPort);
        garbling.FailNext(Fault.Corrupt(0), connections: 2);

        Assert.Equal(Content, await ReadAsync(Build(port: garbling.Port)));
    }

    [Fact]
    public async Task A_briefly_overloaded_server_is_retried()
    {
        var storage = await BuildAndPutAsync();
        Proxy.Answer(503, times: 2);
        Assert.Equal(Content, await ReadAsync(storage));
        Assert.Equal(3, Proxy.Requests.Count);
    }

    [Fact]
    public async Task A_server_that_stays_overloaded_is_unavailable_after_all_retries()
    {
        var storage = Build();
        Proxy.Answer(503);
        await FaultAsync(BackendFault.Unavailable, async () => await storage.OpenAsync(Location, ObjectRange.All, Stop));
        await FaultAsync(BackendFault.Unavailable, async () => await storage.LookUpAsync(Location, Stop));
        await FaultAsync(BackendFault.Unavailable, async () => await storage.ListAsync(new ObjectPrefix(Bucket, ""), Stop).ToListAsync(Stop));
        Assert.Equal(12, Proxy.Requests.Count);
    }

    [Fact]
    public async Task The_delay_that_a_throttling_server_names_is_kept()
    {
        var storage = Build(retries: 0);
        Proxy.Answer(429, retryAfterSeconds: 7);
        var thrown = await FaultAsync(BackendFault.Throttled, async () => await storage.LookUpAsync(Location, Stop));
        Assert.Equal(TimeSpan.FromSeconds(7), thrown.RetryAfter);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(401)]
    public async Task A_refusal_is_not_retried(int status)
    {
        var storage = Build();
        Proxy.Answer(status);
        await FaultAsync(BackendFault.Denied, async () => await storage.OpenAsync(Location, ObjectRange.All, Stop));
        await FaultAsync(BackendFault.Denied, async () => await storage.LookUpAsync(Location, Stop));
        await FaultAsync(BackendFault.Denied, async () => await storage.ListAsync(new ObjectPrefix(Bucket, ""), Stop).ToListAsync(Stop));
        Assert.Equal(2 + RequestsOfRefusedObject, Proxy.Requests.Count);
    }

    [Fact]
    public async Task A_stopped_server_is_unavailable_until_it_is_restarted()
    {
        var storage = await BuildAndPutAsync(retries: 1);
        Proxy.Refuse();
        await FaultAsync(BackendFault.Unavailable, () => ReadAsync(storage));
        Proxy.Accept();
        Assert.Equal(Content, await ReadAsync(storage));
    }

    [Fact]
    public async Task Missing_objects_do_not_open_the_breaker_but_failures_do_and_two_successes_close_it()
    {
        var storage = await BuildAndPutAsync();
        var breaker = _services!.GetRequiredKeyedService<CircuitBreaker>(Backend.Storage);
        for (var i = 0; i < 50; i++)
        {
            Assert.Null(await storage.LookUpAsync(Location with { Key = $"gone-{i}" }, Stop));
            Assert.Null(await storage.OpenAsync(Location with { Key = $"gone-{i}" }, ObjectRange.All, Stop));
        }

        Assert.Equal(CircuitState.Closed, breaker.State);
        Proxy.Answer(503);
        for (var i = 0; i < 5; i++)
        {
            await FaultAsync(BackendFault.Unavailable, () => ReadAsync(storage));
        }

        Assert.Equal(CircuitState.Open, breaker.State);
        Proxy.Heal();
        var asked = Proxy.Requests.Count;
        var rejected = await FaultAsync(BackendFault.CircuitOpen, () => ReadAsync(storage));
        Assert.Equal((TimeSpan.FromSeconds(60), asked), (rejected.RetryAfter, Proxy.Requests.Count));

        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(Content, await ReadAsync(storage));
        Assert.Equal(CircuitState.HalfOpen, breaker.State);
        Assert.Equal(Content, await ReadAsync(storage));
        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public async Task Uploads_that_fail_suspend_no_downloads()
    {
        var storage = await BuildAndPutAsync(retries: 0);
        var uploads = _services!.GetRequiredService<IObjectUploads>();
        Proxy.Answer(503);
        for (var i = 0; i < 5; i++)
        {
            await FaultAsync(BackendFault.Unavailable, async () => await uploads.BeginAsync(Location with { Key = "new.zip" }, Stop));
        }

        await FaultAsync(BackendFault.CircuitOpen, async () => await uploads.BeginAsync(Location with { Key = "new.zip" }, Stop));
        Proxy.Heal();
        Assert.Equal(Content, await ReadAsync(storage));
    }

    [Fact]
    public async Task An_abandoned_object_closes_its_connection()
    {
        var storage = await BuildAndPutAsync();
        Proxy.Fail(Fault.Stall(Break));
        await using (var opened = await OpenAsync(storage))
        {
            await opened.Content.ReadExactlyAsync(new byte[Break], Stop);
        }

        await Proxy.WaitUntilIdleAsync(Stop);
    }

    [Fact]
    public async Task A_read_that_is_cancelled_ends_at_once_and_closes_its_connection()
    {
        var storage = await BuildAndPutAsync();
        Proxy.Fail(Fault.Stall(Break));
        using var client = new CancellationTokenSource();
        await using var opened = await OpenAsync(storage);
        await opened.Content.ReadExactlyAsync(new byte[Break], Stop);
        var read = opened.Content.ReadAsync(new byte[10], client.Token).AsTask();

        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await Proxy.WaitUntilIdleAsync(Stop);
        Assert.Single(Proxy.Requests);
    }

    [Fact]
    public async Task The_probe_reports_what_is_wrong()
    {
        Build();
        var registration = Assert.Single(_services!.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        var probe = registration.Factory(_services!);
        await probe.CheckHealthAsync(new HealthCheckContext(), Stop);
        Proxy.Answer(500, times: 1);
        await FaultAsync(BackendFault.Unavailable, () => probe.CheckHealthAsync(new HealthCheckContext(), Stop));
        Assert.Equal("storage", registration.Name);
    }
}
