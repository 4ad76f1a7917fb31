using System.Runtime.CompilerServices;
using Egress.Backends;
using Egress.Records;
using Egress.Storage;

namespace Egress.Downloads.Planning;

/// <summary>
/// Turns the items of a record into candidates: lists prefixes, names entries, and applies the extension lists and the limit on the number of files.
/// </summary>
/// <param name="record">The record.</param>
/// <param name="storage">The storage, which lists prefixes.</param>
/// <param name="options">The extension lists and the limit.</param>
internal sealed class RecordExpansion(DownloadRecord record, IObjectStorage storage, DownloadOptions options)
{
    private readonly ExtensionFilter _filter = new(options);
    private int _found;
    private int _filtered;

    /// <summary>Whether more candidates were found than an archive may have.</summary>
    public bool HasTooMany => IsTooMany(_found);

    /// <summary>Returns the refusal of the record; null if an archive can be planned. Called after all candidates were found.</summary>
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

    /// <summary>Returns only those candidates of <see cref="FindAsync"/> that the record names one by one.</summary>
    public IEnumerable<Candidate> NamedObjects() => record.Objects.OfType<ObjectItem>().Select(Named).Where(Allows);

    /// <summary>Whether the number of entries exceeds the limit.</summary>
    public bool IsTooMany(int count) => options.MaxFilesPerRequest > 0 && count > options.MaxFilesPerRequest;

    /// <summary>Returns the candidates of the record, in its order. Stops when there are too many. Called once.</summary>
    /// <exception cref="BackendException">A prefix could not be listed.</exception>
    public async IAsyncEnumerable<Candidate> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var candidate in CandidatesAsync(cancellationToken))
        {
            if (!Allows(candidate))
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

    private bool Allows(Candidate candidate) =>
        candidate.Location == default || _filter.Allows(candidate.Location.Key, candidate.WantedName);

    private async IAsyncEnumerable<Candidate> CandidatesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var item in record.Objects)
        {
            switch (item)
            {
                case ObjectItem single:
                    yield return Named(single);
                    break;
                case FolderItem folder:
                    yield return new Candidate(default, folder.Path) { FolderName = folder.Path, Size = 0 };
                    break;
                case PrefixItem group:
                    await foreach (var found in storage.ListAsync(new ObjectPrefix(BucketOf(group), group.Prefix), cancellationToken))
                    {
                        if (Named(group, found) is { IsFolder: false } candidate)
                        {
                            yield return candidate;
                        }
                    }

                    break;
                default:
                    throw new InvalidOperationException($"A record item has the type {item.GetType()}.");
            }
        }
    }

    private string BucketOf(RecordItem item) => item.Bucket ?? record.Bucket;

    private Candidate Named(ObjectItem item)
    {
        var keepsFolders = options.EntryNames == EntryNameStyle.Path;
        var path = keepsFolders ? item.Key : item.Key[(item.Key.TrimEnd('/').LastIndexOf('/') + 1)..];
        return new Candidate(new ObjectLocation(BucketOf(item), item.Key), item.Name ?? ObjectKey.Readable(path))
        {
            FolderName = item.Name ?? (keepsFolders ? ObjectKey.Readable(path) : null),
            Size = item.Size,
            Crc32 = item.Crc32,
            Modified = item.Modified,
        };
    }

    /// <summary>
    /// Creates the candidate for a listed object. Its name is the key without the folders of the prefix: for the prefix <c>photos/20</c>, for example,
    /// <c>2024/a.jpg</c>. The folder that the item names, if any, precedes it.
    /// </summary>
    private static Candidate Named(PrefixItem item, ObjectProperties found)
    {
        var relative = ObjectKey.Readable(found.Location.Key[(item.Prefix.LastIndexOf('/') + 1)..]);
        var name = string.IsNullOrEmpty(item.Name) ? relative : $"{item.Name.TrimEnd('/')}/{relative}";
        return new Candidate(found.Location, name).With(found);
    }
}
