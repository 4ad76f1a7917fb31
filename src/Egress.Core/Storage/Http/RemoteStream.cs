namespace Egress.Storage.Http;

/// <summary>The body of an HTTP response. Translates the exceptions of reads. Disposing it closes the connection if bytes are left.</summary>
/// <param name="content">The body.</param>
/// <param name="answer">Disposed with the stream.</param>
/// <param name="translate">Translates an exception; returns null for an exception that is not a fault of the backend.</param>
internal sealed class RemoteStream(Stream content, IDisposable answer, Func<Exception, CancellationToken, Exception?> translate) : SourceStream
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await content.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception) when (translate(exception, cancellationToken) is { } fault)
        {
            throw fault;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            answer.Dispose();
        }

        base.Dispose(disposing);
    }
}
