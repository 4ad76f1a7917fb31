using Egress.Backends;
using Egress.Records.Roles;

namespace Egress.Core.Tests.Deliveries;

/// <summary>A store of deliveries in memory that several instances share.</summary>
internal sealed class MemoryDeliveryStore : IDeliveryStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, VersionedState> _rows = [];

    /// <summary>
    /// The faults of the next statements, which fail in this order. If <see cref="ButDoesIt"/> is set, the statements take effect nevertheless.
    /// </summary>
    public Queue<BackendFault> Faults { get; } = new();

    /// <summary>Whether a failing statement takes effect nevertheless.</summary>
    public bool ButDoesIt { get; set; }

    /// <summary>Exceptions that reads throw, by key. They stand for a defect, or for a malformed state in the store.</summary>
    public Dictionary<string, Exception> Broken { get; } = [];

    /// <summary>Whether another instance changes each delivery just before this instance does.</summary>
    public bool IsContended { get; set; }

    /// <summary>Number of statements that changed a delivery.</summary>
    public int Writes { get; private set; }

    /// <summary>Number of statements that tried to change a delivery, including those with a conflict.</summary>
    public int Attempts { get; private set; }

    public IReadOnlyDictionary<string, VersionedState> Rows
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, VersionedState>(_rows);
            }
        }
    }

    public ValueTask<VersionedState?> FindAsync(string key, CancellationToken cancellationToken) =>
        new(Run(() => Broken.TryGetValue(key, out var failure) ? throw failure : _rows.GetValueOrDefault(key), isWrite: false));

    public ValueTask<bool> TryPutAsync(string key, long expected, VersionedState next, CancellationToken cancellationToken) => new(Run(
        () =>
        {
            Attempts++;
            if (IsContended || (_rows.GetValueOrDefault(key)?.Version ?? 0) != expected)
            {
                return false;
            }

            Assert(next.Version > expected);
            _rows[key] = next;
            Writes++;
            return true;
        },
        isWrite: true));

    public ValueTask<bool> TryRemoveAsync(string key, long expected, CancellationToken cancellationToken) => new(Run(
        () => _rows.GetValueOrDefault(key)?.Version == expected && _rows.Remove(key),
        isWrite: true));

    public ValueTask<IReadOnlyList<string>> FindDueAsync(DateTimeOffset now, int most, CancellationToken cancellationToken) => new(Run<IReadOnlyList<string>>(
        () => [.. _rows.Where(row => row.Value.DueAt <= now).OrderBy(row => row.Value.DueAt).Take(most).Select(row => row.Key)],
        isWrite: false));

    private T Run<T>(Func<T> statement, bool isWrite)
    {
        lock (_lock)
        {
            if (isWrite && Faults.TryDequeue(out var fault))
            {
                if (ButDoesIt)
                {
                    statement();
                }

                throw new BackendException(Backend.Database, fault, "scripted");
            }

            return statement();
        }
    }

    private static void Assert(bool condition) => Xunit.Assert.True(condition);
}
