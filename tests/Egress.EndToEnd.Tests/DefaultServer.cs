using Egress.TestKit;
using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>A server with the settings of <see cref="EgressServer"/>, which the tests of a class share.</summary>
public sealed class DefaultServer : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public EgressServer Server { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Server = await EgressServer.StartAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
