using Egress.Backends;

namespace Egress.Storage.Local;

/// <summary>Asks whether the root is there and is a folder: an unmounted disk is found out.</summary>
internal sealed class LocalProbe(LocalRoot root)
{
    /// <summary>The health check of the storage.</summary>
    /// <exception cref="BackendException">The storage cannot be used.</exception>
    public ValueTask CheckAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            root.Check();
            return ValueTask.CompletedTask;
        }
        catch (BackendException exception)
        {
            return ValueTask.FromException(exception);
        }
    }
}
