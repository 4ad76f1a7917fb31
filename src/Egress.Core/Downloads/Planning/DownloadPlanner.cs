using System.Text;
using Egress.Backends;
using Egress.Downloads.Manifests;
using Egress.Downloads.Manifests.Caching;
using Egress.Downloads.Streaming;
using Egress.Limits;
using Egress.Records;
using Egress.Signing;
using Egress.Storage;
using Egress.Zip;

namespace Egress.Downloads.Planning;

/// <summary>Plans a download before its first byte, or refuses it. Safe for concurrent use.</summary>
internal sealed class DownloadPlanner(
    LinkSigner links, IRecordStore records, IObjectStorage storage, ManifestCache manifests, ProcessLimits limits, DownloadOptions options,
    TimeProvider time)
{
    /// <summary>The largest number of items in a record that is planned without waiting for other plans.</summary>
    private const int LargestSmall = 1000;

    private readonly WeightedGate _gate = storage.IsRemote ? limits.RemotePlans : limits.LocalPlans;
    private readonly ObjectLookup _lookup = new(storage, options, limits.Workers);

    /// <summary>Verifies the link, finds the record and plans its archive.</summary>
    /// <param name="request">The parts of the link.</param>
    /// <param name="cancellationToken">Canceled when the client disconnects, a time limit passes (<see cref="DownloadLifetime"/>), or the process
    /// shuts down.</param>
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
            return await FindAndPlanAsync(request, now, isForResumeOnly, cancellationToken);
        }
        catch (BackendException fault)
        {
            return Rejection.From(fault);
        }
    }

    /// <summary>Plans the archive of a record that has no link yet.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Cancels the planning.</param>
    public async ValueTask<PlanResult> PlanAsync(DownloadRecord record, CancellationToken cancellationToken)
    {
        try
        {
            return await PlanRecordAsync(record, new([]), time.GetUtcNow(), isForResumeOnly: false, cancellationToken);
        }
        catch (BackendException fault)
        {
            return Rejection.From(fault);
        }
    }

    /// <summary>Plans the archive of a stored record without verifying a link.</summary>
    /// <param name="recordId">Id of the record.</param>
    /// <param name="etag">Validator of the requested archive, which is used if its manifest still exists; null for the current archive.</param>
    /// <param name="cancellationToken">Cancels the planning.</param>
    public async ValueTask<PlanResult> PlanAsync(string recordId, string? etag, CancellationToken cancellationToken)
    {
        try
        {
            return await records.FindAsync(recordId, cancellationToken) switch
            {
                null => new Rejection(RejectionReason.RecordNotFound),
                { Link.IsRevoked: true } => new Rejection(RejectionReason.LinkRevoked),
                var record => await PlanRecordAsync(
                    record, new(etag is null ? [] : [etag]), time.GetUtcNow(), isForResumeOnly: false, cancellationToken),
            };
        }
        catch (BackendException fault)
        {
            return Rejection.From(fault);
        }
    }

    private async ValueTask<PlanResult> FindAndPlanAsync(
        DownloadRequest request, DateTimeOffset arrived, bool isForResumeOnly, CancellationToken cancellationToken) =>
        await records.FindAsync(request.Id, cancellationToken) switch
        {
            null => new Rejection(RejectionReason.RecordNotFound),
            { Link.IsRevoked: true } => new Rejection(RejectionReason.LinkRevoked),
            var record => PartPlanner.Plan(
                await PlanRecordAsync(record, new(PartPlanner.WholeETags(request), request.MustPlan), arrived, isForResumeOnly, cancellationToken), request),
        };

    private async ValueTask<PlanResult> PlanRecordAsync(
        DownloadRecord record, WantedManifest wanted, DateTimeOffset arrived, bool isForResumeOnly, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(record.Password) && !options.AllowPasswordProtected)
        {
            return new Rejection(RejectionReason.PasswordNotAllowed) { Detail = "the record has a password and ALLOW_PASSWORD_PROTECTED is off" };
        }

        if (record.HasMoreObjects)
        {
            return new Rejection(RejectionReason.TooManyFiles) { Detail = $"more than {options.MaxFilesPerRequest} objects (MAX_FILES_PER_REQUEST)" };
        }

        var zip = new ZipOptions
        {
            CompressionLevel = options.CompressionLevel,
            Password = record.Password,
            BufferSize = options.StreamBufferSize,
            Limits = limits,
        };
        var result = await manifests.GetAsync(record, wanted, zip, (key, token) => PlanManifestAsync(key, record, zip, token), cancellationToken);
        return result.Manifest is { } manifest
            ? new DownloadPlan
            {
                RecordId = record.Id,
                ArchiveName = ArchiveName.Build(record.Name, options.SanitizeFilenames, options.AppendDate ? Today() : null),
                Manifest = manifest,
                IsReused = !wanted.IsAnew && (manifest.IsStored || manifest.PlannedAt < arrived),
                HasPlanned = result.IsOwn,
                ZipOptions = zip,
                IsForResumeOnly = isForResumeOnly,
                Link = record.Link,
                CustomHeaders = record.CustomHeaders,
                Callback = record.Callback,
            }
            : result.Rejection!;
    }

    private async Task<ManifestResult> PlanManifestAsync(ManifestKey key, DownloadRecord record, ZipOptions zip, CancellationToken cancellationToken)
    {
        try
        {
            using var pass = record.Objects.Count > LargestSmall ? await _gate.EnterAsync(record.Objects.Count, cancellationToken) : null;
            var expansion = new RecordExpansion(record, storage, options);
            using var builder = new PlanBuilder(options, zip, hasChecksumFile: record.ChecksumFile ?? options.ChecksumFile);
            await foreach (var batch in _lookup.CompleteAsync(expansion, cancellationToken))
            {
                foreach (var candidate in batch)
                {
                    builder.Add(candidate);
                }
            }

            return (expansion.Refuse() ?? builder.Refuse()) is { } refused ? refused : builder.End(key, time.GetUtcNow());
        }
        catch (EncoderFallbackException e)
        {
            throw new BackendException(Backend.Storage, BackendFault.Malformed, $"A listing for the record '{record.Id}' has a key that is not Unicode.", e);
        }
        catch (OverflowException e)
        {
            throw new BackendException(
                Backend.Database, BackendFault.Malformed, $"The sizes that the record '{record.Id}' declares add up to more than an archive can hold.", e);
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

    private DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
}
