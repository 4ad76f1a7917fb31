using Egress.Records;
using Egress.Storage;

namespace Egress.Downloads;

/// <summary>Turns the items of a record into single objects: lists prefixes, names entries, applies the extension lists and the count.</summary>
internal sealed class RecordExpansion(IObjectStorage storage, DownloadOptions options)
{
    private readonly ExtensionFilter _filter = new(options);

    /// <summary>Finds the objects of a record, in its order.</summary>
    /// <returns>The objects, or the refusal.</returns>
    /// <exception cref="BackendException">A prefix could not be listed.</exception>
    public async ValueTask<(CandidateList Objects, Rejection? Rejection)> ExpandAsync(
        DownloadRecord record, CancellationToken cancellationToken)
    {
        var objects = new CandidateList();
        var filtered = 0;
        await foreach (var candidate in CandidatesAsync(record, cancellationToken).ConfigureAwait(false))
        {
            if (!_filter.Allows(candidate.Location.Key, candidate.WantedName))
            {
                filtered++;
                continue;
            }

            objects.Add(candidate);
            if (options.MaxFilesPerRequest > 0 && objects.Count > options.MaxFilesPerRequest)
            {
                return (objects, new Rejection(RejectionReason.TooManyFiles)
                {
                    Detail = $"more than {options.MaxFilesPerRequest} objects (MAX_FILES_PER_REQUEST)",
                });
            }
        }

        return (objects, objects.Count > 0 ? null : Nothing(record, filtered));
    }

    private static Rejection Nothing(DownloadRecord record, int filtered) => (filtered, record.Objects.Count) switch
    {
        ( > 0, _) => new(RejectionReason.EveryFileFiltered) { Detail = $"the extension lists leave none of {filtered} objects" },
        (_, 0) => new(RejectionReason.RecordEmpty) { Detail = "the record's objects are empty" },
        _ => new(RejectionReason.ObjectMissing) { Detail = "no object has one of the record's prefixes" },
    };

    private async IAsyncEnumerable<Candidate> CandidatesAsync(
        DownloadRecord record, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var item in record.Objects)
        {
            var bucket = item.Bucket ?? record.Bucket;
            switch (item)
            {
                case ObjectItem single:
                    yield return Named(single, bucket);
                    break;
                case PrefixItem group:
                    var listing = storage.ListAsync(new ObjectPrefix(bucket, group.Prefix), cancellationToken);
                    await foreach (var found in listing.ConfigureAwait(false))
                    {
                        // A key that ends with a slash is the folder marker that some tools leave behind.
                        if (!found.Location.Key.EndsWith('/'))
                        {
                            yield return new Candidate(found.Location, NameUnder(group, found.Location.Key)).With(found);
                        }
                    }

                    break;
                default:
                    throw new InvalidOperationException($"A record item of type {item.GetType()} is not known here.");
            }
        }
    }

    private Candidate Named(ObjectItem item, string bucket)
    {
        var name = item.Name
            ?? (options.EntryNames == EntryNameStyle.Path ? item.Key : item.Key[(item.Key.TrimEnd('/').LastIndexOf('/') + 1)..]);
        return new Candidate(new ObjectLocation(bucket, item.Key), name)
        {
            Size = item.Size,
            Crc32 = item.Crc32,
            Modified = item.Modified,
        };
    }

    /// <summary>The path below the prefix's last folder, so that <c>photos/20</c> gives <c>2024/a.jpg</c>; put into the item's own folder.</summary>
    private static string NameUnder(PrefixItem item, string key)
    {
        var relative = key[(item.Prefix.LastIndexOf('/') + 1)..];
        return string.IsNullOrEmpty(item.Name) ? relative : $"{item.Name.TrimEnd('/')}/{relative}";
    }
}
