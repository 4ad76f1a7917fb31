using Xunit;

namespace Egress.Functions.Tests;

/// <summary>Classes that start the real host run one after the other: a machine with two cores starts two hosts too slowly for their limits.</summary>
[CollectionDefinition(nameof(RealHost))]
public sealed class RealHost;
