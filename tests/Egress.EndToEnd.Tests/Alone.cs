using Xunit;

namespace Egress.EndToEnd.Tests;

/// <summary>Classes that run beside no other one: they keep the machine busy, or measure what others would disturb.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
