using Egress.Backends;

namespace Egress.Health;

/// <summary>Says whether one part that Egress depends on can be used now.</summary>
public interface IHealthProbe
{
    /// <summary>The part's name in <c>/ready</c> and in metrics: <c>database</c>, <c>storage</c> or <c>zip</c>.</summary>
    string Component { get; }

    /// <summary>Completes when the part works. Cheap: it runs every few seconds. May block; never called twice at once.</summary>
    /// <param name="cancellationToken">Bounds the time that the answer may take.</param>
    /// <exception cref="BackendException">The backend cannot be used; the message names the cause for the log.</exception>
    /// <exception cref="InvalidDataException">An archive cannot be read again.</exception>
    ValueTask CheckAsync(CancellationToken cancellationToken);
}
