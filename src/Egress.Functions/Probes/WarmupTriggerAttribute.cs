using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Egress.Functions.Probes;

/// <summary>Marks the function that the host runs on a new instance before its first request.</summary>
/// <remarks>
/// The host identifies the type of a trigger by the name of its attribute, here <c>warmupTrigger</c>. It implements this trigger itself, so no
/// extension package is needed.
/// </remarks>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class WarmupTriggerAttribute : TriggerBindingAttribute;
