using System.Text;
using Egress.Records;
using Egress.Signing;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads;

/// <summary>Decides everything about a download before its first byte: every refusal is made here. Safe for concurrent use.</summary>
public sealed class DownloadPlanner(
    LinkSigner links, IRecordStore records, IObjectStorage storage, DownloadOptions options, TimeProvider time)
{
    private readonly RecordExpansion _expansion = new(storage, options);
    private readonly ObjectLookup _lookup = new(storage, options);

    /// <summary>Verifies the link, finds the record and plans its archive.</summary>
    /// <param name="request">What the link carries.</param>
    /// <param name="cancellationToken">The client left, its time is over (<see cref="TransferWatch"/>), or the process goes down.</param>
    public async ValueTask<PlanResult> PlanAsync(DownloadRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var link = links.Verify(request.Id, request.Expiry, request.Signature, now);
        var isForResumeOnly = request.IsResume && links.IsInResumeGrace(link, request.Signature, now);
        if (!isForResumeOnly && Refuse(link.Verdict) is { } refused)
        {
            return refused;
        }

        try
        {
            return await PlanRecordAsync(request.Id, isForResumeOnly, cancellationToken).ConfigureAwait(false);
        }
        catch (BackendException fault)
        {
            return Rejection.From(fault);
        }
    }

    private async ValueTask<PlanResult> PlanRecordAsync(string id, bool isForResumeOnly, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(id, cancellationToken).ConfigureAwait(false) is not { } record)
        {
            return new Rejection(RejectionReason.RecordNotFound);
        }

        if (!string.IsNullOrEmpty(record.Password) && !options.AllowPasswordProtected)
        {
            return new Rejection(RejectionReason.PasswordNotAllowed) { Detail = "the record has a password and ALLOW_PASSWORD_PROTECTED is off" };
        }

        var (objects, rejection) = await _expansion.ExpandAsync(record, cancellationToken).ConfigureAwait(false);
        if (rejection is not null)
        {
            return rejection;
        }

        var missing = await _lookup.CompleteAsync(objects, cancellationToken).ConfigureAwait(false);
        return (RefuseMissing(objects, missing) ?? RefuseSize(objects)) is { } refused ? refused : Plan(record, objects, missing, isForResumeOnly);
    }

    private static Rejection? Refuse(LinkVerdict verdict) => verdict switch
    {
        LinkVerdict.Valid => null,
        LinkVerdict.SignatureMissing => new(RejectionReason.SignatureRequired),
        LinkVerdict.SignatureWrong => new(RejectionReason.SignatureInvalid),
        LinkVerdict.SignatureWithoutSecret => new(RejectionReason.SignatureInvalid) { Detail = "a signature, but no SIGNING_SECRET is set" },
        LinkVerdict.ExpiryMissing => new(RejectionReason.ExpiryRequired),
        LinkVerdict.ExpiryMalformed => new(RejectionReason.ExpiryMalformed),
        LinkVerdict.ExpiryTooFar => new(RejectionReason.ExpiryTooFar) { Detail = "further away than MAX_LINK_LIFETIME" },
        LinkVerdict.Expired => new(RejectionReason.LinkExpired),
        _ => throw new InvalidOperationException($"The verdict {verdict} is not known here."),
    };

    private Rejection? RefuseMissing(CandidateList objects, IReadOnlyList<int> missing)
    {
        if (missing.Count == 0 || (options.IgnoreMissing && missing.Count < objects.Count))
        {
            return null;
        }

        var first = objects[missing[0]].Location;
        return new Rejection(RejectionReason.ObjectMissing)
        {
            Detail = $"{missing.Count} of {objects.Count} objects do not exist, first '{first.Key}' in '{first.Bucket}'",
        };
    }

    private Rejection? RefuseSize(CandidateList objects)
    {
        var tooLarge = options.MaxFileSize == 0 ? default : objects.FirstOrDefault(o => o.Size > options.MaxFileSize);
        return tooLarge.Size is null ? null : new Rejection(RejectionReason.ObjectTooLarge)
        {
            Detail = $"'{tooLarge.Location.Key}' has {tooLarge.Size} bytes, allowed are {options.MaxFileSize} (MAX_FILE_SIZE)",
        };
    }

    private DownloadPlan Plan(DownloadRecord record, CandidateList objects, IReadOnlyList<int> missing, bool isForResumeOnly)
    {
        var zip = new ZipOptions
        {
            CompressionLevel = options.CompressionLevel,
            Password = record.Password,
            BufferSize = options.StreamBufferSize,
        };
        var (planned, layout, etag) = Draft(record.Id, PlanObjects(objects, missing), zip, objects.Count + 1);
        return new DownloadPlan
        {
            RecordId = record.Id,
            ArchiveName = ArchiveName.Build(record.Name, options.SanitizeFilenames, options.AppendDate ? Today() : null),
            Objects = planned,
            ZipOptions = zip,
            Layout = layout,
            ETag = etag,
            IsForResumeOnly = isForResumeOnly,
            CustomHeaders = record.CustomHeaders,
            Callback = record.Callback,
            MissingCount = missing.Count,
        };
    }

    private IEnumerable<PlannedObject> PlanObjects(CandidateList objects, IReadOnlyList<int> missing)
    {
        var names = new UniqueEntryNames(objects.Count);
        var nextMissing = 0;
        for (var i = 0; i < objects.Count; i++)
        {
            if (nextMissing < missing.Count && missing[nextMissing] == i)
            {
                nextMissing++;
                continue;
            }

            yield return Planned(objects[i], names);
        }

        if (options.ReportMissing && missing.Count > 0)
        {
            yield return MissingReport.Create(missing.Select(i => objects[i].WantedName), names);
        }
    }

    private static (PackedObjects Objects, ArchiveLayout Layout, string? ETag) Draft(
        string id, IEnumerable<PlannedObject> objects, ZipOptions zip, int mostObjects)
    {
        using var draft = new PlanDraft(zip, mostObjects);
        try
        {
            foreach (var planned in objects)
            {
                draft.Add(planned);
            }

            return draft.End();
        }
        catch (EncoderFallbackException e)
        {
            throw new BackendException(Backend.Storage, BackendFault.Malformed, $"A listing for the record '{id}' has a key that is not Unicode.", e);
        }
        catch (OverflowException e)
        {
            throw new BackendException(
                Backend.Database, BackendFault.Malformed, $"The sizes that the record '{id}' declares come to more than an archive can hold.", e);
        }
    }

    private PlannedObject Planned(in Candidate candidate, UniqueEntryNames names)
    {
        var size = candidate.Size ?? throw new InvalidOperationException("An object is planned before it was looked up.");
        var name = names.Reserve(EntryNames.MakeSafe(candidate.WantedName));
        var entry = new ZipEntry
        {
            Name = name,
            Method = options.CompressionLevel == 0 || size == 0 || CompressedTypes.IsCompressed(name, candidate.ContentType)
                ? ZipMethod.Stored
                : ZipMethod.Deflate,
            Size = size,
            Crc32 = candidate.Crc32,
            StoredCrc32 = candidate.StoredCrc32,
            Modified = options.PreserveFileMetadata ? candidate.Modified : null,
        };
        return new PlannedObject(candidate.Location, entry, size, candidate.ETag);
    }

    private DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
