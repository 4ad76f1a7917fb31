using Egress.TestKit;
using Egress.TestKit.Network;

namespace Egress.EndToEnd.Tests;

/// <summary>Creates the partial files that interrupted downloads leave.</summary>
internal static class BrokenDownload
{
    /// <summary>Downloads the first bytes into a file, and closes the connection.</summary>
    /// <returns>Path of the file.</returns>
    public static async Task<string> MakeAsync(Uri url, TempFolder folder, string name, int length, CancellationToken cancellationToken)
    {
        await using var client = await RawHttpClient.SendAsync(url, cancellationToken: cancellationToken);
        var bytes = new MemoryStream();
        await client.ReadBodyAsync(new Limited(bytes, length, client.Reset), cancellationToken: cancellationToken);
        return await folder.WriteAsync(name, bytes.ToArray().AsMemory(0, length));
    }

    /// <summary>Waits until a download program has written the first bytes to a file.</summary>
    public static Task BegunAsync(string path, CancellationToken cancellationToken) =>
        Eventually.UntilAsync(() => Task.FromResult(new FileInfo(path) is { Exists: true, Length: > 0 }), $"the first bytes of {path}", cancellationToken);

    /// <summary>A target that receives a number of bytes, and then closes the connection.</summary>
    private sealed class Limited(MemoryStream target, int length, Action cut) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            target.Write(buffer.Span);
            if (target.Length >= length)
            {
                cut();
                throw new EndOfStreamException("enough");
            }

            return ValueTask.CompletedTask;
        }
    }
}
