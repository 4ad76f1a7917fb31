using Egress.Backends;
using Egress.TestKit;
using Xunit;

namespace Egress.Integration.Tests.Records;

/// <summary>Further tests of every record store on an SQL server: broken connections, and queries that hang.</summary>
public abstract class ServerSqlRecordStoreContract : SqlRecordStoreContract
{
    /// <summary>A statement that ends every other session of the database.</summary>
    protected abstract string KillSessions { get; }

    /// <summary>A query that counts the other sessions of the database that are running a statement.</summary>
    protected abstract string CountRunningLookUps { get; }

    /// <summary>A statement that locks the table until the connection is closed.</summary>
    protected abstract string LockTable { get; }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Connections_that_broke_in_the_pool_are_replaced_without_a_fault(int connections)
    {
        await Fixture.InsertAsync(new RawRecord("a", "[]"));
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Store.FindAsync("a", Token).AsTask()));

        await Fixture.ExecuteAsync(KillSessions);

        var found = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Store.FindAsync("a", Token).AsTask()));
        Assert.All(found, Assert.NotNull);
        await Fixture.ExecuteAsync(KillSessions);
        Assert.True(await Store.TryAddAsync(NewRecord("b"), Token));
    }

    [Fact]
    public async Task A_hanging_query_is_ended_here_and_on_the_server()
    {
        await Fixture.InsertAsync(new RawRecord("a", "[]"));
        await using var store = Fixture.Open(change: options => options with { QueryTimeout = TimeSpan.FromMilliseconds(300), MaxConnections = 1 });
        await store.CheckAsync(Token);
        await using (var locker = await Fixture.ConnectAsync())
        {
            await using var command = locker.CreateCommand();
            command.CommandText = LockTable;
            await command.ExecuteNonQueryAsync(Token);

            var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));

            Assert.Equal(BackendFault.TimedOut, fault.Fault);
            await Eventually.UntilAsync(
                async () => Convert.ToInt64(await Fixture.QueryAsync(CountRunningLookUps), null) == 0, "the end of the query on the server", Token);
        }

        await using var patient = Fixture.Open();
        Assert.NotNull(await patient.FindAsync("a", Token));
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_not_a_missing_record()
    {
        await using var store = Fixture.Open(change: options => options with { Url = options.Url.Split('?')[0] + "_gone" });

        var fault = await Assert.ThrowsAsync<BackendException>(async () => await store.FindAsync("a", Token));

        Assert.Equal(BackendFault.Unavailable, fault.Fault);
    }
}
