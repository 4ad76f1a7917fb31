using Egress.Backends;
using Egress.Downloads;
using Egress.Downloads.Planning;
using Egress.Links.Keys;
using Egress.Records;
using Egress.Records.Links;
using Egress.Storage;

namespace Egress.Links;

/// <summary>Creates links. Looks up the objects as a download does, and stores the record and the link. Safe for concurrent use.</summary>
internal sealed class LinkCreator(ILinkStore links, DownloadPlanner planner, TimeProvider time)
{
    /// <summary>Creates a link.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels look-ups and storing.</param>
    public async Task<LinkResult> CreateAsync(LinkRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (FindOutOfScope(request) is { } outOfScope)
            {
                return new LinkResult.OutOfScope(outOfScope);
            }

            if (request.IdempotencyKey is { } key && await links.FindRepeatedAsync(key, cancellationToken) is { } earlier)
            {
                return Repeat(earlier, request);
            }

            var (summary, refused) = await SummarizeAsync(request, cancellationToken);
            return refused ?? await StoreAsync(request, summary!, cancellationToken);
        }
        catch (BackendException fault) when (fault is { Fault: BackendFault.Malformed, IdRefusal: { } refusal })
        {
            return new LinkResult.Invalid([new FieldError("id", refusal)]);
        }
        catch (BackendException fault)
        {
            return new LinkResult.Refused(Rejection.From(fault));
        }
    }

    private async Task<LinkResult> StoreAsync(LinkRequest request, LinkSummary summary, CancellationToken cancellationToken)
    {
        var stored = await links.CreateAsync(
            new NewLink(request.Record, request.Key.Name)
            {
                ExpiresAt = request.ExpiresAt,
                MaxDownloads = request.MaxDownloads,
                Summary = summary.Write(),
                IdempotencyKey = request.IdempotencyKey,
                BodyDigest = request.BodyDigest,
            },
            cancellationToken);
        return stored switch
        {
            { Created: { } created } => new LinkResult.Created(created, summary, IsRepeated: false),
            { Repeated: { } earlier } => Repeat(earlier, request),
            _ => new LinkResult.IdExists(),
        };
    }

    /// <summary>
    /// Returns the link that an earlier request with the same idempotency key created. Refuses if that link no longer works, because the caller needs
    /// a working link.
    /// </summary>
    private LinkResult Repeat(LinkEntry earlier, LinkRequest request) =>
        !string.Equals(earlier.BodyDigest, request.BodyDigest, StringComparison.Ordinal) || earlier.Summary is not { } summary ? new LinkResult.RepetitionDiffers()
        : earlier.RevokedAt is not null ? new LinkResult.Refused(new Rejection(RejectionReason.LinkRevoked))
        : earlier.ExpiresAt < time.GetUtcNow() ? new LinkResult.Refused(new Rejection(RejectionReason.LinkExpired))
        : new LinkResult.Created(earlier, LinkSummary.Read(summary), IsRepeated: true);

    private static FieldError? FindOutOfScope(LinkRequest request)
    {
        if (!request.Key.IsBound)
        {
            return null;
        }

        foreach (var (index, item) in request.Record.Objects.Index())
        {
            if (!IsInScope(request.Key, item, item.Bucket ?? request.Record.Bucket))
            {
                return new FieldError($"objects[{index}]", "is not in a bucket or under a prefix of this key");
            }
        }

        return null;
    }

    private static bool IsInScope(ApiKey key, RecordItem item, string bucket) => item switch
    {
        ObjectItem single => key.Allows(bucket, single.Key),
        PrefixItem group => key.Allows(bucket, group.Prefix),
        FolderItem => true,
        _ => false,
    };

    private async Task<(LinkSummary? Summary, LinkResult? Refused)> SummarizeAsync(LinkRequest request, CancellationToken cancellationToken)
    {
        if (!request.Check)
        {
            var hasPrefix = request.Record.Objects.Any(static item => item is PrefixItem);
            return (LinkSummary.Unchecked(hasPrefix ? null : request.Record.Objects.Count(static item => item is ObjectItem)), null);
        }

        var result = await planner.PlanAsync(request.Record, cancellationToken);
        return result.Plan is { } plan ? (LinkSummary.Of(plan), null) : (null, Explain(result.Rejection!, request.Record));
    }

    /// <summary>Returns the fields of the request because of which a download would be refused.</summary>
    private static LinkResult Explain(Rejection rejection, DownloadRecord record)
    {
        var (field, message) = rejection.Reason switch
        {
            RejectionReason.PasswordNotAllowed => ("password", "is not allowed on this server (ALLOW_PASSWORD_PROTECTED)"),
            RejectionReason.TooManyFiles => ("objects", "name more files than this server allows in one archive (MAX_FILES_PER_REQUEST)"),
            RejectionReason.EveryFileFiltered => ("objects", "name no file with an extension that this server allows"),
            RejectionReason.RecordEmpty => ("objects", "name no file"),
            RejectionReason.ObjectMissing => ("objects", "does not exist"),
            RejectionReason.ObjectUnavailable => ("objects", "cannot be read now: it is archived, or encrypted with a key that this server does not have"),
            RejectionReason.ObjectTooLarge => ("objects", "is larger than this server allows (MAX_FILE_SIZE)"),
            _ => ("", ""),
        };
        return field.Length == 0 ? new LinkResult.Refused(rejection)
            : rejection.Objects.Count > 0 ? new LinkResult.Invalid([.. Places(record, rejection.Objects).Select(place => new FieldError(place, message))])
            : new LinkResult.Invalid([new FieldError(field, rejection.Reason == RejectionReason.ObjectMissing ? "name only prefixes without objects" : message)]);
    }

    /// <summary>Returns the fields that name the given objects (<c>objects[3]</c>); only <c>objects</c> if a prefix names them.</summary>
    private static List<string> Places(DownloadRecord record, IReadOnlyList<ObjectLocation> objects)
    {
        var wanted = objects.ToHashSet();
        var places = record.Objects.Index()
            .Where(item => item.Item is ObjectItem single && wanted.Contains(new ObjectLocation(single.Bucket ?? record.Bucket, single.Key)))
            .Select(static item => $"objects[{item.Index}]")
            .Take(objects.Count)
            .ToList();
        return places.Count > 0 ? places : ["objects"];
    }
}
