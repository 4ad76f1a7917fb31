namespace Egress.Storage.Http;

/// <summary>The body of an HTTP response. Translates the exceptions of reads. If it is disposed before its end, the connection may be closed.</summary>
/// <param name="content">The body.</param>
/// <param name="answer">The response, which is disposed with the stream.</param>
/// <param name="translate">Returns the exception to throw instead of the caught one; null to throw the caught one.</param>
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
