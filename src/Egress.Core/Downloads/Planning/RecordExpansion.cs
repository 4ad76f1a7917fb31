using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Records;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>Turns the items of a record into single objects: lists prefixes, names entries, applies the extension lists and the count.</summary>
/// <param name="record">The record.</param>
/// <param name="storage">Lists prefixes.</param>
/// <param name="options">The lists and the count.</param>
internal sealed class RecordExpansion(DownloadRecord record, IObjectStorage storage, DownloadOptions options)
{
    private readonly ExtensionFilter _filter = new(options);
    private int _found;
    private int _filtered;

    private bool HasTooMany => options.MaxFilesPerRequest > 0 && _found > options.MaxFilesPerRequest;

    /// <summary>Why there will be no archive; null when nothing speaks against it. Asked once all was found.</summary>
    public Rejection? Refuse()
    {
        if (HasTooMany)
        {
            return new(RejectionReason.TooManyFiles) { Detail = $"more than {options.MaxFilesPerRequest} objects (MAX_FILES_PER_REQUEST)" };
        }

        return (_found, _filtered, record.Objects.Count) switch
        {
            ( > 0, _, _) => null,
            (_, > 0, _) => new(RejectionReason.EveryFileFiltered) { Detail = $"the extension lists leave none of {_filtered} objects" },
            (_, _, 0) => new(RejectionReason.RecordEmpty) { Detail = "the record's objects are empty" },
            _ => new(RejectionReason.ObjectMissing) { Detail = "no object has one of the record's prefixes" },
        };
    }

    /// <summary>Finds the objects of the record, in its order, and ends where there are too many. Called once.</summary>
    /// <exception cref="BackendException">A prefix could not be listed.</exception>
    public async IAsyncEnumerable<Candidate> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var candidate in CandidatesAsync(cancellationToken))
        {
            if (!_filter.Allows(candidate.Location.Key, candidate.WantedName))
            {
                _filtered++;
                continue;
            }

            _found++;
            if (HasTooMany)
            {
                yield break;
            }

            yield return candidate;
        }
    }

    private async IAsyncEnumerable<Candidate> CandidatesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
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
                    await foreach (var found in listing)
                    {
                        // An empty object whose key ends with a slash is a marker of a folder. One with data is a file.
                        if (found.Size > 0 || !found.Location.Key.EndsWith('/'))
                        {
                            yield return Named(group, found);
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
            ?? ObjectKey.Readable(
                options.EntryNames == EntryNameStyle.Path ? item.Key : item.Key[(item.Key.TrimEnd('/').LastIndexOf('/') + 1)..]);
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
        var relative = ObjectKey.Readable(found.Location.Key[(item.Prefix.LastIndexOf('/') + 1)..]);
        var name = string.IsNullOrEmpty(item.Name) ? relative : $"{item.Name.TrimEnd('/')}/{relative}";
        return new Candidate(found.Location, name).With(found);
    }
}
