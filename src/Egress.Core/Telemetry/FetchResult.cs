namespace Egress.Telemetry;

/// <summary>What came of asking the storage for an object; in lower case the metric label <c>result</c>.</summary>
internal enum FetchResult
{
    /// <summary>It was opened.</summary>
    Success,

    /// <summary>It does not exist.</summary>
    Missing,

    /// <summary>The storage refused access.</summary>
    Denied,

    /// <summary>Anything else went wrong.</summary>
    Error,
}
