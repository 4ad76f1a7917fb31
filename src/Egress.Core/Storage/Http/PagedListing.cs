using System.Runtime.CompilerServices;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>The code that the listings of all remote storages share.</summary>
internal static class PagedListing
{
    /// <summary>The number of consecutive empty pages after which a listing fails. Stores send some, but never this many.</summary>
    private const int MostEmptyPages = 1000;

    /// <summary>Returns the objects of a listing. Requests its pages one after the other.</summary>
    /// <param name="prefix">The prefix to list.</param>
    /// <param name="readPage">Requests the page of a continuation token, which is null for the first page.</param>
    /// <param name="cancellationToken">Cancels the listing.</param>
    /// <exception cref="BackendException">A page could not be read, or the listing makes no progress.</exception>
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

    /// <summary>Whether an object only represents a folder. Storage consoles and mounted drives create such objects.</summary>
    public static bool IsFolderMarker(string key, long size) => size == 0 && key.EndsWith('/');
}
