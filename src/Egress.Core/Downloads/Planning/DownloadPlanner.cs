using System.Text;
using Egress.Backends;
using Egress.Downloads.Streaming;
using Egress.Limits;
using Egress.Records;
using Egress.Signing;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads.Planning;

/// <summary>Decides everything about a download before its first byte: every refusal is made here. Safe for concurrent use.</summary>
internal sealed class DownloadPlanner(
    LinkSigner links, IRecordStore records, IObjectStorage storage, ProcessLimits limits, DownloadOptions options, TimeProvider time)
{
    private readonly ObjectLookup _lookup = new(storage, options, limits.Workers);

    /// <summary>Verifies the link, finds the record and plans its archive.</summary>
    /// <param name="request">What the link carries.</param>
    /// <param name="cancellationToken">The client left, its time is over (<see cref="DownloadLifetime"/>), or the process goes down.</param>
    public async ValueTask<PlanResult> PlanAsync(DownloadRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var link = links.Verify(request.Id, request.Expiry, request.Signature, now);
        var isForResumeOnly = request.IsResume && links.IsInResumeGrace(link, request.Signature, now);
        if (!isForResumeOnly && Refuse(link.Verdict) is { } refused)
        {
            return link.Verdict == LinkVerdict.SignatureWrong
                ? refused with { Detail = links.Explain(request.Id, request.Expiry, request.Signature!) }
                : refused;
        }

        try
        {
            return await PlanRecordAsync(request.Id, isForResumeOnly, cancellationToken);
        }
        catch (BackendException fault)
        {
            return Rejection.From(fault);
        }
    }

    private async ValueTask<PlanResult> PlanRecordAsync(string id, bool isForResumeOnly, CancellationToken cancellationToken)
    {
        if (await records.FindAsync(id, cancellationToken) is not { } record)
        {
            return new Rejection(RejectionReason.RecordNotFound);
        }

        if (!string.IsNullOrEmpty(record.Password) && !options.AllowPasswordProtected)
        {
            return new Rejection(RejectionReason.PasswordNotAllowed) { Detail = "the record has a password and ALLOW_PASSWORD_PROTECTED is off" };
        }

        if (record.HasMoreObjects)
        {
            return new Rejection(RejectionReason.TooManyFiles) { Detail = $"more than {options.MaxFilesPerRequest} objects (MAX_FILES_PER_REQUEST)" };
        }

        try
        {
            return await PlanObjectsAsync(record, isForResumeOnly, cancellationToken);
        }
        catch (EncoderFallbackException e)
        {
            throw new BackendException(Backend.Storage, BackendFault.Malformed, $"A listing for the record '{id}' has a key that is not Unicode.", e);
        }
    }

    private async ValueTask<PlanResult> PlanObjectsAsync(DownloadRecord record, bool isForResumeOnly, CancellationToken cancellationToken)
    {
        var zip = new ZipOptions
        {
            CompressionLevel = options.CompressionLevel,
            Password = record.Password,
            BufferSize = options.StreamBufferSize,
            Limits = limits,
        };
        var expansion = new RecordExpansion(record, storage, options);
        using var builder = new PlanBuilder(options, zip);
        await foreach (var batch in _lookup.CompleteAsync(expansion, cancellationToken))
        {
            foreach (var candidate in batch)
            {
                builder.Add(candidate);
            }
        }

        if ((expansion.Refuse() ?? builder.Refuse()) is { } refused)
        {
            return refused;
        }

        try
        {
            return Plan(record, builder, zip, isForResumeOnly);
        }
        catch (OverflowException e)
        {
            throw new BackendException(
                Backend.Database, BackendFault.Malformed, $"The sizes that the record '{record.Id}' declares come to more than an archive can hold.", e);
        }
    }

    private static Rejection? Refuse(LinkVerdict verdict) => verdict switch
    {
        LinkVerdict.Valid => null,
        LinkVerdict.SignatureMissing => new(RejectionReason.SignatureRequired),
        LinkVerdict.SignatureWrong => new(RejectionReason.SignatureInvalid),
        LinkVerdict.SignatureWithoutSecret => new(RejectionReason.SignatureInvalid) { Detail = "a signature, but no SIGNING_SECRET is set" },
        LinkVerdict.IdAmbiguous => new(RejectionReason.SignatureInvalid) { Detail = "an id that contains | cannot be signed" },
        LinkVerdict.ExpiryMissing => new(RejectionReason.ExpiryRequired),
        LinkVerdict.ExpiryMalformed => new(RejectionReason.ExpiryMalformed),
        LinkVerdict.ExpiryInMilliseconds => new(RejectionReason.ExpiryMalformed) { Detail = "the expiry is in milliseconds; it must be in seconds" },
        LinkVerdict.ExpiryTooFar => new(RejectionReason.ExpiryTooFar) { Detail = "further away than MAX_LINK_LIFETIME" },
        LinkVerdict.Expired => new(RejectionReason.LinkExpired),
    };

    private DownloadPlan Plan(DownloadRecord record, PlanBuilder builder, ZipOptions zip, bool isForResumeOnly)
    {
        var (objects, layout, etag) = builder.End();
        return new DownloadPlan
        {
            RecordId = record.Id,
            ArchiveName = ArchiveName.Build(record.Name, options.SanitizeFilenames, options.AppendDate ? Today() : null),
            Objects = objects,
            ZipOptions = zip,
            Layout = layout,
            ETag = etag,
            IsForResumeOnly = isForResumeOnly,
            CustomHeaders = record.CustomHeaders,
            Callback = record.Callback,
            RequestedCount = builder.Count,
            MissingCount = builder.MissingCount,
            UnavailableCount = builder.UnavailableCount,
        };
    }

    private DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
