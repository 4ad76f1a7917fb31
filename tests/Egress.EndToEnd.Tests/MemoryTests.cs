using Egress.TestKit;
using Egress.TestKit.Network;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Tests that the memory of the process does not depend on the size of archives, and only little on the number of clients.</summary>
[Collection(nameof(NonParallel))]
public sealed class MemoryTests
{
    private const long FileSize = 200L << 20;
    private const long Megabyte = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Large_archives_have_their_exact_length_and_stream_in_constant_memory()
    {
        await using var server = await EgressServer.StartAsync();
        string[] keys = ["1.jpg", "2.jpg", "3.jpg"];
        foreach (var key in keys)
        {
            await using var file = File.Create(await server.PutAsync("b", key, ReadOnlyMemory<byte>.Empty));
            file.SetLength(FileSize);
        }

        var link = new Uri(server.Client.BaseAddress!, await server.CreateLinkAsync("b", keys));
        using (await server.Client.GetAsync("/ready", Token))
        {
        }

        var idle = server.Process.ResidentBytes;
        using var answer = await server.Client.GetAsync(link, HttpCompletionOption.ResponseHeadersRead, Token);
        var body = await answer.Content.ReadAsStreamAsync(Token);
        var (received, most) = (0L, 0L);
        var buffer = new byte[Megabyte];
        for (int read; (read = await body.ReadAsync(buffer, Token)) > 0; received += read)
        {
            if (received % (20 * Megabyte) < read)
            {
                most = Math.Max(most, server.Process.ResidentBytes);
            }
        }

        Assert.Equal(answer.Content.Headers.ContentLength, received);
        Assert.InRange(received, 3 * FileSize, (3 * FileSize) + 1000);
        Assert.InRange(most - idle, long.MinValue, 40 * Megabyte);

        var alone = server.Process.ResidentBytes;
        var clients = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawHttpClient.SendAsync(link, cancellationToken: Token)));
        await Task.WhenAll(clients.Select(client => client.ReadRawAsync((int)Megabyte, Token)));
        Assert.InRange(server.Process.ResidentBytes - alone, long.MinValue, 30 * Megabyte);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }
}
