using Egress.Backends;
using Egress.Health;

namespace Egress.Storage.Local;

/// <summary>Asks whether the root is there and is a folder: an unmounted disk is found out.</summary>
internal sealed class LocalProbe(LocalRoot root) : IHealthProbe
{
    /// <inheritdoc/>
    public string Component => "storage";

    /// <inheritdoc/>
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
