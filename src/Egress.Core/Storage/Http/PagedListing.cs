using System.Runtime.CompilerServices;

namespace Egress.Storage.Http;

/// <summary>What the listings of remote storages have in common.</summary>
internal static class PagedListing
{
    /// <summary>Asks for page after page.</summary>
    /// <param name="readPage">Reads the page that a continuation stands for; null is the first.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    public static async IAsyncEnumerable<ObjectProperties> ListAsync(
        Func<string?, CancellationToken, ValueTask<ObjectPage>> readPage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var page = await readPage(continuation, cancellationToken);
            foreach (var found in page.Objects)
            {
                yield return found;
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    /// <summary>Whether an object only stands for an empty folder, as consoles and mounted drives make them.</summary>
    public static bool IsFolderMarker(string key, long size) => size == 0 && key.EndsWith('/');
}
