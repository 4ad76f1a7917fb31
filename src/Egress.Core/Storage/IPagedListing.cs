using Egress.Backends;

namespace Egress.Storage;

/// <summary>One page of a listing.</summary>
/// <param name="Objects">The objects on it, in the order of their keys.</param>
/// <param name="LastKey">The last key on the page, whether or not it stands for an object; null for an empty page.</param>
/// <param name="Continuation">How to request the next page; null on the last.</param>
internal sealed record ObjectPage(IReadOnlyList<ObjectProperties> Objects, string? LastKey, string? Continuation);

/// <summary>A storage that lists page by page: a page that fails can be requested again without losing the others.</summary>
internal interface IPagedListing
{
    /// <summary>Reads one page.</summary>
    /// <param name="prefix">What to list.</param>
    /// <param name="continuation">From the page before; null for the first.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<ObjectPage> ListPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken);
}
