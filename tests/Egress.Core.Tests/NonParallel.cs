using Xunit;

namespace Egress.Core.Tests;

/// <summary>
/// The collection of test classes that never run in parallel with others. They keep all cores busy, or change or measure state that other tests
/// share.
/// </summary>
[CollectionDefinition(nameof(NonParallel), DisableParallelization = true)]
public sealed class NonParallel;
