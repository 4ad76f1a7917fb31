using Egress.Records.Exports;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Chooses the size of parts, and finds lost ones.</summary>
internal static class ExportParts
{
    private const long Unit = 1 << 20;

    /// <summary>Chooses the size of parts.</summary>
    /// <param name="requested">The size that was requested; zero for none.</param>
    /// <param name="usual">The default size, which is used unless the archive needs larger parts.</param>
    /// <param name="length">Length of the archive; null if it is not known.</param>
    /// <param name="limits">The limits of the storage.</param>
    /// <exception cref="ExportException">The storage does not accept parts of this size, or not as many.</exception>
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
    /// Finds the parts to request. When a part is built, it requests the part one window later. So only the first missing part of each such sequence
    /// must be requested.
    /// </summary>
    /// <param name="built">The parts that were built.</param>
    /// <param name="count">The number of parts of the archive.</param>
    /// <returns>At most as many parts as a window has.</returns>
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

    /// <summary>Finds a part whose process probably died. It would delay the following parts until its message becomes visible again.</summary>
    /// <param name="missing">The first parts that are missing.</param>
    /// <param name="number">The part that was built last. It requests no further part, so that the queue has room for the result.</param>
    /// <returns>A part that is two windows behind others, a different one for each <paramref name="number"/>; null if there is none.</returns>
    public static int? FindLost(IEnumerable<int> missing, int number)
    {
        var lost = missing.Where(part => part <= number - (2 * ExportQueue.Window)).ToList();
        return lost.Count > 0 ? lost[number % lost.Count] : null;
    }
}
