namespace Egress.Telemetry;

/// <summary>The result of requesting an object from the storage. The names in lower case are the values of the metric label <c>result</c>.</summary>
internal enum FetchResult
{
    /// <summary>The object was opened.</summary>
    Success,

    /// <summary>The object does not exist.</summary>
    Missing,

    /// <summary>The storage refused access.</summary>
    Denied,

    /// <summary>The request failed for another reason.</summary>
    Error,
}
