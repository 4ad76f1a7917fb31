namespace Egress.Integration.Tests.Records;

public sealed class PostgresRecordStoreTests : SqlRecordStoreContract
{
    protected override async Task<SqlFixture> CreateSqlFixtureAsync() => await PostgresFixture.CreateAsync();
}
