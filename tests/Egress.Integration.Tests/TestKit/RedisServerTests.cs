using System.Security.Cryptography.X509Certificates;
using Egress.TestKit.Servers;
using StackExchange.Redis;
using Xunit;

namespace Egress.Integration.Tests.TestKit;

public sealed class RedisServerTests
{
    [Fact]
    public async Task The_shared_server_keeps_values()
    {
        RedisServer server = await RedisServer.GetAsync();
        string key = RedisServer.NewKeyPrefix() + "x";
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(RedisServer.ConnectionString(server.Url));

        await connection.GetDatabase().StringSetAsync(key, "hello");

        Assert.Equal("hello", await connection.GetDatabase().StringGetAsync(key));
    }

    [Fact]
    public async Task A_server_of_its_own_speaks_TLS_and_restarts_with_its_data()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await WithTlsAsync(server, database => database.StringSetAsync("x", "hello"));

        await server.StopAsync();
        await server.StartAgainAsync();

        Assert.Equal("hello", await WithTlsAsync(server, database => database.StringGetAsync("x")));
    }

    private static async Task<T> WithTlsAsync<T>(RedisServer server, Func<IDatabase, Task<T>> use)
    {
        using X509Certificate2 own = X509CertificateLoader.LoadCertificateFromFile(server.CertificateFile);
        var options = ConfigurationOptions.Parse(RedisServer.ConnectionString(server.TlsUrl));
        options.CertificateValidation += (_, shown, _, _) => shown?.GetCertHashString() == own.Thumbprint;
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        return await use(connection.GetDatabase());
    }
}
