using Egress.Storage;

namespace Egress.Exports.Building;

/// <summary>Chooses the size of parts.</summary>
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
            return requested <= ExportOptions.MostPartSize ? requested : throw new ExportException(
                ExportReason.TooLarge, $"The archive has {length} bytes. The storage accepts {limits.MostParts} parts of at most {ExportOptions.MostPartSize} bytes.");
        }

        if (requested < limits.LeastPartSize)
        {
            throw new ExportException(
                ExportReason.PartSizeRefused, $"The part size is {requested} bytes. The storage accepts {limits.LeastPartSize} and more.");
        }

        return requested >= least ? requested : throw new ExportException(
            ExportReason.PartSizeRefused,
            $"The archive has {length} bytes, and the storage accepts {limits.MostParts} parts: use a part size of at least {least} bytes.");
    }

    /// <summary>How many parts an archive has.</summary>
    public static int Count(long length, long partSize) => (int)((length + partSize - 1) / partSize);
}
