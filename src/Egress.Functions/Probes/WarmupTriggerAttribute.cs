using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Egress.Functions.Probes;

/// <summary>Marks the function that the host runs on a new instance before its first request.</summary>
/// <remarks>The type of a binding is the name of its attribute, here <c>warmupTrigger</c>. The host implements this trigger itself, so no
/// extension package is needed for it.</remarks>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class WarmupTriggerAttribute : TriggerBindingAttribute;
