namespace Egress.Links;

/// <summary>What is wrong with one field of a request.</summary>
/// <param name="Field">The field: <c>objects[3].size</c>. Empty for the whole request.</param>
/// <param name="Message">What is wrong, and what is allowed, as the rest of a sentence.</param>
internal sealed record FieldError(string Field, string Message);
