using Xunit;

namespace Egress.Functions.Tests;

/// <summary>
/// Classes that start the real host. They run one after the other, because two hosts at a time exceed their time limits on a machine with two cores.
/// </summary>
[CollectionDefinition(nameof(RealHost))]
public sealed class RealHost;
