using System.Collections;

namespace Egress.Http.Requests;

/// <summary>
/// The log scope of a request. Its text does not contain its properties, because formatters write both the text and the properties into each line.
/// </summary>
/// <param name="requestId">Id of the request.</param>
/// <param name="downloadId">Id of the record, shortened; null if the address has none.</param>
internal sealed class RequestScope(string requestId, string? downloadId) : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <inheritdoc/>
    public int Count => downloadId is null ? 1 : 2;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("RequestId", requestId),
        1 when downloadId is not null => new("DownloadId", downloadId),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Enumerable.Range(0, Count).Select(index => this[index]).GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => "request";

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
