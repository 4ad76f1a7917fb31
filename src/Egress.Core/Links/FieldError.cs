namespace Egress.Links;

/// <summary>A field of a request that cannot be used.</summary>
/// <param name="Field">The field, such as <c>objects[3].size</c>. Empty if the whole request cannot be used.</param>
/// <param name="Message">The fault and the allowed values, as the rest of a sentence.</param>
internal sealed record FieldError(string Field, string Message);
