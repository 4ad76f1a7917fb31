using Egress.Backends;
using Egress.Storage.Local.Threads;

namespace Egress.Storage.Local;

/// <summary>Checks that the root exists and is a folder, which it is not while the disk is not mounted.</summary>
internal sealed class LocalProbe(LocalRoot root, DiskThreads threads)
{
    /// <summary>Runs the check. Completes without an exception if the storage can be used.</summary>
    /// <exception cref="BackendException">The storage cannot be used.</exception>
    public async ValueTask CheckAsync(CancellationToken cancellationToken) => await threads.RunAsync(
        () =>
        {
            root.Check();
            return true;
        },
        DiskCallMode.Abandonable,
        cancellationToken);
}
