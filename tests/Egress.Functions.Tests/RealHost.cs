using Xunit;

namespace Egress.Functions.Tests;

/// <summary>
/// The collection of test classes that start the real host. They run one after the other, because two hosts at the same time exceed their time limits
/// on a machine with two cores.
/// </summary>
[CollectionDefinition(nameof(RealHost))]
public sealed class RealHost;
