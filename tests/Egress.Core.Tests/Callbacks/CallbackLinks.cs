using System.Collections.Concurrent;
using Egress.Backends;
using Egress.Records.Links;

namespace Egress.Core.Tests.Callbacks;

/// <summary>A store of links that records the reported callbacks and transfers.</summary>
internal sealed class CallbackLinks : ILinkStore
{
    private readonly ConcurrentQueue<string> _states = new();
    private readonly ConcurrentQueue<LinkTransfer> _transfers = new();

    /// <summary>The fault with which all statements fail; null for none.</summary>
    public BackendFault? Fault { get; set; }

    /// <summary>Id, state, attempts and answer of each attempt.</summary>
    public IReadOnlyCollection<string> States => _states;

    /// <summary>The transfers that were added.</summary>
    public IReadOnlyCollection<LinkTransfer> Transfers => _transfers;

    public ValueTask SetCallbackAsync(string id, LinkCallback callback, CancellationToken cancellationToken)
    {
        _states.Enqueue($"{id} {callback.State} {callback.Attempts} {callback.LastAnswer}");
        return Fault is { } fault ? throw new BackendException(Backend.Database, fault, "scripted") : ValueTask.CompletedTask;
    }

    public ValueTask<LinkCreation> CreateAsync(NewLink link, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<LinkEntry?> FindRepeatedAsync(string idempotencyKey, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<LinkEntry?> FindAsync(string id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<LinkPage> ListAsync(LinkSelection selection, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask RevokeAsync(string id, string by, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<IReadOnlySet<string>> FindRevokedAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask AddTransferAsync(string id, LinkTransfer transfer, CancellationToken cancellationToken)
    {
        _transfers.Enqueue(transfer);
        return ValueTask.CompletedTask;
    }
}
