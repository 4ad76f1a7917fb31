using Egress.Backends;

namespace Egress.Storage;

/// <summary>One page of a listing.</summary>
/// <param name="Objects">What is on it, in the order of the keys.</param>
/// <param name="Continuation">How to ask for the next one; null on the last.</param>
internal sealed record ObjectPage(IReadOnlyList<ObjectProperties> Objects, string? Continuation);

/// <summary>A storage that lists page by page: a page that fails can be asked for again without losing the others.</summary>
internal interface IPagedListing
{
    /// <param name="prefix">What to list.</param>
    /// <param name="continuation">From the page before; null for the first.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="BackendException">The storage refused or failed.</exception>
    ValueTask<ObjectPage> ListPageAsync(ObjectPrefix prefix, string? continuation, CancellationToken cancellationToken);
}
