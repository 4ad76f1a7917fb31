using Egress.Backends;
using Egress.Records;
using Egress.TestKit.Network;
using Egress.TestKit.Servers;
using Xunit;

namespace Egress.Integration.Tests.Records.Outages;

/// <summary>
/// Outage tests for every record store that uses a server. During an outage the store must report a failure, and never that a record does not exist.
/// After the outage it must work again.
/// </summary>
public abstract class RecordStoreOutageContract
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Creates a database or key prefix on the shared server, and stores a record with the id <c>a</c> in it.</summary>
    protected abstract Task<RecordStoreFixture> PrepareAsync();

    /// <summary>The name of a database that does not exist on the test servers.</summary>
    protected virtual string MissingDatabase => "nowhere";

    /// <summary>Starts a separate server.</summary>
    protected abstract Task<LocalServer> StartServerAsync();

    /// <summary>Creates a database or key prefix on a separate server, and stores a record with the id <c>a</c> in it.</summary>
    protected abstract Task<RecordStoreFixture> PrepareAsync(LocalServer server);

    [Fact]
    public async Task A_killed_server_is_a_fault_until_it_is_restarted()
    {
        await using var server = await StartServerAsync();
        await using var place = await PrepareAsync(server);
        await using var store = place.Open();
        Assert.NotNull(await store.FindAsync("a", Token));

        await server.KillAsync();
        for (var i = 0; i < 3; i++)
        {
            await AssertFaultAsync(async () => await store.FindAsync("a", Token), BackendFault.Unavailable);
            await AssertFaultAsync(async () => await store.FindAsync("nothing", Token), BackendFault.Unavailable);
            await AssertFaultAsync(async () => await store.CheckAsync(Token), BackendFault.Unavailable);
        }

        await server.StartAgainAsync();
        Assert.NotNull(await store.FindAsync("a", Token));
        Assert.Null(await store.FindAsync("nothing", Token));
        await store.CheckAsync(Token);
    }

    [Fact]
    public async Task A_server_that_was_restarted_unnoticed_is_used_again_at_once()
    {
        await using var server = await StartServerAsync();
        await using var place = await PrepareAsync(server);
        await using var store = place.Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.FindAsync("a", Token).AsTask()));

        await server.StopAsync();
        await server.StartAgainAsync();

        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.FindAsync("a", Token).AsTask()));
        Assert.All(found, Assert.NotNull);
    }

    [Fact]
    public async Task A_wrong_password_is_denied_and_not_shown()
    {
        await using var place = await PrepareAsync();
        var parts = place.Options.Url.Split(':', '@');
        var url = place.Options.Url.Replace($":{parts[2]}@", ":wr0ng%21@", StringComparison.Ordinal);
        await using var store = place.Open(change: options => options with { Url = url });

        for (var i = 0; i < 2; i++)
        {
            var fault = await AssertFaultAsync(async () => await store.FindAsync("a", Token), BackendFault.Denied);
            Assert.DoesNotContain("wr0ng", fault.ToString(), StringComparison.Ordinal);
        }

        await AssertFaultAsync(async () => await store.CheckAsync(Token), BackendFault.Denied);
        await AssertFaultAsync(
            async () => await store.TryAddAsync(new DownloadRecord { Id = "b", Bucket = "", Objects = [] }, Token), BackendFault.Denied);
    }

    [Fact]
    public async Task A_server_that_accepts_and_never_answers_is_a_timeout()
    {
        await using var place = await PrepareAsync();
        await using var proxy = new FaultProxy(PortOf(place));
        await using var store = OpenThrough(proxy, place, Short);
        var silence = Fault.Stall(afterBytes: 0);
        proxy.FailAll(silence);

        await AssertFaultAsync(async () => await store.FindAsync("a", Token), BackendFault.TimedOut);
        await AssertFaultAsync(async () => await store.CheckAsync(Token), BackendFault.TimedOut);

        Assert.True(silence.Applied.IsCompleted);
        proxy.Heal();
        silence.Release();
        await using var patient = OpenThrough(proxy, place, TimeSpan.FromSeconds(30));
        Assert.NotNull(await patient.FindAsync("a", Token));
    }

    /// <summary>Each step of a look-up may fail: connecting, authenticating, and reading the catalog or the record.</summary>
    [Fact]
    public async Task A_server_that_stops_answering_anywhere_is_a_timeout()
    {
        await using var place = await PrepareAsync();
        await using var proxy = new FaultProxy(PortOf(place));
        var timeOuts = 0;
        for (var bytes = 0; bytes < 4000; bytes += 301)
        {
            proxy.FailAll(Fault.Stall(bytes));
            await using var store = OpenThrough(proxy, place, Short);
            var exception = await Record.ExceptionAsync(async () => await store.FindAsync("a", Token));
            timeOuts += exception is null ? 0 : 1;
            Assert.True(exception is null or BackendException { Fault: BackendFault.TimedOut }, $"after {bytes}: {exception}");
        }

        Assert.True(timeOuts > 1, $"{timeOuts} time-outs");
    }

    [Fact]
    public async Task A_server_that_refuses_connections_is_unavailable()
    {
        await using var place = await PrepareAsync();
        await using var proxy = new FaultProxy(PortOf(place));
        await using var store = OpenThrough(proxy, place, TimeSpan.FromSeconds(30));
        proxy.Refuse();

        await AssertFaultAsync(async () => await store.FindAsync("a", Token), BackendFault.Unavailable);

        proxy.Accept();
        Assert.NotNull(await store.FindAsync("a", Token));
    }

    [Fact]
    public async Task A_record_that_is_too_large_is_refused_before_it_is_transferred()
    {
        const int size = 8 << 20;
        await using var place = await PrepareAsync();
        await place.InsertAsync(new RawRecord("huge", $"[{string.Join(',', Enumerable.Repeat($"\"{new string('k', 1000)}\"", size / 1003))}]"));
        await using var proxy = new FaultProxy(PortOf(place));
        await using var store = OpenThrough(proxy, place, TimeSpan.FromMinutes(1), options => options with { MaxRecordSize = 1 << 20 });
        Assert.NotNull(await store.FindAsync("a", Token));
        var before = proxy.BytesToClients;

        var fault = await AssertFaultAsync(async () => await store.FindAsync("huge", Token), BackendFault.Malformed);

        Assert.Contains("is larger than 1M (MAX_RECORD_SIZE)", fault.Message, StringComparison.Ordinal);
        // Redis sends the beginning of a value together with its length.
        Assert.True(proxy.BytesToClients - before < 128 << 10, $"{proxy.BytesToClients - before} bytes");
        await using var unlimited = OpenThrough(proxy, place, TimeSpan.FromMinutes(1), options => options with { MaxRecordSize = 0 });
        Assert.NotNull(await unlimited.FindAsync("huge", Token));
    }

    [Fact]
    public async Task A_host_that_does_not_exist_is_unavailable()
    {
        await using var place = await PrepareAsync();
        await using var store = place.Open(change: options => options with
        {
            Url = options.Url.Replace("127.0.0.1", "nowhere.invalid", StringComparison.Ordinal),
            QueryTimeout = TimeSpan.FromSeconds(30),
        });

        await AssertFaultAsync(async () => await store.FindAsync("a", Token), BackendFault.Unavailable);
    }

    [Fact]
    public async Task A_database_that_the_server_lacks_is_unavailable()
    {
        await using var place = await PrepareAsync();
        await using var store = place.Open(change: options => options with
        {
            Url = $"{options.Url[..(options.Url.LastIndexOf('/') + 1)]}{MissingDatabase}",
        });

        await AssertFaultAsync(async () => await store.FindAsync("a", Token), BackendFault.Unavailable);
        await AssertFaultAsync(async () => await store.CheckAsync(Token), BackendFault.Unavailable);
        await AssertFaultAsync(
            async () => await store.TryAddAsync(new DownloadRecord { Id = "b", Bucket = "", Objects = [] }, Token), BackendFault.Unavailable);
        await AssertFaultAsync(async () => await store.Checksums("crc32").FindAsync(["a"], Token), BackendFault.Unavailable);
        await AssertFaultAsync(async () => await store.Checksums("sha256").FindAsync(["a"], Token), BackendFault.Unavailable);
    }

    [Fact]
    public async Task Connections_that_are_reset_while_idle_are_replaced_without_a_fault()
    {
        await using var place = await PrepareAsync();
        await using var proxy = new FaultProxy(PortOf(place));
        await using var store = OpenThrough(proxy, place, TimeSpan.FromSeconds(30));

        for (var connections = 1; connections <= 8; connections++)
        {
            await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => store.FindAsync("a", Token).AsTask()));
            proxy.ResetAll();
            Assert.NotNull(await store.FindAsync("a", Token));
        }
    }

    [Theory]
    [InlineData(CutKind.Reset)]
    [InlineData(CutKind.Close)]
    public async Task A_connection_that_is_cut_anywhere_gives_a_record_or_a_fault(CutKind kind)
    {
        await using var place = await PrepareAsync();
        await using var proxy = new FaultProxy(PortOf(place));
        for (var bytes = 0; bytes < 4000; bytes += 97)
        {
            proxy.FailAll(Fault.Cut(bytes, kind));
            await using var store = OpenThrough(proxy, place, TimeSpan.FromSeconds(30));
            try
            {
                Assert.NotNull(await store.FindAsync("a", Token));
            }
            catch (BackendException fault)
            {
                Assert.Equal((bytes, BackendFault.Unavailable), (bytes, fault.Fault));
            }
        }
    }

    [Fact]
    public async Task A_connection_that_is_cut_once_is_replaced_without_a_fault()
    {
        await using var place = await PrepareAsync();
        await using var proxy = new FaultProxy(PortOf(place));
        for (var bytes = 0; bytes < 4000; bytes += 211)
        {
            proxy.FailOnce(Fault.Cut(bytes));
            await using var store = OpenThrough(proxy, place, TimeSpan.FromSeconds(30));
            Assert.NotNull(await store.FindAsync("a", Token));
        }
    }

    [Fact]
    public async Task A_corrupted_response_is_at_worst_a_fault_of_the_database()
    {
        await using var place = await PrepareAsync();
        await using var proxy = new FaultProxy(PortOf(place));
        for (var offset = 0; offset < 2000; offset += 17)
        {
            proxy.FailAll(Fault.Corrupt(offset));
            await using var store = OpenThrough(proxy, place, Short);
            var exception = await Record.ExceptionAsync(async () => await store.FindAsync("a", Token));
            Assert.True(exception is null or BackendException { Backend: Backend.Database }, $"at {offset}: {exception}");
        }
    }

    protected static async Task<BackendException> AssertFaultAsync(Func<Task> act, BackendFault expected)
    {
        var fault = await Assert.ThrowsAsync<BackendException>(act);
        Assert.True(expected == fault.Fault, $"{fault.Fault} instead of {expected}: {fault}");
        Assert.Equal(Backend.Database, fault.Backend);
        return fault;
    }

    private static OpenedStore OpenThrough(
        LoopbackProxy proxy, RecordStoreFixture place, TimeSpan limit, Func<RecordStoreOptions, RecordStoreOptions>? change = null) =>
        OpenedStore.Open((change?.Invoke(place.Options) ?? place.Options) with
        {
            Url = place.Options.Url.Replace($":{PortOf(place)}/", $":{proxy.Port}/", StringComparison.Ordinal),
            QueryTimeout = limit,
        });

    private static int PortOf(RecordStoreFixture place) => new Uri(place.Options.Url).Port;
}
