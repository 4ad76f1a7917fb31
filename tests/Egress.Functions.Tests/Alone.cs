using Xunit;

namespace Egress.Functions.Tests;

/// <summary>
/// Classes that read metrics and run beside no other one. OpenTelemetry listens to the meters of the whole process: workers that live in it
/// at the same time show one another's numbers, and one that ends takes the series of the others along.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
