using Egress.Zip;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Requests;

/// <summary>
/// The weight of a request in the limits on requests and downloads, in sixteenths of a download. Caches fetch an archive in many short ranges
/// (slices), which together cost as much as one download.
/// </summary>
internal static class RequestWeight
{
    /// <summary>The weight of a download.</summary>
    public const int Whole = 16;

    /// <summary>The smallest weight of a request. It is not zero, so that a flood of short ranges is limited.</summary>
    public const int Least = 1;

    /// <summary>The longest slice, in bytes. Longer ranges count as whole downloads.</summary>
    private const long LongestSlice = 16 << 20;

    /// <summary>
    /// Returns the weight of a running response in the limits of parallel downloads. It depends on the length of the range, because a response needs
    /// buffers for its bytes.
    /// </summary>
    public static int AtOnce(HttpRequest request) =>
        RequestMethod.IsGet(request) && ConditionalRequest.LengthOfRange(request) is <= LongestSlice and var length
            ? Share(length, LongestSlice)
            : Whole;

    /// <summary>Returns the weight of a slice in the rate of requests. It is the share that the slice has of the archive.</summary>
    /// <param name="range">The range.</param>
    /// <param name="archiveLength">Length of the archive, in bytes.</param>
    public static int InRate(ArchiveRange range, long archiveLength) => Share(range.To - range.From, archiveLength);

    private static int Share(long part, long whole) => (int)Math.Clamp(Math.Ceiling(Whole * (double)part / whole), Least, Whole);
}
