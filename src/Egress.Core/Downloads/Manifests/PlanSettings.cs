using System.Globalization;
using Egress.Storage;

namespace Egress.Downloads.Manifests;

/// <summary>
/// The settings on which a plan depends, as one text. Stored manifests are found only with equal settings, because processes with different settings may share
/// a database, for example during the rollout of a new version.
/// </summary>
internal static class PlanSettings
{
    /// <summary>Returns the settings as text. Equal settings give equal texts.</summary>
    public static string Of(DownloadOptions options, StorageOptions storage) => string.Join('\0',
    [
        storage.Type,
        storage.Place ?? "",
        .. new object[]
        {
            options.MaxFileSize, options.MaxFilesPerRequest, options.IgnoreMissing, options.SkipUnavailable, options.ReportMissing, options.EntryNames,
            options.CompressionLevel, options.PreserveFileMetadata, options.ChecksumFile,
        }.Select(static value => Convert.ToString(value, CultureInfo.InvariantCulture)!),
        string.Join(',', options.AllowedExtensions.Order(StringComparer.Ordinal)),
        string.Join(',', options.BlockedExtensions.Order(StringComparer.Ordinal)),
    ]);
}
