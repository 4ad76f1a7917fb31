using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Egress.Downloads.Checksums;
using Egress.Downloads.Manifests;

namespace Egress.Downloads.Planning;

/// <summary>Plans what a request wants of a planned archive: the whole archive, an archive of selected entries, or a single file.</summary>
internal static class PartPlanner
{
    /// <summary>The separator in the validator of a part, between the validator of the whole archive and the suffix of the part.</summary>
    private const char Separator = '-';

    /// <summary>
    /// Returns the validators of the whole archives to which the validators of a request belong. The validator of a part begins with that of its archive, so
    /// that a part is resumed from the same manifest.
    /// </summary>
    public static IReadOnlyList<string> WholeETags(DownloadRequest request) => request.IsForPart
        ? [.. request.ETags.Select(static etag => etag.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var end ? $"{etag[..end]}\"" : etag)]
        : request.ETags;

    /// <summary>Plans the part.</summary>
    /// <param name="result">The plan of the whole archive, or its refusal.</param>
    /// <param name="request">The request, which names the part.</param>
    /// <returns>The plan of the part. Callers must have verified the link, because a refusal discloses the number of entries.</returns>
    public static PlanResult Plan(PlanResult result, DownloadRequest request)
    {
        if (!request.IsForPart || result.Plan is not { } whole)
        {
            return result;
        }

        if (request.List is { } list && list != EntryListDigest.Of(whole.Objects))
        {
            return new Rejection(RejectionReason.ListChanged);
        }

        return request.File is { } number ? PlanFile(whole, number) : PlanSelection(whole, request.Files!);
    }

    private static PlanResult PlanSelection(DownloadPlan whole, IReadOnlyList<string?> files)
    {
        if (files.All(string.IsNullOrEmpty))
        {
            return new Rejection(RejectionReason.SelectionEmpty);
        }

        if (!FileSelection.TryParse(files, out var selection))
        {
            return new Rejection(RejectionReason.SelectionMalformed);
        }

        var count = whole.Objects.Count;
        if (selection.Last > count)
        {
            return new Rejection(RejectionReason.SelectionOutOfRange) { EntryCount = count, Detail = $"an entry after the last one, which is {count}" };
        }

        if (selection.Count == count)
        {
            return whole;
        }

        var text = selection.ToString();
        var suffix = Convert.ToHexStringLower(XxHash3.Hash(Encoding.ASCII.GetBytes(text)));
        return whole with
        {
            Whole = whole.Manifest,
            Manifest = Select(whole, selection.Of(whole.Objects), suffix, withChecksumFile: true),
            Selection = text,
        };
    }

    private static PlanResult PlanFile(DownloadPlan whole, string number)
    {
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index < 1
            || whole.Objects.ElementAtOrDefault(index - 1) is not { Entry.IsFolder: false } planned)
        {
            return new Rejection(RejectionReason.FileNotFound) { Detail = "no file of the archive has the number in the address" };
        }

        if (whole.ZipOptions.Encrypts)
        {
            return new Rejection(RejectionReason.FileEncrypted);
        }

        // The file is planned as the only, uncompressed entry of an archive. Its bytes are a range of that archive, so they are read, verified and resumed like
        // an archive.
        var entry = planned.Entry.AsStored();
        var manifest = Select(whole, [planned with { Entry = entry }], string.Create(CultureInfo.InvariantCulture, $"f{index}"), withChecksumFile: false);
        return whole with
        {
            Whole = whole.Manifest,
            Manifest = manifest,
            File = new PlannedFile(entry, manifest.Layout.ExtentOf(entry, 0, manifest.Layout.DirectoryOffset)),
            Callback = null,
        };
    }

    private static ArchiveManifest Select(DownloadPlan whole, IEnumerable<PlannedObject> selected, string suffix, bool withChecksumFile)
    {
        var manifest = new ManifestBuilder(whole.ZipOptions);
        using var etag = new ArchiveETagBuilder();
        PlannedObject? report = null;
        var (requested, checksumFileSize) = (0, 0L);
        foreach (var planned in selected)
        {
            etag.Add(planned);
            checksumFileSize += ChecksumFile.LineLength(planned.Entry);
            if (planned.Content is { Length: > 0 })
            {
                report = planned; // the report is always the last entry
                continue;
            }

            manifest.Add(planned);
            requested += planned.Content is null ? 1 : 0;
        }

        var checksumFile = withChecksumFile && checksumFileSize > 0 && whole.ChecksumFile is { } ofWhole
            ? ChecksumFile.Plan(ofWhole.Entry.Name, checksumFileSize)
            : null;
        if (checksumFile is not null)
        {
            etag.Add(checksumFile);
        }

        var validator = whole.ETag is { } known ? $"{known[..^1]}{Separator}{suffix}\"" : etag.Create();
        return manifest.Build(whole.Manifest.Key, report, checksumFile, new ObjectCounts(requested, 0, 0), validator, whole.Manifest.PlannedAt);
    }
}
