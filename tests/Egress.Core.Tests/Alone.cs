using Xunit;

namespace Egress.Core.Tests;

/// <summary>Classes that run beside no other one: they keep the machine busy, or change or measure what others share.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
