using Egress.Backends;
using Egress.Queues;

namespace Egress.Callbacks.Outbox;

/// <summary>Where a message is kept that the queue did not accept.</summary>
internal enum SpoolPlace
{
    /// <summary>On disk, where the message survives the end of the process.</summary>
    Disk,

    /// <summary>In memory, because the host has no disk or the disk cannot be written.</summary>
    Memory,

    /// <summary>Nowhere, because the memory for such messages is used up.</summary>
    None,
}

/// <summary>
/// Keeps messages that the queue did not accept until it does: each in a file on disk, or in memory if the disk cannot be written. Safe for
/// concurrent use.
/// </summary>
/// <param name="folder">The folder; null if the host has no disk of its own.</param>
/// <param name="report">Logs every message that is moved.</param>
internal sealed class CallbackSpool(string? folder, CallbackReport report)
{
    /// <summary>The limit of all messages in memory together, in characters.</summary>
    internal const int MostInMemory = 8 << 20;

    private const string Extension = ".json";

    private readonly Lock _lock = new();
    private readonly List<CallbackMessage> _memory = [];
    private long _charactersInMemory;

    /// <summary>Number of messages that are only in the memory of this process.</summary>
    public int InMemory
    {
        get
        {
            lock (_lock)
            {
                return _memory.Count;
            }
        }
    }

    /// <summary>Number of messages in the spool, on disk and in memory.</summary>
    public int Count => InMemory + Files().Length;

    /// <summary>Keeps a message, and returns where it is kept.</summary>
    public async Task<SpoolPlace> AddAsync(CallbackMessage message)
    {
        if (await TryAddToDiskAsync(message))
        {
            return SpoolPlace.Disk;
        }

        lock (_lock)
        {
            if (_charactersInMemory + Characters(message) > MostInMemory)
            {
                return SpoolPlace.None;
            }

            _memory.Add(message);
            _charactersInMemory += Characters(message);
            return SpoolPlace.Memory;
        }
    }

    /// <summary>
    /// Moves messages to the queue, oldest first, until the queue refuses one. Then moves messages from memory to the disk, if the disk can be
    /// written.
    /// </summary>
    /// <exception cref="QueueException">The queue does not accept messages yet.</exception>
    /// <exception cref="IOException">A file cannot be read or deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">A file cannot be read or deleted.</exception>
    public async Task MoveToAsync(IMessageQueue queue, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var message in Held())
            {
                await queue.EnqueueAsync(message.Write(), TimeSpan.Zero, cancellationToken);
                Remove(message);
                report.Recovered(message);
            }
        }
        catch (QueueException)
        {
            await MoveToDiskAsync();
            throw;
        }

        // The file names begin with the creation time, so alphabetical order is chronological.
        foreach (var path in Files().Order(StringComparer.Ordinal))
        {
            await queue.EnqueueAsync(await File.ReadAllTextAsync(path, cancellationToken), TimeSpan.Zero, cancellationToken);
            File.Delete(path);
        }
    }

    /// <summary>Removes and returns the messages in memory. Called when the process ends.</summary>
    public IReadOnlyList<CallbackMessage> TakeAllFromMemory()
    {
        var held = Held();
        Array.ForEach(held, Remove);
        return held;
    }

    private async Task MoveToDiskAsync()
    {
        foreach (var message in Held())
        {
            if (!await TryAddToDiskAsync(message))
            {
                return;
            }

            Remove(message);
        }
    }

    /// <summary>Keeps a message on the disk, but not in memory.</summary>
    /// <returns>False if there is no disk, or it cannot be written.</returns>
    public async Task<bool> TryAddToDiskAsync(CallbackMessage message)
    {
        if (folder is null)
        {
            return false;
        }

        var path = Path.Combine(folder, message.Id + Extension);
        var draft = path + ".tmp";
        try
        {
            PrivateFile.Create(draft);
            await File.WriteAllTextAsync(draft, message.Write());
            File.Move(draft, path, overwrite: true); // a file with the final name is always complete
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            TryDelete(draft);
            return false;
        }
    }

    /// <summary>Deletes the incomplete file that a full disk left.</summary>
    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The disk cannot be written, so the message is kept in memory.
        }
    }

    private string[] Files() => folder is not null && Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + Extension) : [];

    private CallbackMessage[] Held()
    {
        lock (_lock)
        {
            return [.. _memory];
        }
    }

    private void Remove(CallbackMessage message)
    {
        lock (_lock)
        {
            if (_memory.Remove(message))
            {
                _charactersInMemory -= Characters(message);
            }
        }
    }

    private static int Characters(CallbackMessage message) => message.Url.Length + message.Body.Length;
}
