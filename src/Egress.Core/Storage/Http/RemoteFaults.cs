using System.Globalization;
using System.Xml;
using Egress.Backends;

namespace Egress.Storage.Http;

/// <summary>What every SDK of a storage that speaks HTTP has in common when it fails.</summary>
internal static class RemoteFaults
{
    /// <summary>What a status means where the storage's own code does not say more.</summary>
    public static BackendFault OfStatus(int status) => status switch
    {
        401 or 403 => BackendFault.Denied,
        408 or 504 => BackendFault.TimedOut,
        412 => BackendFault.Changed,
        429 => BackendFault.Throttled,
        501 => BackendFault.Malformed,
        >= 500 => BackendFault.Unavailable,
        _ => BackendFault.Malformed,
    };

    /// <returns>What an exception of the transport below the SDK means; null for what is no fault of the storage.</returns>
    public static BackendFault? OfTransport(Exception exception) => exception switch
    {
        OperationCanceledException => BackendFault.TimedOut, // a time limit of the transport
        HttpRequestException or IOException => BackendFault.Unavailable,
        XmlException => BackendFault.Malformed,
        _ => null,
    };

    /// <param name="header">The value of <c>Retry-After</c>, in whole seconds (RFC 9110, 10.2.3); storages send no dates.</param>
    public static TimeSpan? RetryAfter(string? header) =>
        int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>A read that its caller gave up: whatever the SDK made of it.</summary>
    public static OperationCanceledException GivenUp(Exception exception, CancellationToken cancellationToken) =>
        new("The read was given up.", exception, cancellationToken);
}
