using Xunit;

namespace Egress.Core.Tests;

/// <summary>Classes that never run in parallel with others. They keep the machine busy, or change or measure what others share.</summary>
[CollectionDefinition(nameof(NonParallel), DisableParallelization = true)]
public sealed class NonParallel;
