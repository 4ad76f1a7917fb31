using Egress.Backends;

namespace Egress.Storage;

/// <summary>One page of a listing.</summary>
/// <param name="Objects">The objects on the page, in the order of their keys.</param>
/// <param name="LastKey">
/// The last key on the page, even if its object only represents a folder and is not in <paramref name="Objects"/>; null for an empty page.
/// </param>
/// <param name="Continuation">The token for the next page; null on the last page.</param>
internal sealed record ObjectPage(IReadOnlyList<ObjectProperties> Objects, string? LastKey, string? Continuation);

/// <summary>A storage that lists page by page, so that a failed page can be requested again.</summary>
internal interface IPagedListing
{
    /// <summary>Reads one page.</summary>
    /// <param name="prefix">The prefix to list.</param>
    /// <param name="continuation">The token of the previous page; null for the first page.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<ObjectPage> ListPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken);
}
