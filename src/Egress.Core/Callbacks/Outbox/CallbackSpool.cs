using Egress.Callbacks.Queues;

namespace Egress.Callbacks.Outbox;

/// <summary>Holds messages that the queue would not take, one file each, until it takes them.</summary>
/// <param name="folder">Where; null when the host has no disk of its own.</param>
internal sealed class CallbackSpool(string? folder)
{
    private const string Extension = ".json";

    /// <summary>Keeps a message.</summary>
    /// <returns>False when there is no spool, or it cannot be written.</returns>
    public async Task<bool> TryAddAsync(CallbackMessage message)
    {
        if (folder is null)
        {
            return false;
        }

        try
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, message.Id + Extension);
            await File.WriteAllTextAsync(path + ".tmp", message.Write());
            File.Move(path + ".tmp", path, overwrite: true); // never a half message under the final name
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Moves what is held to the queue, as far as it takes it.</summary>
    public async Task MoveToAsync(ICallbackQueue queue, CallbackReport report, CancellationToken cancellationToken)
    {
        if (folder is null || !Directory.Exists(folder))
        {
            return;
        }

        try
        {
            // The ids begin with their time: the oldest first.
            foreach (var path in Directory.GetFiles(folder, "*" + Extension).Order(StringComparer.Ordinal))
            {
                await queue.EnqueueAsync(await File.ReadAllTextAsync(path, cancellationToken), TimeSpan.Zero, cancellationToken);
                File.Delete(path);
            }
        }
        catch (Exception failure) when (failure is CallbackQueueException or IOException or UnauthorizedAccessException)
        {
            report.SpoolWaits(failure);
        }
    }
}
