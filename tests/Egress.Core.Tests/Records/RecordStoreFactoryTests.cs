using Egress.Backends;
using Egress.Records;
using Egress.Records.Roles;
using Egress.Records.Sql.Tables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Xunit;

namespace Egress.Core.Tests.Records;

public class RecordStoreFactoryTests
{
    [Theory]
    [InlineData("downloads", true)]
    [InlineData("app.downloads", true)]
    [InlineData("_Übersicht-2$", true)]
    [InlineData("", false)]
    [InlineData("a.b.c", false)]
    [InlineData(".a", false)]
    [InlineData("1a", false)]
    [InlineData("a b", false)]
    [InlineData("a\"b", false)]
    [InlineData("a`b", false)]
    [InlineData("a;b", false)]
    public void Names_of_tables_are_checked(string name, bool allowed) =>
        Assert.Equal(allowed, SqlNames.CheckTable(name) is null);

    [Fact]
    public void Names_are_checked_before_they_get_into_a_statement()
    {
        var options = new RecordStoreOptions { Url = "sqlite:any.db", IdField = "id\" = '' OR \"id" };

        var error = Assert.Throws<FormatException>(() => RecordStoreFactory.Create(options, TimeProvider.System, NullLoggerFactory.Instance));

        Assert.Contains("IdField", error.Message, StringComparison.Ordinal);
        Assert.Null(SqlNames.CheckColumn(new string('a', 64)));
        Assert.NotNull(SqlNames.CheckColumn(new string('a', 65)));
        Assert.NotNull(SqlNames.CheckColumn("a.b"));
    }

    [Fact]
    public async Task Options_without_effect_are_reported_once()
    {
        var log = new FakeLogCollector();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(new FakeLoggerProvider(log)));
        var options = new RecordStoreOptions { Url = "mysql://u:s3cret@h/db?parseTime=true&loc=UTC" };

        await using var store = RecordStoreFactory.Create(options, TimeProvider.System, loggers);

        var entry = Assert.Single(log.GetSnapshot());
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Equal("These options of the connection URL have no effect: parseTime, loc.", entry.Message);
    }

    [Theory]
    [InlineData("postgres://u:p@127.0.0.1:1/db")]
    [InlineData("mysql://u:p@127.0.0.1:1/db")]
    [InlineData("redis://127.0.0.1:1")]
    [InlineData("sqlite:nowhere.db")]
    public async Task All_roles_of_a_store_are_one_object_that_connects_on_its_first_call(string url)
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddRecordStore(new RecordStoreOptions { Url = url }, new CircuitBreakerOptions())
            .BuildServiceProvider(validateScopes: true);

        var backend = services.GetRequiredService<RecordBackend>();

        Assert.IsType<ResilientRecordStore>(services.GetRequiredService<IRecordStore>());
        Assert.Same(backend.Store, services.GetRequiredService<IRecordWriter>());
        Assert.Same(backend.Crc32s, services.GetRequiredService<IChecksumCache<uint>>());
        Assert.Same(backend.Sha256Digests, services.GetRequiredService<IChecksumCache<Sha256Digest>>());
        Assert.Equal("database", Assert.Single(services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations).Name);
    }

    [Fact]
    public async Task A_store_needs_to_find_records_and_nothing_else()
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddRecordStore(new RecordStoreOptions { Url = "sqlite:unused.db" }, new CircuitBreakerOptions())
            .AddSingleton(new RecordBackend(new OneRecord()))
            .BuildServiceProvider(validateScopes: true);
        var token = TestContext.Current.CancellationToken;

        var record = await services.GetRequiredService<IRecordStore>().FindAsync("one", token);
        var (crcs, digests) = (services.GetRequiredService<IChecksumCache<uint>>(), services.GetRequiredService<IChecksumCache<Sha256Digest>>());
        await crcs.AddAsync(new Dictionary<string, uint> { ["key"] = 1 }, token);
        await digests.AddAsync(new Dictionary<string, Sha256Digest> { ["key"] = default }, token);
        var check = Assert.Single(services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations).Factory(services);
        Assert.Equal(HealthStatus.Healthy, (await check.CheckHealthAsync(new HealthCheckContext(), token)).Status);

        Assert.Equal("one", record?.Id);
        Assert.Empty(await crcs.FindAsync(["key"], token));
        Assert.Empty(await digests.FindAsync(["key"], token));
        var refusal = await Assert.ThrowsAsync<BackendException>(
            async () => await services.GetRequiredService<IRecordWriter>().TryAddAsync(record!, token));
        Assert.Equal(BackendFault.Denied, refusal.Fault);
    }

    private sealed class OneRecord : IRecordStore
    {
        public ValueTask<DownloadRecord?> FindAsync(string id, CancellationToken cancellationToken) =>
            new(id is "one" ? new DownloadRecord { Id = id, Bucket = "", Objects = [] } : null);
    }
}
