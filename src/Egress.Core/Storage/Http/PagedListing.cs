using System.Runtime.CompilerServices;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>Common code of the listings of remote storages.</summary>
internal static class PagedListing
{
    /// <summary>The limit of consecutive empty pages. Stores send some, but never this many.</summary>
    private const int MostEmptyPages = 1000;

    /// <summary>Requests page after page.</summary>
    /// <param name="prefix">The prefix to list.</param>
    /// <param name="readPage">Reads the page of a continuation. The continuation of the first page is null.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="BackendException">A page failed, or the listing does not advance.</exception>
    public static async IAsyncEnumerable<ObjectProperties> ListAsync(
        ObjectPrefix prefix,
        Func<string?, CancellationToken, ValueTask<ObjectPage>> readPage,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (continuations, lastKeys) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var emptyPages = 0;
        string? continuation = null;
        do
        {
            var page = await readPage(continuation, cancellationToken);
            continuation = page.Continuation;
            emptyPages = page.LastKey is null ? emptyPages + 1 : 0;
            if ((page.LastKey is { } key && !lastKeys.Add(key)) || (continuation is not null && !continuations.Add(continuation))
                || emptyPages > MostEmptyPages)
            {
                throw new BackendException(
                    Backend.Storage, BackendFault.Malformed, $"The listing of '{prefix.Prefix}' in '{prefix.Bucket}' does not advance.");
            }

            foreach (var found in page.Objects)
            {
                yield return found;
            }
        }
        while (continuation is not null);
    }

    /// <summary>Whether an object only represents an empty folder. Consoles and mounted drives create such objects.</summary>
    public static bool IsFolderMarker(string key, long size) => size == 0 && key.EndsWith('/');
}
