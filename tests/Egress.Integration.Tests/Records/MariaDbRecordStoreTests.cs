namespace Egress.Integration.Tests.Records;

public sealed class MariaDbRecordStoreTests : SqlRecordStoreContract
{
    protected override async Task<SqlFixture> CreateSqlFixtureAsync() => await MariaDbFixture.CreateAsync();
}
