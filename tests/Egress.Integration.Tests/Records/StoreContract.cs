using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>The tests of a store, or of one of its roles, on a real server. Each test has a database, schema or key prefix of its own.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private RecordStoreFixture? _fixture;

    protected RecordStoreFixture Fixture => _fixture!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _fixture = await CreateFixtureAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _fixture?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    protected abstract Task<RecordStoreFixture> CreateFixtureAsync();
}
