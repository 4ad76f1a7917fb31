using System.Runtime.CompilerServices;
using Egress.Records;
using Egress.Storage;

namespace Egress.Downloads;

/// <summary>Turns the items of a record into single objects: lists prefixes, names entries, applies the extension lists and the count.</summary>
/// <param name="record">The record.</param>
/// <param name="storage">Lists prefixes.</param>
/// <param name="options">The lists and the count.</param>
internal sealed class RecordExpansion(DownloadRecord record, IObjectStorage storage, DownloadOptions options)
{
    private readonly ExtensionFilter _filter = new(options);
    private int _found;
    private int _filtered;

    /// <summary>Why there will be no archive; null when nothing speaks against it. Asked once all was found.</summary>
    public Rejection? Refuse() => (_found, _filtered, record.Objects.Count) switch
    {
        _ when HasTooMany => new(RejectionReason.TooManyFiles) { Detail = $"more than {options.MaxFilesPerRequest} objects (MAX_FILES_PER_REQUEST)" },
        ( > 0, _, _) => null,
        (_, > 0, _) => new(RejectionReason.EveryFileFiltered) { Detail = $"the extension lists leave none of {_filtered} objects" },
        (_, _, 0) => new(RejectionReason.RecordEmpty) { Detail = "the record's objects are empty" },
        _ => new(RejectionReason.ObjectMissing) { Detail = "no object has one of the record's prefixes" },
    };

    private bool HasTooMany => options.MaxFilesPerRequest > 0 && _found > options.MaxFilesPerRequest;

    /// <summary>Finds the objects of the record, in its order, and ends where there are too many. Called once.</summary>
    /// <exception cref="BackendException">A prefix could not be listed.</exception>
    public async IAsyncEnumerable<Candidate> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var item in record.Objects)
        {
            var bucket = item.Bucket ?? record.Bucket;
            switch (item)
            {
                case ObjectItem single:
                    if (Named(single, bucket) is var named && Takes(named))
                    {
                        yield return named;
                    }

                    break;
                case PrefixItem group:
                    var listing = storage.ListAsync(new ObjectPrefix(bucket, group.Prefix), cancellationToken);
                    await foreach (var found in listing.ConfigureAwait(false))
                    {
                        // A key that ends with a slash is the folder marker that some tools leave behind.
                        if (!found.Location.Key.EndsWith('/') && Named(group, found) is var listed && Takes(listed))
                        {
                            yield return listed;
                        }

                        if (HasTooMany)
                        {
                            yield break;
                        }
                    }

                    break;
                default:
                    throw new InvalidOperationException($"A record item of type {item.GetType()} is not known here.");
            }

            if (HasTooMany)
            {
                yield break;
            }
        }
    }

    private bool Takes(in Candidate candidate)
    {
        var isAllowed = _filter.Allows(candidate.Location.Key, candidate.WantedName);
        _found += isAllowed ? 1 : 0;
        _filtered += isAllowed ? 0 : 1;
        return isAllowed && !HasTooMany;
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
    private static Candidate Named(PrefixItem item, ObjectProperties found)
    {
        var relative = found.Location.Key[(item.Prefix.LastIndexOf('/') + 1)..];
        var name = string.IsNullOrEmpty(item.Name) ? relative : $"{item.Name.TrimEnd('/')}/{relative}";
        return new Candidate(found.Location, name).With(found);
    }
}
