namespace Egress.Links;

/// <summary>The fault of a field of a request.</summary>
/// <param name="Field">The field: <c>objects[3].size</c>. Empty for the whole request.</param>
/// <param name="Message">The fault and the allowed values, as the rest of a sentence.</param>
internal sealed record FieldError(string Field, string Message);
