namespace Egress.Integration.Tests.Records;

public sealed class SqliteRecordStoreTests : SqlRecordStoreContract
{
    protected override Task<SqlFixture> CreateSqlFixtureAsync() => Task.FromResult<SqlFixture>(new SqliteFixture());
}
