namespace Egress.Downloads.Manifests.Caching;

/// <summary>The planning of an archive that several requests wait for. It is canceled when the last of them stops waiting.</summary>
internal sealed class SharedPlanning : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lazy<Task<ManifestResult>> _result;
    private int _waiting;

    /// <param name="plan">Plans the archive. Called once, with this object.</param>
    public SharedPlanning(Func<SharedPlanning, CancellationToken, Task<ManifestResult>> plan) => _result = new(() => plan(this, _stop.Token));

    /// <summary>Adds a waiting request.</summary>
    public void Join() => _waiting++;

    /// <summary>Removes a request that does not wait any more.</summary>
    /// <returns>Whether it was the last one.</returns>
    public bool Leave() => --_waiting == 0;

    /// <summary>Waits for the result. The first caller starts planning.</summary>
    public Task<ManifestResult> WaitAsync(CancellationToken cancellationToken) => _result.Value.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }
}
