using Xunit;

namespace Egress.Core.Tests;

/// <summary>Classes that never run in parallel with others. They keep the machine busy, or change or measure state that other tests share.</summary>
[CollectionDefinition(nameof(NonParallel), DisableParallelization = true)]
public sealed class NonParallel;
