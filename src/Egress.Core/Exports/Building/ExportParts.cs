using Egress.Records.Exports;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Chooses the part size, and finds parts that are missing or lost.</summary>
internal static class ExportParts
{
    private const long Unit = 1 << 20;

    /// <summary>Returns the part size in bytes.</summary>
    /// <param name="requested">The requested size in bytes; zero for the default.</param>
    /// <param name="usual">The default size in bytes. A larger one is used if the archive would have too many parts.</param>
    /// <param name="length">Length of the archive in bytes; null if it is not known.</param>
    /// <param name="limits">The limits of the storage.</param>
    /// <exception cref="ExportException">The storage does not accept parts of this size, or the archive would have too many parts.</exception>
    public static long SizeFor(long requested, long usual, long? length, UploadLimits limits)
    {
        var least = length is { } bytes ? (bytes + limits.MostParts - 1) / limits.MostParts : 0;
        if (requested == 0)
        {
            // The size is rounded to whole MiB, so that an archive that grew a little gets the same parts.
            requested = Math.Max(Math.Max(usual, limits.LeastPartSize), (least + Unit - 1) / Unit * Unit);
            return requested <= ExportOptions.MostPartSize ? requested : throw TooLarge(length, limits);
        }

        if (requested < limits.LeastPartSize)
        {
            throw new ExportException(
                ExportReason.PartSizeRefused, $"The part size is {requested} bytes. The storage accepts {limits.LeastPartSize} and more.");
        }

        return requested >= least ? requested
            : least > ExportOptions.MostPartSize ? throw TooLarge(length, limits)
            : throw new ExportException(
                ExportReason.PartSizeRefused,
                $"The archive has {length} bytes, and the storage accepts {limits.MostParts} parts: use a part size of at least {least} bytes.");
    }

    private static ExportException TooLarge(long? length, UploadLimits limits) => new(
        ExportReason.TooLarge, $"The archive has {length} bytes. The storage accepts {limits.MostParts} parts of at most {ExportOptions.MostPartSize} bytes.");

    /// <summary>Returns the number of parts of an archive.</summary>
    public static int Count(long length, long partSize) => (int)((length + partSize - 1) / partSize);

    /// <summary>
    /// Finds the missing parts to request. Each built part requests the part that is one window later, so only the first missing part of each such
    /// sequence must be requested.
    /// </summary>
    /// <param name="built">The parts that were built.</param>
    /// <param name="count">The number of parts of the archive.</param>
    /// <returns>The numbers of at most <see cref="ExportQueue.Window"/> parts.</returns>
    public static IReadOnlyList<int> FindFirstMissing(IEnumerable<StoredPart> built, int count)
    {
        var isBuilt = new bool[count + 1];
        foreach (var part in built)
        {
            isBuilt[part.Number] = true;
        }

        List<int> missing = [];
        for (var number = 1; number <= Math.Min(ExportQueue.Window, count); number++)
        {
            var first = number;
            while (first <= count && isBuilt[first])
            {
                first += ExportQueue.Window;
            }

            if (first <= count)
            {
                missing.Add(first);
            }
        }

        return missing;
    }

    /// <summary>
    /// Finds a part that is probably lost because its process died. Until its message becomes visible again, all later parts of its sequence wait.
    /// </summary>
    /// <param name="missing">The first missing part of each sequence.</param>
    /// <param name="number">The part that was just built. It has no next part to request, so the found part takes its place on the queue.</param>
    /// <returns>A part that is at least two windows earlier than <paramref name="number"/>, varying with that number; null if there is none.</returns>
    public static int? FindLost(IEnumerable<int> missing, int number)
    {
        var lost = missing.Where(part => part <= number - (2 * ExportQueue.Window)).ToList();
        return lost.Count > 0 ? lost[number % lost.Count] : null;
    }
}
