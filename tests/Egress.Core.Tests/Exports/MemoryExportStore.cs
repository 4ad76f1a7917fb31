using System.Collections.Concurrent;
using Egress.Records.Exports;
using Egress.Records.Roles;

namespace Egress.Core.Tests.Exports;

/// <summary>A store of exports in memory that several processes share.</summary>
/// <param name="step">Called before and after each change. It may throw.</param>
internal sealed class MemoryExportStore(Action step) : IExportStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, VersionedState> _rows = [];
    private readonly ConcurrentDictionary<(string Id, int Number), StoredPart> _parts = [];

    public IReadOnlyCollection<StoredPart> Parts => [.. _parts.Values];

    /// <summary>Number of exports.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _rows.Keys.Count(static key => key.Length == 32);
            }
        }
    }

    public ValueTask<VersionedState?> FindAsync(string key, CancellationToken cancellationToken) => new(Read(() => _rows.GetValueOrDefault(key)));

    public ValueTask<bool> TryPutAsync(string key, long expected, VersionedState next, CancellationToken cancellationToken) => new(Write(() =>
    {
        if ((_rows.GetValueOrDefault(key)?.Version ?? 0) != expected)
        {
            return false;
        }

        _rows[key] = next;
        return true;
    }));

    public ValueTask<bool> TryRemoveAsync(string key, long expected, CancellationToken cancellationToken) =>
        new(Write(() => _rows.GetValueOrDefault(key)?.Version == expected && _rows.Remove(key)));

    public ValueTask<IReadOnlyList<string>> FindDueAsync(DateTimeOffset now, int most, CancellationToken cancellationToken) => new(Read<IReadOnlyList<string>>(
        () => [.. _rows.Where(row => row.Value.DueAt <= now).OrderBy(static row => row.Value.DueAt).Take(most).Select(static row => row.Key)]));

    public ValueTask AddPartAsync(string id, StoredPart part, CancellationToken cancellationToken)
    {
        Write(() => _parts[(id, part.Number)] = part);
        return default;
    }

    public ValueTask<IReadOnlyList<StoredPart>> FindPartsAsync(string id, CancellationToken cancellationToken) => new(Read<IReadOnlyList<StoredPart>>(
        () => [.. _parts.Where(part => part.Key.Id == id).Select(static part => part.Value).OrderBy(static part => part.Number)]));

    public ValueTask<StoredPart?> FindPartAsync(string id, int number, CancellationToken cancellationToken) =>
        new(Read<StoredPart?>(() => _parts.TryGetValue((id, number), out var part) ? part : null));

    public async ValueTask<int> CountPartsAsync(string id, CancellationToken cancellationToken) => (await FindPartsAsync(id, cancellationToken)).Count;

    public ValueTask RemovePartsAsync(string id, CancellationToken cancellationToken)
    {
        Write(() =>
        {
            foreach (var key in _parts.Keys.Where(key => key.Id == id))
            {
                _parts.TryRemove(key, out _);
            }

            return true;
        });
        return default;
    }

    private T Read<T>(Func<T> query)
    {
        lock (_lock)
        {
            return query();
        }
    }

    private T Write<T>(Func<T> statement)
    {
        step();
        T result;
        lock (_lock)
        {
            result = statement();
        }

        step();
        return result;
    }
}
