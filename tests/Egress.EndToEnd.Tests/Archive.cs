using System.IO.Compression;
using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Downloads archives from a server.</summary>
internal static class Archive
{
    /// <summary>Downloads an archive, and opens it.</summary>
    public static async Task<ZipArchive> GetAsync(EgressServer server, string link)
    {
        var bytes = await server.Client.GetByteArrayAsync(link, TestContext.Current.CancellationToken);
        return new ZipArchive(new MemoryStream(bytes));
    }
}
