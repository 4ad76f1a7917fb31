using Egress.Records.Exports;
using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Chooses the size of parts, and finds lost ones.</summary>
internal static class ExportParts
{
    private const long Unit = 1 << 20;

    /// <summary>Chooses the size of parts.</summary>
    /// <param name="requested">The size that was requested; zero for none.</param>
    /// <param name="usual">The size that is used then, unless the archive needs larger parts.</param>
    /// <param name="length">Length of the archive; null if it is not known.</param>
    /// <param name="limits">What the storage accepts.</param>
    /// <exception cref="ExportException">The storage does not accept parts of this size, or not as many.</exception>
    public static long SizeFor(long requested, long usual, long? length, UploadLimits limits)
    {
        var least = length is { } bytes ? (bytes + limits.MostParts - 1) / limits.MostParts : 0;
        if (requested == 0)
        {
            // Whole MiB, so that an archive that grew a little gets the same parts.
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

    /// <summary>How many parts an archive has.</summary>
    public static int Count(long length, long partSize) => (int)((length + partSize - 1) / partSize);

    /// <summary>
    /// Finds the parts to request. A part is requested when the one a window before it was built, so the first missing part of each such sequence
    /// brings all others with it.
    /// </summary>
    /// <param name="built">The parts that were built.</param>
    /// <param name="count">How many parts the archive has.</param>
    /// <returns>No more parts than a window has.</returns>
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

    /// <summary>Finds a part whose process probably died: it delays those that follow it until the queue shows its message again.</summary>
    /// <param name="missing">The first parts that are missing.</param>
    /// <param name="number">The part that was built last. No part follows it, so that there is a place on the queue.</param>
    /// <returns>A part that others are two windows ahead of, another one for each <paramref name="number"/>; null if there is none.</returns>
    public static int? FindLost(IEnumerable<int> missing, int number)
    {
        var lost = missing.Where(part => part <= number - (2 * ExportQueue.Window)).ToList();
        return lost.Count > 0 ? lost[number % lost.Count] : null;
    }
}
